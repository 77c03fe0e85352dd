package dev.perdure.dsl.json

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.shouldNotBe
import io.kotest.matchers.string.shouldContain

class ConditionSpec :
    FunSpec({
        val table =
            sources(
                "analyze.output" to """{"score": 0.9, "msg": "an error here", "tags": ["a", "b"], "n": 15}""",
                "workflow.input" to """{"tags": ["a"], "n": 15}""",
            )

        context("P18: the table of the format") {
            listOf(
                $$"${analyze.output.score} > 0.8" to true,
                $$"${analyze.output.msg} contains 'error'" to true,
                $$"'error' in ${analyze.output.msg}" to true,
                $$"${workflow.input.tags} contains 'a'" to true,
                $$"${analyze.output.tags[1]} == 'b' and not ${analyze.output.score} < 0.5" to true,
                $$"'z' not in ${analyze.output.tags}" to true,
                $$"${analyze.output.missing} == null" to true,
                $$"${workflow.input.n} == '15'" to false,
                "'the null hypothesis' == 'the None hypothesis'" to false,
                $$"(${workflow.input.n} >= 15 or false) and true" to true,
            ).forEach { (text, expected) ->
                test(text) {
                    val warnings = mutableListOf<String>()
                    parseCondition(text).evaluate(table, warnings::add) shouldBe expected
                    warnings.shouldBeEmpty()
                }
            }
        }

        test("P18, P21: an order with a missing field is false, with a warning that has no values in it") {
            val warnings = mutableListOf<String>()
            parseCondition($$"${analyze.output.missing} > 1").evaluate(table, warnings::add) shouldBe false
            parseCondition(
                $$"${analyze.output.msg} <= 1 or null < 1 or true >= false",
            ).evaluate(table, warnings::add) shouldBe
                false
            warnings shouldContainExactly
                listOf(
                    $$"${analyze.output.missing} > 1 is false: \">\" cannot compare null with a number",
                    $$"${analyze.output.msg} <= 1 is false: \"<=\" cannot compare a text with a number",
                    "null < 1 is false: \"<\" cannot compare null with a number",
                    "true >= false is false: \">=\" cannot compare a boolean with a boolean",
                )
        }

        val data =
            sources(
                "a.output" to
                    """{"text": "abc", "list": [1, "x", null, [2.0], {"k": 1}], "map": {"k": null, "x": 1e2},
                    "empty": [], "yes": true, "no": false, "null": null,
                    "large": 9007199254740993, "tenth": 0.1, "zero": -0.0, "one": 1.0}""",
            )

        fun evaluate(text: String): Pair<Boolean, Int> {
            var warnings = 0
            val value =
                parseCondition(
                    text.replace(Regex("@([\\w.]+)"), $$"\\${a.output.$1}"),
                ).evaluate(data) { warnings++ }
            return value to warnings
        }

        context("numbers compare by value, exactly:") {
            listOf(
                "1 == 1.0" to true,
                "@one == 1" to true,
                "@large == 9007199254740992" to false,
                "@large > 9007199254740992.0" to true,
                "@large == 9007199254740993.00" to true,
                "@tenth == 0.10" to true,
                "0.1 == 1e-1" to true,
                "0.30000000000000004 == 0.3" to false,
                "@zero == 0" to true,
                "1e400 > 1e399" to true,
                "-1e400 < 1e-400" to true,
                "123456789012345678901234567890 == 123456789012345678901234567891" to false,
                "100 == @map.x" to true,
            ).forEach { (text, expected) -> test(text) { evaluate(text) shouldBe (expected to 0) } }
        }

        context("different types are never equal, lists and objects are when their parts are:") {
            listOf(
                "1 == '1'" to false,
                "1 != '1'" to true,
                "null == false" to false,
                "null != 0" to true,
                "'' == null" to false,
                "@empty == null" to false,
                "@missing == @null" to true,
                "@list == @list" to true,
                "@list == @map" to false,
                "@map != @map" to false,
                "@yes == true" to true,
                "'Z' < 'a'" to true,
                "'b' >= 'abc'" to true,
            ).forEach { (text, expected) -> test(text) { evaluate(text) shouldBe (expected to 0) } }
        }

        context(
            "in and contains look for text in text, items in lists, keys in objects; anything else is false and warns:",
        ) {
            listOf(
                "'b' in @text" to (true to 0),
                "@text contains ''" to (true to 0),
                "'B' in @text" to (false to 0),
                "null in @list" to (true to 0),
                "1.0 in @list" to (true to 0),
                "@list contains 'y'" to (false to 0),
                "'k' in @map" to (true to 0),
                "@map contains 'y'" to (false to 0),
                "'y' not in @map" to (true to 0),
                "1 in @text" to (false to 1),
                "1 not in @text" to (false to 1),
                "1 in @map" to (false to 1),
                "'x' in @missing" to (false to 1),
                "'x' not in @missing" to (false to 1),
                "@yes contains 'x'" to (false to 1),
            ).forEach { (text, expected) -> test(text) { evaluate(text) shouldBe expected } }
        }

        context("or binds less than and, and less than not, and less than a comparison:") {
            listOf(
                "true or false and false" to true,
                "(true or false) and false" to false,
                "not false and false" to false,
                "not (false and false)" to true,
                "not @no == true" to true,
                "not not @yes" to true,
                "(@no == false) == true" to true,
                "false or false or @yes" to true,
                "true and true and @no" to false,
                "(1 == 1 or @no) == @yes" to true,
            ).forEach { (text, expected) -> test(text) { evaluate(text) shouldBe (expected to 0) } }
        }

        test("a warning is one line, and not longer than people read, whatever the condition has in it") {
            val warnings = mutableListOf<String>()
            parseCondition("null >\n'\u001b[2J' or null\t< '${"x".repeat(500)}'").evaluate(data, warnings::add)
            warnings shouldContainExactly
                listOf(
                    "null >\\u000a'\\u001b[2J' is false: \">\" cannot compare null with a text",
                    "null\\u0009< '${"x".repeat(192)}… is false: \"<\" cannot compare null with a text",
                )
        }

        test("and and or stop where the value is decided") {
            evaluate("true or null > 1") shouldBe (true to 0)
            evaluate("false and null > 1") shouldBe (false to 0)
            evaluate("false or null > 1") shouldBe (false to 1)
            evaluate("true and null > 1") shouldBe (false to 1)
        }

        test("what is neither true nor false counts as false, and warns") {
            evaluate("@text") shouldBe (false to 1)
            evaluate("not @null") shouldBe (true to 1)
            evaluate("@missing or @yes") shouldBe (true to 1)
            val warnings = mutableListOf<String>()
            parseCondition($$"${a.output.list}").evaluate(data, warnings::add)
            warnings.single() shouldBe $$"${a.output.list} is a list, where true or false is needed; it counts as false"
        }

        test("texts in either quotes, with escapes") {
            evaluate("""'it\'s \\ "\n\t"' == "it's \\ \"\n\t\""""") shouldBe (true to 0)
            evaluate("'it\\'s' == \"it's\"") shouldBe (true to 0)
            evaluate("\"\\\"\" == '\"'") shouldBe (true to 0)
            val brace = sources("a.output" to $$"""{"text": "a ${b}"}""")
            parseCondition($$$"'a $${b}' == ${a.output.text}").evaluate(brace) { } shouldBe true
            parseCondition($$$"'$${' in ${a.output.text}").evaluate(brace) { } shouldBe true
            parseCondition($$$$"'$$${' in ${a.output.text}").evaluate(brace) { } shouldBe false
        }

        test("the references of a condition, in order; a condition is what its text is") {
            val text = $$"${b.output.x} > 1 and not (${a.output} == ${workflow.input.y} or ${b.output.x} == 2)"
            val condition = parseCondition(text)
            condition.references.map { it.text } shouldContainExactly
                listOf($$"${b.output.x}", $$"${a.output}", $$"${workflow.input.y}", $$"${b.output.x}")
            condition shouldBe parseCondition(text)
            condition.hashCode() shouldBe parseCondition(text).hashCode()
            condition shouldNotBe parseCondition("$text ")
            condition.text shouldBe text
        }

        context("P20, P21: refused when read:") {
            listOf(
                "" to (0 to "it is blank; expected a comparison"),
                " \t" to (2 to "it is blank"),
                "1 +" to (2 to "unexpected \"+\""),
                $$"len(${analyze.output.msg}) > 0" to (0 to "unknown word \"len\"; a reference is written \${…}"),
                "a.b.c" to (0 to "unknown word \"a.b.c\""),
                "x = 1" to (0 to "unknown word \"x\""),
                "1 = 1" to (2 to "\"=\" is no operator; write \"==\""),
                "!true" to (0 to "\"!\" is no operator; write \"not\" or \"!=\""),
                "true && true" to (5 to "\"&\" is no operator; write \"and\""),
                "true || true" to (5 to "\"|\" is no operator; write \"or\""),
                "True" to (0 to "unknown word \"True\""),
                "true AND true" to (5 to "unknown word \"AND\""),
                "1 < 2 < 3" to (6 to "comparisons do not follow each other"),
                "1 == 1 in 'x'" to (7 to "comparisons do not follow each other"),
                "true true" to (5 to "expected \"and\", \"or\" or the end, found \"true\""),
                "(true" to (5 to "expected \")\" for the \"(\" at index 0, found the end"),
                "(true or (false)" to (16 to "expected \")\" for the \"(\" at index 0, found the end"),
                "true)" to (4 to "expected \"and\", \"or\" or the end, found \")\""),
                "()" to (1 to "expected a value"),
                "and" to
                    (
                        0 to
                            "expected a value (a reference, a number, a text in quotes, true, false or null), found"
                    ),
                "1 == not true" to (5 to "expected a value"),
                "not" to (3 to "expected a value"),
                "1 not 2" to (2 to "expected \"and\", \"or\" or the end, found \"not\""),
                "1 not == 2" to (2 to "expected \"and\", \"or\" or the end, found \"not\""),
                "5" to (0 to "a number is neither true nor false; compare it with something"),
                "true and 'x'" to (9 to "a text is neither true nor false"),
                "not (null)" to (4 to "null is neither true nor false"),
                "'x" to (0 to "a text has no end; expected '"),
                "\"x'" to (0 to "a text has no end; expected \""),
                "'\\x' == 1" to (1 to "unknown escape"),
                "'\\" to (1 to "unknown escape"),
                $$"'${a.output}' == 'x'" to (1 to "a reference inside quotes is not resolved; write it without them"),
                $$"${a.output == 1" to (10 to "unexpected \" \" in a reference"),
                $$"${a.output} == ${workflow.output}" to (15 to "\"\${workflow.output}\" is no reference"),
                "01 == 1" to (0 to "\"01\" is no number as JSON has them"),
                "1. == 1" to (0 to "\"1.\" is no number"),
                "1 == .5" to (5 to "unexpected \".\""),
                "1 == -" to (5 to "\"-\" is no number"),
                "1-1 == 0" to (0 to "\"1-1\" is no number"),
                "1 == 1e99999999999" to (5 to "is no number"),
                "1 == 1; drop" to (6 to "unexpected \";\""),
                "__import__('os')" to (0 to "unknown word \"__import__\""),
                "[1] == [1]" to (0 to "unexpected \"[\""),
                "1 == ١" to (5 to "unexpected \"١\""),
            ).forEach { (text, expected) ->
                test("\"$text\"") {
                    val refused = shouldThrow<MalformedExpression> { parseCondition(text) }
                    withClue(refused.message) { refused.at shouldBe expected.first }
                    refused.message.orEmpty() shouldContain expected.second
                }
            }
        }

        test("P20: 2,000 characters and 50 levels are allowed, no more") {
            val longest = "true" + " or true".repeat(249) + " ".repeat(4)
            longest.length shouldBe 2_000
            parseCondition(longest).evaluate(data) { } shouldBe true
            shouldThrow<MalformedExpression> { parseCondition("$longest ") }.message shouldBe
                "it has 2001 characters; at most 2000 are allowed, so let a step decide"
            shouldThrow<MalformedExpression> { parseCondition("true or ".repeat(1_250) + "true") }.at shouldBe 2_000

            fun nested(levels: Int) = "(".repeat(levels) + "true" + ")".repeat(levels)
            parseCondition(nested(50)).evaluate(data) { } shouldBe true
            shouldThrow<MalformedExpression> { parseCondition(nested(51)) }.message shouldBe
                "it is nested deeper than 50 levels; let a step decide"
            shouldThrow<MalformedExpression> { parseCondition(nested(990)) }
            shouldThrow<MalformedExpression> { parseCondition(nested(1_000)) }
            parseCondition("not ".repeat(50) + "true").evaluate(data) { } shouldBe true
            shouldThrow<MalformedExpression> { parseCondition("not ".repeat(51) + "true") }.message shouldBe
                "it is nested deeper than 50 levels; let a step decide"
            parseCondition("(true) and ".repeat(100) + "true").evaluate(data) { } shouldBe true
        }
    })
