package dev.perdure.core.testing

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import java.time.Duration
import java.time.Instant
import java.util.concurrent.atomic.AtomicInteger
import kotlin.concurrent.thread

class VirtualClockSpec :
    FunSpec({
        test("timers are called in order of time, those of one instant as they were set, and one in the past at once") {
            val clock = VirtualClock(Instant.EPOCH)
            val called = mutableListOf<Pair<String, Instant>>()

            fun set(
                name: String,
                seconds: Long,
            ) = clock.schedule(Instant.ofEpochSecond(seconds)) { called += name to clock.now() }

            set("late", 5)
            set("first", 2)
            set("second", 2)
            set("cancelled", 1).run()
            clock.advance(Duration.ofSeconds(5))
            set("past", 3)

            called shouldContainExactly
                listOf("first" to 2L, "second" to 2L, "late" to 5L, "past" to 5L)
                    .map { (name, second) -> name to Instant.ofEpochSecond(second) }
        }

        test("a timer that is set while the clock is moved is never left behind it") {
            val rounds = 20_000
            val clock = VirtualClock(Instant.EPOCH)
            val called = AtomicInteger()
            val round = AtomicInteger()
            val set = AtomicInteger()
            val setter =
                thread(isDaemon = true) {
                    for (second in 1..rounds) {
                        while (round.get() < second) Thread.onSpinWait()
                        clock.schedule(Instant.ofEpochSecond(second.toLong())) { called.incrementAndGet() }
                        set.set(second)
                    }
                }
            for (second in 1..rounds) {
                round.set(second)
                clock.advance(Duration.ofSeconds(1))
                while (set.get() < second) Thread.onSpinWait()
                called.get() shouldBe second
            }
            setter.join()
        }
    })
