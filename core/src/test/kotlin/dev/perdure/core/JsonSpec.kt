package dev.perdure.core

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldMatch
import io.kotest.matchers.string.shouldNotContain
import io.kotest.property.checkAll
import java.math.BigDecimal
import java.math.BigInteger

class JsonSpec :
    FunSpec({
        test("any plain value reads back exactly, with the same types") {
            checkAll(2_000, PlainData.anything) { value ->
                val read = Json.read(Json.write(value))
                // Unlike shouldBe, == keeps 0.0 and -0.0 apart.
                withClue(Json.write(value)) { (read == value) shouldBe true }
                typesOf(read) shouldBe typesOf(value)
            }
        }
        test("written text is printable ASCII and nothing else") {
            checkAll(2_000, PlainData.anything) { value -> Json.write(value) shouldMatch Regex("[ -~]+") }
        }
        test("what was read and written again is the same text") {
            checkAll(PlainData.anything) { value ->
                val text = Json.write(value)
                Json.write(Json.read(text)) shouldBe text
            }
        }
        test("every UTF-16 unit survives, halves of surrogate pairs and U+0000 included") {
            val all = String(CharArray(0x10000) { it.toChar() })
            Json.read(Json.write(all)) shouldBe all
        }
        test("numbers keep their value, type and scale") {
            listOf<Pair<String, Any>>(
                "9223372036854775807" to Long.MAX_VALUE,
                "-9223372036854775808" to Long.MIN_VALUE,
                "9223372036854775808" to BigInteger.ONE.shiftLeft(63),
                "0" to 0L,
                "-0.0" to -0.0,
                "3.14" to 3.14,
                "1.10" to BigDecimal("1.10"),
                "0.1000000000000000055" to BigDecimal("0.1000000000000000055"),
                "4.9E-324" to Double.MIN_VALUE,
                "1E+400" to BigDecimal("1E+400"),
            ).forEach { (text, value) ->
                withClue(text) {
                    (Json.read(text) == value) shouldBe true
                    Json.write(value) shouldBe text
                }
            }
        }
        test("NaN and the infinities are written as strings") {
            Json.write(Plain.of(listOf(Double.NaN, Double.NEGATIVE_INFINITY))) shouldBe """["NaN","-Infinity"]"""
        }
        test("the text of a value has one form") {
            Json.write(Plain.of(mapOf("a" to listOf(1, null, true), "b" to emptyMap<String, Any>()))) shouldBe
                """{"a":[1,null,true],"b":{}}"""
        }
        test("white space and all escapes are read") {
            Json.read(" { \"a\" : [ 1 ,\t2 ]\r\n} ") shouldBe mapOf("a" to listOf(1L, 2L))
            Json.read(""""\"\\\/\b\f\n\r\t\u00e9\u00E9"""") shouldBe "\"\\/\b\u000c\n\r\téé"
        }
        test("maps keep the order of their keys") {
            (Json.read("""{"z":1,"a":2,"m":3}""") as Map<*, *>).keys.toList() shouldBe listOf("z", "a", "m")
        }
        test("every plain depth is read, with the few levels that a row adds, and no more") {
            val row = mapOf("append" to mapOf("key" to listOf(PlainData.nested(Plain.MAX_DEPTH))))
            (Json.read(Json.write(row)) == row) shouldBe true
            val tooDeep = "[".repeat(1_000_000)
            malformed(tooDeep) shouldBe Plain.MAX_DEPTH + 8
            malformed("{\"a\":".repeat(100_000)) shouldBe (Plain.MAX_DEPTH + 8) * 5
        }
        test("a number that is too long is refused where it starts") {
            malformed("[" + "9".repeat(Json.MAX_NUMBER + 1) + "]") shouldBe 1
            malformed("[1e99999999999]") shouldBe 1
        }
        context("malformed text is refused with the index of what is wrong") {
            listOf(
                "" to 0,
                " " to 1,
                "tru" to 0,
                "nul" to 0,
                "NaN" to 0,
                "Infinity" to 0,
                "'a'" to 0,
                "1 2" to 2,
                "true false" to 5,
                "01" to 0,
                "-" to 0,
                "+1" to 0,
                ".5" to 0,
                "1." to 2,
                "1.e5" to 2,
                "1e" to 2,
                "1e+" to 3,
                "\u0661" to 0,
                "[1,]" to 3,
                "[1 2]" to 3,
                "[" to 1,
                "]" to 0,
                "[1" to 2,
                "{" to 1,
                "{a:1}" to 1,
                "{\"a\"}" to 4,
                "{\"a\":}" to 5,
                "{\"a\":1,}" to 7,
                "{\"a\":1" to 6,
                "{\"a\":1,\"b\":2,\"a\":3}" to 13,
                "{\"a\":{\"x\":1,\"x\":[]}}" to 12,
                "{\"a\":1,\"\\u0061\":2}" to 7,
                "\"abc" to 4,
                "\"a\\" to 3,
                "\"a\nb\"" to 2,
                "\"\\n\u0001\"" to 3,
                "\"\\x\"" to 2,
                "\"\\u12\"" to 5,
                "\"\\u12g4\"" to 5,
                "\"\\u\uff11\uff11\uff11\uff11\"" to 3,
                "\u00a01" to 0,
                "1\u0000" to 1,
                "/* c */ 1" to 0,
            ).forEach { (text, index) ->
                test(Names.quoted("index $index: $text")) { malformed(text) shouldBe index }
            }
        }
        test("a message about malformed text does not repeat the text") {
            val secret = "4111-1111"
            val refused = shouldThrow<PerdureException> { Json.read("[\"$secret\", oops]") }
            refused.message shouldContain "index 14"
            refused.message shouldNotContain secret
        }
        test("a text that only looks like what a codec made of one is refused, in one line") {
            listOf("perdure!", "perdure!{}", "perdure!a\rb\nc", "perdure:", "perdure:a", "perdure:a\u0000:b").forEach {
                val refused = shouldThrow<PerdureException> { Json.read(it) }
                refused.code() shouldBe ErrorCode.UNREADABLE_PAYLOAD
                refused.message!!.none { c -> c.isISOControl() } shouldBe true
            }
        }
        test("only plain data is written") {
            shouldThrow<PerdureException> { Json.write(Any()) }.code() shouldBe ErrorCode.NOT_ENCODABLE
        }
    })

private fun malformed(text: String): Int {
    val refused = shouldThrow<PerdureException> { Json.read(text) }
    refused.code() shouldBe ErrorCode.NOT_DECODABLE
    return Regex("malformed JSON at index (\\d+):").find(refused.message!!)!!.groupValues[1].toInt()
}

private fun typesOf(value: Any?): Any? =
    when (value) {
        is List<*> -> value.map(::typesOf)
        is Map<*, *> -> value.entries.map { (key, item) -> key to typesOf(item) }
        else -> value?.javaClass
    }
