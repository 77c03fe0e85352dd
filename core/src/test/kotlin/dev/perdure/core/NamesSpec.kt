package dev.perdure.core

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldMatch
import io.kotest.property.checkAll

class NamesSpec :
    FunSpec({
        test("ordinary names of any script are valid") {
            listOf(
                "a",
                "send_email",
                "Überweisung",
                "送金",
                "\ud83d\ude80",
                "a/b",
                "x".repeat(200),
                "no. 1 (of 2)",
            ).forEach {
                withClue(it) { Names.isValid(it) shouldBe true }
            }
        }
        test("a name that could forge, hide or get lost is refused, and the problem says where") {
            listOf(
                "" to "blank",
                " \t " to "blank",
                "x".repeat(201) to "201 characters",
                "a\u0000b" to "index 1",
                "line\nbreak" to "index 4",
                "a\u202Eb" to "index 1",
                "ab\u2066" to "index 2",
                "a\u2028" to "index 1",
                "a\u0085" to "index 1",
            ).forEach { (name, problem) ->
                withClue(Names.quoted(name)) { Names.problem(name)!! shouldContain problem }
            }
        }
        test("half a surrogate pair is refused, since databases change it") {
            val halves = listOf("a\ud800" to 1, "\udc00a" to 0, "\ud83d\ude80\ude80" to 2, "\ud83d\ud83d\ude80" to 0)
            halves.forEach { (name, index) ->
                Names.problem(name)!! shouldContain "index $index,"
            }
        }
        test("a valid name is returned, another one named in the error") {
            Names.requireValid("run id", "r1") shouldBe "r1"
            val refused = shouldThrow<PerdureException> { Names.requireValid("run id", "a\nb") }
            refused.code() shouldBe ErrorCode.INVALID_NAME
            refused.message shouldContain "run id \"a\\u000ab\" has a control character"
        }
        test("a quoted name fits on a line of a log, whatever it is") {
            val harmless = Regex("\"[^\\p{Cntrl}\u202E\u2028\u2029]*\"")
            checkAll(PlainData.text) { name -> Names.quoted(name) shouldMatch harmless }
            Names.quoted("x".repeat(100_000)).length shouldBe Names.MAX_LENGTH + 3
        }
    })
