package dev.perdure.dsl.json

import dev.perdure.core.ErrorCode
import dev.perdure.core.Json
import dev.perdure.core.PerdureException
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe

class TemplateSpec :
    FunSpec({
        val data =
            sources(
                "workflow.input" to
                    $$"""{"a": {"b": 1}, "list": [{"name": "x"}, 2.50], "s": "one", "t": "two", "n": 5, "none": null,
                    "evil": "${workflow.input.s}", "quote": "\", \"admin\": true"}""",
                "s1.output" to """{"r": [1, 2], "text": "é \"q\" \n", "": {}, "@id": 4}""",
                "my.step-1.output" to "[[10, 20]]",
                "loop.item" to """{"id": 7}""",
                "loop.index" to "0",
                "loop.total" to "3",
                "loop.is_first" to "true",
                "loop.is_last" to "false",
            )

        fun resolve(text: String) = parseTemplate(text).resolve(data)

        context("P52: a reference on its own keeps its type:") {
            listOf(
                $$"${workflow.input.a.b}" to "1",
                $$"${workflow.input.a}" to """{"b":1}""",
                $$"${workflow.input.list}" to """[{"name":"x"},2.50]""",
                $$"${workflow.input.list[0].name}" to "\"x\"",
                $$"${workflow.input.none}" to "null",
                $$"${s1.output}" to """{"r":[1,2],"text":"\u00e9 \"q\" \n","":{},"@id":4}""",
                $$"${s1.output.r[1]}" to "2",
                $$"${s1.output.@id}" to "4",
                $$"${my.step-1.output[0][1]}" to "20",
                $$"${loop.item.id}" to "7",
                $$"${loop.index}" to "0",
                $$"${loop.total}" to "3",
                $$"${loop.is_first}" to "true",
                $$"${loop.is_last}" to "false",
            ).forEach { (text, json) -> test(text) { Json.write(resolve(text)) shouldBe json } }
        }

        context("P52: references in text become text:") {
            listOf(
                $$"hello ${workflow.input.s} ${workflow.input.t}" to "hello one two",
                $$"n=${workflow.input.n}" to "n=5",
                $$"${workflow.input.n}${workflow.input.n}" to "55",
                $$" ${workflow.input.n}" to " 5",
                $$"${workflow.input.none}|${loop.is_first}|${workflow.input.list[1]}" to "null|true|2.50",
                $$"map: ${s1.output}" to """map: {"r":[1,2],"text":"é \"q\" \n","":{},"@id":4}""",
                $$"list: ${s1.output.r}" to "list: [1,2]",
                "literal" to "literal",
                "" to "",
                $$$"$${x}" to $$"${x}",
                $$$"$${workflow.input.s} is ${workflow.input.s}" to $$"${workflow.input.s} is one",
                $$$$"$$${x} $ } $5 $" to $$$"$${x} $ } $5 $",
            ).forEach { (text, expected) -> test("\"$text\"") { resolve(text) shouldBe expected } }
        }

        test("what a reference brings in is not looked at again") {
            resolve($$"${workflow.input.evil}") shouldBe $$"${workflow.input.s}"
            resolve($$"<${workflow.input.evil}>") shouldBe $$"<${workflow.input.s}>"
        }

        test("P53: numbers, booleans and null pass through, references inside lists and objects are resolved") {
            val json =
                $$$"""{"five":5,"yes":true,"none":null,"list":[1],
                "k":{"k":"${loop.item.id}","l":["n=${workflow.input.n}",[],{}]},
                "${loop.index}":"$${x}","injected":"${workflow.input.quote}"}"""
            val template = templateOf(Json.read(json), JsonPath.ROOT) { _, malformed -> throw malformed }
            Json.write(template.resolve(data)) shouldBe
                $$$"""{"five":5,"yes":true,"none":null,"list":[1],"k":{"k":7,"l":["n=5",[],{}]},""" +
                $$""""${loop.index}":"${x}","injected":"\", \"admin\": true"}"""
        }

        context("P52: a part that is not there names itself and where it was looked for:") {
            listOf(
                $$"${s1.output.nope}" to
                    "there is no field \"nope\" in the output of step \"s1\", which is an object without it",
                $$"${s1.output.r.x}" to "there is no field \"x\" in the output of step \"s1\".r, which is a list",
                $$"${s1.output.r[2]}" to "there is no item 2 in the output of step \"s1\".r, which is a list of 2",
                $$"${workflow.input.none.x}" to "there is no field \"x\" in the workflow's input.none, which is null",
                $$"${workflow.input.s[0]}" to "there is no item 0 in the workflow's input.s, which is a text",
                $$"${loop.item.name}" to "there is no field \"name\" in loop.item, which is an object without it",
                $$"${loop.item[0]}" to "there is no item 0 in loop.item, which is an object",
            ).forEach { (text, expected) ->
                test(text) {
                    shouldThrow<MissingField> { resolve(text) }.message shouldBe "$text: $expected"
                    shouldThrow<MissingField> { resolve("in text: $text") }.message shouldBe "$text: $expected"
                    parseReference(text).resolveOrNull(data) shouldBe null
                }
            }
        }

        test("every text that is malformed is reported, with its place") {
            val found = mutableListOf<String>()
            val plain = Json.read($$"""{"a": ["fine", "${"], "b c": {"d": "${a b}"}, "e": "${}"}""")
            templateOf(plain, JsonPath.ROOT) { path, malformed -> found += "$path at ${malformed.at}" }
            found shouldContainExactly listOf("$.a[1] at 0", "$[\"b c\"].d at 3", "$.e at 2")
        }

        test("a text cannot be blown up by references without end") {
            val large = Sources { "x".repeat(1_000_000) }
            parseTemplate($$"${workflow.input}".repeat(10)).resolve(large).toString().length shouldBe
                TextTemplate.MAX_RESOLVED
            val refused =
                shouldThrow<PerdureException> { parseTemplate($$"${workflow.input}".repeat(10_000)).resolve(large) }
            refused.code() shouldBe ErrorCode.LIMIT_EXCEEDED
            refused.message shouldBe
                "a text has more than 10000000 characters once its references are resolved; " +
                "pass the values on their own, or a reference to where they are kept"
        }
    })
