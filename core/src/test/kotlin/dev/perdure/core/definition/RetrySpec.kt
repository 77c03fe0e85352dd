package dev.perdure.core.definition

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import io.kotest.property.Arb
import io.kotest.property.arbitrary.double
import io.kotest.property.arbitrary.int
import io.kotest.property.checkAll
import java.io.FileNotFoundException
import java.io.IOException
import java.time.Duration
import java.time.temporal.ChronoUnit

class RetrySpec :
    FunSpec({
        val second = Duration.ofSeconds(1)

        test("E62 delays before attempts 2, 3, 4 are 1, 2, 4 s exponential, 1, 2, 3 s linear, 1, 1, 1 s fixed") {
            secondsBefore(Retry.exponential(4, second)) shouldBe listOf(1, 2, 4)
            secondsBefore(Retry.linear(4, second)) shouldBe listOf(1, 2, 3)
            secondsBefore(Retry.fixed(4, second)) shouldBe listOf(1, 1, 1)
        }
        test("E62 a cap of 5 s holds at attempt 20") {
            val cap = Duration.ofSeconds(5)
            Retry.exponential(20, second).cap(cap).delayAfter(19, 0.5) shouldBe cap
            Retry.linear(20, second).cap(cap).delayAfter(19, 0.5) shouldBe cap
            Retry.fixed(20, second).cap(cap).delayAfter(19, 0.5) shouldBe second
        }
        test("E62 jitter stays within its part of the delay and never exceeds the cap") {
            val cap = Duration.ofSeconds(5)
            val retry = Retry.exponential(20, second).jitter(0.2).cap(cap)
            checkAll(Arb.int(1..19), Arb.double(0.0, 1.0, includeNaNs = false)) { failed, draw ->
                val plain = minOf(Retry.exponential(20, second).delayAfter(failed, 0.5), cap).toMillis()
                val delay = retry.delayAfter(failed, draw).toMillis()
                (delay >= plain * 8 / 10 && delay <= plain * 12 / 10 && delay <= cap.toMillis()) shouldBe true
            }
            retry.delayAfter(1, 0.0) shouldBe Duration.ofMillis(800)
            retry.delayAfter(1, 0.5) shouldBe second
        }
        test("another factor than 2 multiplies delays") {
            secondsBefore(Retry.exponential(4, second).factor(3.0)) shouldBe listOf(1, 3, 9)
        }
        test("a delay is never negative and never longer than ten years, whatever was asked for") {
            val forever = ChronoUnit.FOREVER.duration
            Retry.exponential(9, second).delayAfter(100_000, 0.9) shouldBe Duration.ofDays(3650)
            Retry.fixed(9, forever).delayAfter(1, 0.5) shouldBe Duration.ofDays(3650)
            Retry.fixed(9, forever).cap(forever).delayAfter(1, 0.5) shouldBe Duration.ofDays(3650)
            Retry.exponential(9, Duration.ZERO).delayAfter(100_000, 0.5) shouldBe Duration.ZERO
            Retry.fixed(9, second).jitter(1.0).delayAfter(1, 0.0) shouldBe Duration.ZERO
        }
        test("notOn ends the step for a type, its subtypes and failures caused by one") {
            val retry = Retry.fixed(3, second).notOn(IOException::class.java, SecurityException::class.java)
            retry.condition().test(IOException()) shouldBe false
            retry.condition().test(FileNotFoundException()) shouldBe false
            retry.condition().test(SecurityException()) shouldBe false
            retry.condition().test(IllegalStateException(RuntimeException(FileNotFoundException()))) shouldBe false
            retry.condition().test(IllegalStateException()) shouldBe true
        }
        test("notOn ends also where causes go round in a circle") {
            val first = RuntimeException("first")
            first.initCause(RuntimeException("second", first))
            Retry
                .fixed(3, second)
                .notOn(IOException::class.java)
                .condition()
                .test(first) shouldBe true
        }
        test("conditions add up") {
            val retry = Retry.fixed(3, second).retryIf { it is IOException }.notOn(FileNotFoundException::class.java)
            retry.condition().test(IOException()) shouldBe true
            retry.condition().test(FileNotFoundException()) shouldBe false
            retry.condition().test(RuntimeException()) shouldBe false
        }
    })

private fun secondsBefore(retry: Retry): List<Long> = (1..3).map { failed -> retry.delayAfter(failed, 0.5).toSeconds() }
