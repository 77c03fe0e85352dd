package dev.perdure.core.schedule

import dev.perdure.core.ErrorCode
import dev.perdure.core.Golden
import dev.perdure.core.PerdureException
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.time.Duration
import java.time.Instant
import java.time.LocalDateTime
import java.time.ZoneId
import java.time.ZoneOffset
import java.time.ZonedDateTime
import kotlin.random.Random

private val zurich = ZoneId.of("Europe/Zurich")

class ScheduleSpec :
    FunSpec({
        test("a cron expression names times of its zone, also when that changes its offset in between") {
            times("0 9 * * MON-FRI", "2030-03-28T12:00", 4).shouldContainExactly(
                "2030-03-29T09:00+01:00",
                "2030-04-01T09:00+02:00",
                "2030-04-02T09:00+02:00",
                "2030-04-03T09:00+02:00",
            )
            times("  30   6\t1 */2 * ", "2030-01-15T00:00", 3).shouldContainExactly(
                "2030-03-01T06:30+01:00",
                "2030-05-01T06:30+02:00",
                "2030-07-01T06:30+02:00",
            )
        }

        test("a time of the day that the clocks jump over counts when they have jumped, and once") {
            times("30 2 * * *", "2030-03-30T12:00", 2) shouldContainExactly
                listOf("2030-03-31T03:00+02:00", "2030-04-01T02:30+02:00")
            times("*/20 2 * * *", "2030-03-30T12:00", 3) shouldContainExactly
                listOf("2030-03-31T03:00+02:00", "2030-04-01T02:00+02:00", "2030-04-01T02:20+02:00")
            times("30 1-4 * * *", "2030-03-30T12:00", 4) shouldContainExactly
                listOf(
                    "2030-03-31T01:30+01:00",
                    "2030-03-31T03:00+02:00",
                    "2030-03-31T03:30+02:00",
                    "2030-03-31T04:30+02:00",
                )
            times("0 2,3 * * *", "2030-03-30T12:00", 2) shouldContainExactly
                listOf("2030-03-31T03:00+02:00", "2030-04-01T02:00+02:00")
        }

        test("a time of the day that comes twice counts the first time") {
            times("30 2 * * *", "2030-10-26T12:00", 2) shouldContainExactly
                listOf("2030-10-27T02:30+02:00", "2030-10-28T02:30+01:00")
            times("0 2-3 * * *", "2030-10-26T12:00", 3) shouldContainExactly
                listOf("2030-10-27T02:00+02:00", "2030-10-27T03:00+01:00", "2030-10-28T02:00+01:00")
            val between = Instant.parse("2030-10-27T00:45:00Z") // 02:45, the first time
            Schedule.cron("30 2 * * *", zurich).next(between) shouldBe Instant.parse("2030-10-28T01:30:00Z")
        }

        test("times of the hour follow the clock as it runs: none is made up for, none left out") {
            times("*/30 * * * *", "2030-03-31T01:10", 3) shouldContainExactly
                listOf("2030-03-31T01:30+01:00", "2030-03-31T03:00+02:00", "2030-03-31T03:30+02:00")
            times("30 * * * *", "2030-03-31T01:10", 2) shouldContainExactly
                listOf("2030-03-31T01:30+01:00", "2030-03-31T03:30+02:00")
            times("*/30 * * * *", "2030-10-27T01:40", 5) shouldContainExactly
                listOf(
                    "2030-10-27T02:00+02:00",
                    "2030-10-27T02:30+02:00",
                    "2030-10-27T02:00+01:00",
                    "2030-10-27T02:30+01:00",
                    "2030-10-27T03:00+01:00",
                )
        }

        test("a leap day comes every four years, and eight years apart around 2100") {
            times("0 0 29 2 *", "2030-01-01T00:00", 2) shouldContainExactly
                listOf("2032-02-29T00:00+01:00", "2036-02-29T00:00+01:00")
            times("0 0 29 2 *", "2096-03-01T00:00", 1) shouldContainExactly listOf("2104-02-29T00:00+01:00")
        }

        test("the next time of any instant is behind it and no time is left out, in zones of every kind") {
            val random = Random(42)
            val expressions = listOf("30 2 * * *", "*/7 * * * *", "0 */5 * * *", "59 23 31 12 *", "15 1,2,3 * * SUN")
            val zones = listOf("Europe/Zurich", "UTC", "Australia/Lord_Howe", "America/St_Johns", "Pacific/Apia")
            for (expression in expressions) {
                for (zone in zones.map(ZoneId::of)) {
                    val schedule = Schedule.cron(expression, zone)
                    val times = generateSequence(schedule.next(Instant.parse("2029-12-31T00:00:00Z")), schedule::next)
                    val known = times.take(300).toList()
                    withClue("$expression $zone") {
                        known shouldBe known.distinct().sorted()
                        repeat(20) {
                            val now = known[random.nextInt(1, 299)].plusMillis(random.nextLong(-5_000_000, 5_000_000))
                            if (now > known.first() && now < known.last()) {
                                schedule.next(now) shouldBe known.first { it > now }
                                schedule.latest(known.first(), now) shouldBe known.last { it <= now }
                                schedule.times(known.first(), now, 5) shouldBe known.filter { it <= now }.takeLast(5)
                            }
                        }
                    }
                }
            }
        }

        test("the times of a fixed delay are its multiples") {
            val schedule = Schedule.every(Duration.ofMinutes(10))
            val first = Instant.parse("2030-01-01T00:00:00Z")
            schedule.next(first) shouldBe first.plusSeconds(600)
            schedule.latest(first, first.plusSeconds(1799)) shouldBe first.plusSeconds(1200)
            schedule.times(first, first.plusSeconds(1800), 3) shouldContainExactly
                listOf(first.plusSeconds(600), first.plusSeconds(1200), first.plusSeconds(1800))
            schedule.times(first, first, 3) shouldContainExactly listOf(first)
            val fast = Schedule.every(Duration.ofMillis(1))
            fast.times(first, first.plus(Duration.ofDays(36_500)), 1_000).size shouldBe 1_000
        }

        context("refused when it is made, with the expression and the place") {
            mapOf(
                "61 * * * *" to "field 1 (minute) at index 0: ",
                "0 9 * FOO MON-FRI" to "field 4 (month) at index 6: ",
                "0 9 * * MON-" to "field 5 (day of week) at index 8: ",
                "5-1 * * * *" to "field 1 (minute) at index 0: ",
                "* * * *" to "five fields",
                "0 0 9 * * *" to "five fields",
                "" to "five fields",
                "@daily" to "five fields",
                "0 0 30 2 *" to "no time ever matches",
                "0 0 31 4,6 *" to "no time ever matches",
                "* ".repeat(200) to "399 characters",
            ).forEach { (expression, expected) ->
                test("\"${expression.take(20)}\"") {
                    val refused = shouldThrow<PerdureException> { Schedule.cron(expression, zurich) }
                    refused.code() shouldBe ErrorCode.INVALID_ARGUMENT
                    refused.message shouldContain expected
                    if (expression.length < 100) refused.message shouldContain "\"$expression\""
                }
            }
            listOf(Duration.ZERO, Duration.ofNanos(999_999), Duration.ofSeconds(-1), Duration.ofDays(36_501)).forEach {
                test("a delay of $it") {
                    val refused = shouldThrow<PerdureException> { Schedule.every(it) }
                    refused.code() shouldBe ErrorCode.INVALID_ARGUMENT
                    refused.message shouldContain "$it"
                }
            }
        }

        test("what is stored reads back, and reads as it was reviewed") {
            val schedules =
                listOf(
                    Schedule.every(Duration.ofHours(1)),
                    Schedule.every(Duration.ofMillis(1)).catchUp(CatchUp.SKIP),
                    Schedule.cron("0 9 * * MON-FRI", zurich),
                    Schedule.cron("*/5 * * * *", ZoneOffset.UTC).catchUp(CatchUp.ALL),
                )
            schedules.forEach { Schedule.fromJson(it.toJson()) shouldBe it }
            Golden.compare("schedules-v1.jsonl", schedules.joinToString("") { it.toJson() + "\n" })
        }

        test("what is stored and not known here is refused, with the reason") {
            mapOf(
                "{}" to "form",
                "[]" to "form",
                "1" to "form",
                """{"every":0,"catchUp":"ALL"}""" to "delay",
                """{"every":1,"catchUp":"SOME"}""" to "SOME",
                """{"cron":"0 9 * * *","zone":"Mars/Base","catchUp":"ALL"}""" to "Mars/Base",
                """{"cron":"0 25 * * *","zone":"UTC","catchUp":"ALL"}""" to "0 25",
            ).forEach { (json, expected) ->
                val refused = shouldThrow<PerdureException> { Schedule.fromJson(json) }
                refused.code() shouldBe ErrorCode.NOT_DECODABLE
                refused.message shouldContain expected
            }
        }

        test("without cron-utils a cron expression is refused with what to add, and a fixed delay works") {
            val own = Schedule::class.java.protectionDomain.codeSource.location
            val loader = Without("com.cronutils.", own)
            val schedule = loader.loadClass(Schedule::class.java.name)
            schedule.getMethod("every", Duration::class.java).invoke(null, Duration.ofHours(1)).toString() shouldContain
                "PT1H"
            val cron = schedule.getMethod("cron", String::class.java, ZoneId::class.java)
            shouldThrow<java.lang.reflect.InvocationTargetException> { cron.invoke(null, "0 9 * * *", zurich) }
                .targetException.message shouldContain "com.cronutils:cron-utils"
        }
    })

/** Loads core anew, without the packages that begin with [hidden]. */
private class Without(
    private val hidden: String,
    core: java.net.URL,
) : java.net.URLClassLoader(arrayOf(core), ScheduleSpec::class.java.classLoader) {
    override fun loadClass(
        name: String,
        resolve: Boolean,
    ): Class<*> {
        if (name.startsWith(hidden)) throw ClassNotFoundException(name)
        val isOwn = name.startsWith("dev.perdure.core.")
        return if (isOwn) findLoadedClass(name) ?: findClass(name) else super.loadClass(name, resolve)
    }
}

private fun times(
    expression: String,
    from: String,
    count: Int,
): List<String> {
    val schedule = Schedule.cron(expression, zurich)
    val start = LocalDateTime.parse(from).atZone(zurich).toInstant()
    return generateSequence(schedule.next(start), schedule::next)
        .take(count)
        .map { ZonedDateTime.ofInstant(it, zurich).toOffsetDateTime().toString() }
        .toList()
}
