package dev.perdure.samples.benchmarks

import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.doubles.plusOrMinus
import io.kotest.matchers.shouldBe

class StatisticsSpec :
    FunSpec({
        test("a median is the value in the middle, in whatever order they come") {
            median(listOf(9.0, 1.0, 5.0)) shouldBe 5.0
            median(listOf(7.0)) shouldBe 7.0
        }

        test("the median of an even count is between the two in the middle") {
            median(listOf(4.0, 1.0, 100.0, 2.0)) shouldBe 3.0
        }

        test("nothing has no median") {
            shouldThrow<IllegalArgumentException> { median(listOf()) }
        }

        test("a slope is that of the line through the points") {
            slope(listOf(0.0 to 3.0, 10.0 to 23.0, 20.0 to 43.0)) shouldBe (2.0 plusOrMinus 1e-9)
            slope(listOf(1.0 to 5.0, 2.0 to 5.0)) shouldBe 0.0
            slope(listOf(1.0 to 5.0)) shouldBe 0.0
        }

        test("a ratio is the median of the rounds' own ratios") {
            val rounds = listOf(10.0 to 20.0, 30.0 to 100.0, 80.0 to 100.0)
            rounds.medians { it } shouldBe Medians(perdure = 30.0, raw = 100.0, ratio = 0.5)
        }
    })
