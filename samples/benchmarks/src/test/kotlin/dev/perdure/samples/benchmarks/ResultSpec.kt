package dev.perdure.samples.benchmarks

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldEndWith

private fun result(note: String = "") =
    Result("B1", "a \"title\"", "steps/s", 1234.56789, 2000.0, 0.6172839, "at least 0.80", isMet = false, note)

class ResultSpec :
    FunSpec({
        test("as JSON, a result is one line") {
            result("two\nlines").toJson() shouldBe
                """{"id":"B1","store":"sqlite","rate":1234.568,"raw_rate":2000.0,"ratio":0.617,"unit":"steps/s",""" +
                """"target":"at least 0.80","met":false,"note":"two\nlines"}"""
        }

        test("as text, a result says whether it meets its target") {
            result().toLine() shouldContain "at least 0.80: missed"
            result().copy(isMet = true).toLine() shouldContain "at least 0.80: met"
            result().copy(target = "", isMet = true).toLine() shouldEndWith "steps/s"
        }

        test("a note has a line of its own") {
            result("noted")
                .toLine()
                .lines()
                .last()
                .trim() shouldBe "noted"
        }
    })
