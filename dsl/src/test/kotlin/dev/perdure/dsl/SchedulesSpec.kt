package dev.perdure.dsl

import dev.perdure.core.ErrorCode
import dev.perdure.core.PerdureException
import dev.perdure.core.memory.MemoryStore
import dev.perdure.core.schedule.CatchUp
import dev.perdure.core.schedule.Schedule
import dev.perdure.core.testing.VirtualClock
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.shouldBe
import kotlinx.serialization.Serializable
import java.time.ZoneOffset
import kotlin.time.Duration.Companion.hours
import kotlin.time.toJavaDuration

class SchedulesSpec :
    FunSpec({
        val report =
            workflow<Recipients, String>("report") {
                step("write") { "for ${input.names.joinToString()}" }
            }

        test("a schedule with a typed input starts runs that see it, until it is dropped") {
            val clock = VirtualClock()
            MemoryStore().engine(report) { clock(clock) }.use { engine ->
                engine.schedule("daily", report, Recipients(listOf("Ada", "Bob")), cron("0 9 * * *", ZoneOffset.UTC))
                clock.awaitTimer(9.hours.toJavaDuration())
                clock.advance(9.hours.toJavaDuration())
                clock.awaitTimer(24.hours.toJavaDuration())
                engine.find("daily@2030-01-01T09:00:00Z").get().await<String>() shouldBe "for Ada, Bob"
                engine.dropSchedule("daily")
                engine.schedules().shouldBeEmpty()
                shouldThrow<PerdureException> { engine.dropSchedule("daily") }.code() shouldBe
                    ErrorCode.UNKNOWN_SCHEDULE
            }
        }

        test("both languages make the same schedules") {
            every(2.hours) shouldBe Schedule.every(2.hours.toJavaDuration())
            cron("*/5 * * * *", ZoneOffset.UTC, CatchUp.ALL) shouldBe
                Schedule.cron("*/5 * * * *", ZoneOffset.UTC).catchUp(CatchUp.ALL)
        }
    })

@Serializable
private data class Recipients(
    val names: List<String>,
)
