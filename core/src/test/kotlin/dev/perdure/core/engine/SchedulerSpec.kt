package dev.perdure.core.engine

import dev.perdure.core.ErrorCode
import dev.perdure.core.PerdureException
import dev.perdure.core.definition.Workflow
import dev.perdure.core.journal.ScheduleRecord
import dev.perdure.core.memory.MemoryStore
import dev.perdure.core.schedule.CatchUp
import dev.perdure.core.schedule.Schedule
import dev.perdure.core.spi.EngineIdentity
import dev.perdure.core.spi.RunQuery
import dev.perdure.core.spi.Store
import dev.perdure.core.spi.Write
import dev.perdure.core.testing.VirtualClock
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.time.Duration
import java.time.Instant
import java.time.ZoneId
import java.time.ZoneOffset
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit

private val hour: Duration = Duration.ofHours(1)
private val hourly = Schedule.every(hour)

/** Schedules of an engine, on a clock that the test moves. */
class SchedulerSpec :
    FunSpec({
        test("a run is started at each time, with the schedule's input and an id that says the time") {
            Bench().use { bench ->
                bench.open { engine ->
                    engine.schedule("news", hourly, "work", mapOf("k" to 1))
                    engine.schedules().single().let {
                        it.nextAt() shouldBe Instant.parse("2030-01-01T01:00:00Z")
                        it.lastAt() shouldBe null
                        it.schedule() shouldBe hourly
                        it.workflow() shouldBe "work"
                    }
                    repeat(3) { bench.passes(hour, next = hour) }
                    bench.runs() shouldContainExactly
                        listOf("news@2030-01-01T01:00:00Z", "news@2030-01-01T02:00:00Z", "news@2030-01-01T03:00:00Z")
                    bench.inputs().toSet() shouldBe setOf("""{"k":1}""")
                    engine.schedules().single().lastAt() shouldBe Instant.parse("2030-01-01T03:00:00Z")
                }
            }
        }

        test("a cron schedule goes by the clocks of its zone, over a change of them") {
            Bench(Instant.parse("2030-03-30T12:00:00Z")).use { bench ->
                bench.open { engine ->
                    engine.schedule("night", Schedule.cron("30 2 * * *", ZoneId.of("Europe/Zurich")), "work", null)
                    bench.passes(Duration.ofHours(13), next = Duration.ofMinutes(23 * 60 + 30))
                    bench.runs() shouldContainExactly listOf("night@2030-03-31T01:00:00Z")
                    bench.passes(Duration.ofMinutes(23 * 60 + 30), next = Duration.ofDays(1))
                    bench.runs().last() shouldBe "night@2030-04-01T00:30:00Z"
                }
            }
        }

        test("several schedules share one alarm, and each keeps its own times") {
            Bench().use { bench ->
                bench.open { engine ->
                    engine.schedule("fast", Schedule.every(Duration.ofMinutes(20)), "work", null)
                    engine.schedule("slow", Schedule.every(Duration.ofMinutes(30)), "work", null)
                    listOf(20L to "fast", 10L to "slow", 10L to "fast").forEach { (minutes, name) ->
                        bench.clock.awaitTimer(Duration.ofMinutes(minutes))
                        bench.clock.advance(Duration.ofMinutes(minutes))
                        bench.started.poll(10, TimeUnit.SECONDS) shouldBe "$name@${bench.clock.now()}"
                    }
                }
            }
        }

        context("after a downtime of five hours and a half") {
            val missed = (1..5).map { "news@2030-01-01T0$it:00:00Z" }
            mapOf(CatchUp.SKIP to emptyList(), CatchUp.LATEST to missed.takeLast(1), CatchUp.ALL to missed)
                .forEach { (policy, expected) ->
                    test("$policy starts ${expected.size} runs, and the schedule goes on at the next time") {
                        listOf(hourly, Schedule.cron("0 * * * *", ZoneOffset.UTC)).forEach { schedule ->
                            Bench().use { bench ->
                                bench.open { it.schedule("news", schedule.catchUp(policy), "work", null) }
                                bench.clock.advance(Duration.ofMinutes(330))
                                bench.open { engine ->
                                    bench.clock.awaitTimer(Duration.ofMinutes(30))
                                    bench.runs() shouldContainExactly expected
                                    engine.schedules().single().nextAt() shouldBe Instant.parse("2030-01-01T06:00:00Z")
                                    bench.passes(Duration.ofMinutes(30), next = hour)
                                    bench.runs() shouldContainExactly expected + "news@2030-01-01T06:00:00Z"
                                }
                            }
                        }
                    }
                }
        }

        test("a time that is noticed within a minute was not missed, whatever the policy") {
            Bench().use { bench ->
                bench.open { it.schedule("news", hourly.catchUp(CatchUp.SKIP), "work", null) }
                bench.clock.advance(hour.plusSeconds(60))
                bench.open {
                    bench.clock.awaitTimer(hour.minusSeconds(60))
                    bench.runs() shouldContainExactly listOf("news@2030-01-01T01:00:00Z")
                }
            }
        }

        test("of more missed times than a thousand, the newest thousand are caught up on") {
            Bench().use { bench ->
                bench.open {
                    it.schedule(
                        "s",
                        Schedule.every(Duration.ofSeconds(1)).catchUp(CatchUp.ALL),
                        "work",
                        null,
                    )
                }
                bench.clock.advance(Duration.ofSeconds(1500).plusMillis(500))
                bench.open {
                    bench.clock.awaitTimer(Duration.ofMillis(500))
                    bench.runs().size shouldBe 1_000
                    bench.runs().first() shouldBe "s@2030-01-01T00:08:21Z"
                }
            }
        }

        test("killed at any write of a firing, the next engine starts no second run and goes on with the next time") {
            for (isCommitted in listOf(false, true)) {
                val points =
                    listOf<(Write) -> Boolean>(
                        { it is Write.StartRun },
                        { it is Write.MoveSchedule },
                    )
                for (point in points) {
                    Bench().use { bench ->
                        val crashing = CrashingStore(bench.store, isCommitted) { batch -> batch.any(point) }
                        bench.open(crashing) { engine ->
                            engine.schedule("news", hourly, "work", null)
                            bench.clock.advance(hour)
                            crashing.awaitCrash()
                        }
                        bench.open { engine ->
                            bench.clock.awaitTimer(hour)
                            engine.find("news@2030-01-01T01:00:00Z").get().endsCompleted()
                            bench.runs() shouldContainExactly listOf("news@2030-01-01T01:00:00Z")
                        }
                    }
                }
            }
        }

        test("starts that the store does not take are tried again until it does") {
            Bench().use { bench ->
                bench.open(FaultyStore(bench.store, 2, 3, false)) { engine ->
                    engine.schedule("news", hourly, "work", null)
                    bench.clock.advance(hour)
                    bench.clock.awaitTimer(Duration.ofSeconds(1))
                    bench.runs().shouldBeEmpty()
                    bench.passes(Duration.ofSeconds(1), next = Duration.ofSeconds(1))
                    bench.runs().shouldBeEmpty()
                    bench.passes(Duration.ofSeconds(1), next = hour.minusSeconds(2))
                    bench.runs() shouldContainExactly listOf("news@2030-01-01T01:00:00Z")
                }
            }
        }

        test("a schedule is replaced; one with the same times keeps its place, one with others begins anew") {
            Bench().use { bench ->
                bench.open { engine ->
                    engine.schedule("news", hourly, "work", 1)
                    bench.clock.advance(Duration.ofMinutes(50))
                    engine.schedule("news", hourly, "work", 2)
                    bench.passes(Duration.ofMinutes(10), next = hour)
                    bench.inputs() shouldContainExactly listOf("2")
                    engine.schedule("news", Schedule.every(Duration.ofMinutes(5)), "work", 3)
                    bench.passes(Duration.ofMinutes(5), next = Duration.ofMinutes(5))
                    bench.inputs() shouldContainExactly listOf("2", "3")
                    engine.schedules().single().let { it.lastAt() shouldBe Instant.parse("2030-01-01T01:05:00Z") }
                }
            }
        }

        test("a schedule that is declared at each start catches up on what it missed all the same") {
            Bench().use { bench ->
                bench.open { it.schedule("news", hourly, "work", null) }
                bench.clock.advance(Duration.ofMinutes(90))
                bench.open { engine ->
                    engine.schedule("news", hourly, "work", null)
                    bench.clock.awaitTimer(Duration.ofMinutes(30))
                    bench.runs() shouldContainExactly listOf("news@2030-01-01T01:00:00Z")
                }
            }
        }

        test("a schedule that is removed starts nothing more, here and after a restart; an unknown one cannot be") {
            Bench().use { bench ->
                bench.open { engine ->
                    engine.schedule("news", hourly, "work", null)
                    engine.unschedule("news")
                    engine.schedules().shouldBeEmpty()
                    bench.clock.nextTimer().isEmpty shouldBe true
                    val refused = shouldThrow<PerdureException> { engine.unschedule("news") }
                    refused.code() shouldBe ErrorCode.UNKNOWN_SCHEDULE
                }
                bench.clock.advance(Duration.ofDays(1))
                bench.open { bench.clock.nextTimer().isEmpty shouldBe true }
                bench.runs().shouldBeEmpty()
            }
        }

        test(
            "what cannot be scheduled is refused: an unknown workflow, an input that does not fit, a name that is too long",
        ) {
            Bench().use { bench ->
                bench.open { engine ->
                    fun code(call: () -> Unit) = shouldThrow<PerdureException>(call).code()
                    code { engine.schedule("s", hourly, "nobody", null) } shouldBe ErrorCode.UNKNOWN_WORKFLOW
                    code { engine.schedule("s", hourly, "work", Thread.currentThread()) } shouldBe
                        ErrorCode.NOT_ENCODABLE
                    code { engine.schedule("s".repeat(161), hourly, "work", null) } shouldBe ErrorCode.INVALID_NAME
                    code { engine.schedule(" ", hourly, "work", null) } shouldBe ErrorCode.INVALID_NAME
                    engine.schedules().shouldBeEmpty()
                    engine.close()
                    code { engine.schedule("s", hourly, "work", null) } shouldBe ErrorCode.ENGINE_CLOSED
                }
            }
        }

        test("a workflow that is unknown when its time has come is told, and the schedule goes on") {
            Bench().use { bench ->
                bench.open { it.schedule("news", hourly, "work", null) }
                val failures = LinkedBlockingQueue<EngineEvent.ScheduleFailed>()
                val heard = EngineListener { if (it is EngineEvent.ScheduleFailed) failures.add(it) }
                bench.open(workflow = flow("other") { does("a") }, listener = heard) { engine ->
                    bench.passes(hour, next = hour)
                    failures.poll(10, TimeUnit.SECONDS)!!.let {
                        it.runId() shouldBe "news@2030-01-01T01:00:00Z"
                        it.schedule() shouldBe "news"
                        it.workflow() shouldBe "work"
                        it.reason() shouldContain "no workflow \"work\""
                    }
                    engine.schedules().single().nextAt() shouldBe Instant.parse("2030-01-01T02:00:00Z")
                }
                bench.open {
                    bench.passes(hour, next = hour)
                    bench.runs() shouldContainExactly listOf("news@2030-01-01T02:00:00Z")
                }
            }
        }

        test("a run that somebody started under the id of a firing, with another input, does not stop the schedule") {
            Bench().use { bench ->
                val failures = LinkedBlockingQueue<String>()
                val heard = EngineListener { if (it is EngineEvent.ScheduleFailed) failures.add(it.reason()) }
                bench.open(listener = heard) { engine ->
                    engine.schedule("news", hourly, "work", 1)
                    engine.start("work", "news@2030-01-01T01:00:00Z", 2)
                    bench.passes(hour, next = hour)
                    failures.poll(10, TimeUnit.SECONDS)!! shouldContain "another input"
                    bench.passes(hour, next = hour)
                    bench.inputs() shouldContainExactly listOf("2", "1")
                }
            }
        }

        test("a stored schedule that is not known here is told and kept, and stops no other") {
            Bench().use { bench ->
                bench.open { engine -> engine.schedule("good", hourly, "work", null) }
                val lease = bench.store.acquire(EngineIdentity("other", 1, "there"))
                val odd = ScheduleRecord("odd", "work", """{"every":"full moon"}""", "null", 0, null, 0, 0)
                bench.store.commit(lease, listOf(Write.SaveSchedule(odd)))
                bench.store.release(lease)
                val failures = LinkedBlockingQueue<String>()
                val heard = EngineListener { if (it is EngineEvent.ScheduleFailed) failures.add(it.schedule()) }
                bench.open(listener = heard) { engine ->
                    failures.poll(10, TimeUnit.SECONDS) shouldBe "odd"
                    bench.passes(hour, next = hour)
                    bench.runs() shouldContainExactly listOf("good@2030-01-01T01:00:00Z")
                    val listed = engine.schedules().first { it.name() == "odd" }
                    shouldThrow<PerdureException> { listed.schedule() }.code() shouldBe ErrorCode.NOT_DECODABLE
                    engine.unschedule("odd")
                }
            }
        }
    })

/** One store and one clock for one engine after the other. */
private class Bench(
    start: Instant = Instant.parse("2030-01-01T00:00:00Z"),
) : AutoCloseable {
    val clock = VirtualClock(start)
    val store = MemoryStore()
    val started = LinkedBlockingQueue<String>()

    fun open(
        on: Store = store,
        workflow: Workflow<*, *> = flow("work") { does("a") },
        listener: EngineListener = EngineListener {},
        use: (Engine) -> Unit,
    ) = on
        .engine(workflow) {
            clock(clock)
            listener(listener)
            listener { if (it is EngineEvent.RunStarted) started.add(it.runId()) }
        }.use(use)

    /** Moves the clock, and waits until the next alarm is set: so what fired is durable. */
    fun passes(
        time: Duration,
        next: Duration,
    ) {
        clock.awaitTimer(time)
        clock.advance(time)
        clock.awaitTimer(next)
    }

    fun runs(): List<String> = store.list(RunQuery.all()).map { it.id() }.sorted()

    fun inputs(): List<String> = store.list(RunQuery.all()).sortedBy { it.createdAt() }.map { it.input() }

    override fun close() = store.close()
}
