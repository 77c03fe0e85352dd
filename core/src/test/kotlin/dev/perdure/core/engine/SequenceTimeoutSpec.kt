package dev.perdure.core.engine

import dev.perdure.core.ErrorCode
import dev.perdure.core.Failure
import dev.perdure.core.Json
import dev.perdure.core.Path
import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import dev.perdure.core.definition.AwaitSignal
import dev.perdure.core.definition.Join
import dev.perdure.core.definition.Merge
import dev.perdure.core.definition.Node
import dev.perdure.core.definition.Parallel
import dev.perdure.core.definition.ParallelPolicy
import dev.perdure.core.definition.ParallelPolicy.OnError
import dev.perdure.core.definition.ParallelPolicy.Remaining
import dev.perdure.core.definition.Retry
import dev.perdure.core.definition.Sequence
import dev.perdure.core.definition.ValueTypes
import dev.perdure.core.definition.Workflow
import dev.perdure.core.engine.HandMade.step
import dev.perdure.core.journal.Payload
import dev.perdure.core.memory.MemoryStore
import dev.perdure.core.testing.VirtualClock
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.time.Duration
import java.util.concurrent.CountDownLatch

/** A branch may have a time limit of its own. */
class SequenceTimeoutSpec :
    FunSpec({
        val second = Duration.ofSeconds(1)

        fun block(
            name: String,
            join: Join,
            vararg branches: Node,
        ): Parallel {
            val policy = ParallelPolicy(Merge.LastWins(), OnError.COMPLETE_ALL, join, Remaining.AWAIT, 0)
            return Parallel(name, branches.toList(), policy, null)
        }

        /** Branch x, which may take a second, beside a quick y; one of them is enough. */
        fun limited(
            vararg nodes: Node,
            join: Join = Join.ANY,
        ): Workflow<*, *> {
            val x = Sequence("x", nodes.toList(), null, second)
            val y = Sequence("y", listOf(step("ok") { "ok" }))
            return HandMade.workflow(Path.ROOT.child("z"), block("f", join, x, y), step("z") { "done" })
        }

        fun Run.failureOf(path: String): Failure = Failure.fromPlain(Json.read(rows(path).last().error()!!))

        test("the step that a branch is at ends TIMED_OUT, the branch fails, and no retry of the step follows") {
            val clock = VirtualClock()
            val begun = CountDownLatch(1)
            val slow =
                step("slow", Retry.fixed(3, Duration.ZERO)) {
                    begun.countDown()
                    CountDownLatch(1).await()
                }
            MemoryStore().engine(limited(slow, step("never") { "never" })) { clock(clock) }.use { engine ->
                val run = engine.start("case", "r", null)
                begun.passed()
                clock.awaitTimer(second)
                clock.advance(second)
                run.output() shouldBe "done"
                run.statuses("f/x/slow") shouldContainExactly listOf(StepStatus.TIMED_OUT)
                run.statuses("f/x") shouldContainExactly listOf(StepStatus.FAILED)
                run.statuses("f/x/never") shouldBe emptyList()
                run.failureOf("f/x").code() shouldBe ErrorCode.TIMED_OUT
                run.failureOf("f/x").message() shouldContain "\"f/x\" took longer than its timeout of PT1S"
            }
        }

        test("what a body that ignores its cancellation returns later changes nothing") {
            val clock = VirtualClock()
            val begun = CountDownLatch(1)
            val late = CountDownLatch(1)
            val returned = CountDownLatch(1)
            val stubborn =
                step("stubborn") {
                    begun.countDown()
                    while (late.count > 0) runCatching { late.await() }
                    returned.countDown()
                    "late"
                }
            MemoryStore().engine(limited(stubborn)) { clock(clock).cancellationGrace(second) }.use { engine ->
                val run = engine.start("case", "r", null)
                begun.passed()
                clock.awaitTimer(second)
                clock.advance(second)
                clock.awaitTimer(second)
                clock.advance(second)
                run.output() shouldBe "done"
                late.countDown()
                returned.passed()
                run.statuses("f/x/stubborn") shouldContainExactly listOf(StepStatus.TIMED_OUT)
            }
        }

        test("a wait times out with its branch, in memory or out of it") {
            listOf(Duration.ZERO, Duration.ofDays(1)).forEach { suspendAfter ->
                val clock = VirtualClock()
                val none = AwaitSignal.OnTimeout.Yield(Payload.NULL)
                val wait =
                    AwaitSignal("wait", AwaitSignal.Mode.ONE, listOf("s"), ValueTypes.PLAIN, null, none, null)
                MemoryStore().engine(limited(wait)) { clock(clock).suspendAfter(suspendAfter) }.use { engine ->
                    val run = engine.start("case", "r", null)
                    clock.awaitTimer(second)
                    clock.advance(second)
                    run.output() shouldBe "done"
                    run.statuses("f/x/wait").last() shouldBe StepStatus.TIMED_OUT
                }
            }
        }

        test("of a block that a branch is at, what runs is cancelled") {
            val clock = VirtualClock()
            val begun = CountDownLatch(1)
            val slow =
                step("slow") {
                    begun.countDown()
                    CountDownLatch(1).await()
                }
            val quick = step("quick") { "quick" }
            MemoryStore().engine(limited(block("inner", Join.ANY, slow, quick))) { clock(clock) }.use { engine ->
                val run = engine.start("case", "r", null)
                begun.passed()
                clock.awaitTimer(second)
                clock.advance(second)
                run.output() shouldBe "done"
                run.statuses("f/x/inner/slow") shouldContainExactly listOf(StepStatus.CANCELLED)
                run.statuses("f/x/inner") shouldContainExactly listOf(StepStatus.CANCELLED)
                run.failureOf("f/x").code() shouldBe ErrorCode.TIMED_OUT
            }
        }

        test("a back-off ends with its branch's time") {
            val clock = VirtualClock()
            val flaky = step("flaky", Retry.fixed(3, second.multipliedBy(2))) { error("always") }
            MemoryStore().engine(limited(flaky)) { clock(clock) }.use { engine ->
                val run = engine.start("case", "r", null)
                clock.awaitTimer(second.multipliedBy(2))
                clock.advance(second)
                run.output() shouldBe "done"
                run.statuses("f/x/flaky") shouldContainExactly listOf(StepStatus.FAILED, StepStatus.TIMED_OUT)
            }
        }

        test("an engine that comes back too late starts nothing of the branch again; one in time gives it the rest") {
            listOf(600L to 0, 200L to 1).forEach { (away, again) ->
                val clock = VirtualClock()
                val store = MemoryStore()
                val n = Ledger()
                val begun = CountDownLatch(1)
                val anew = CountDownLatch(2)
                val slow =
                    step("slow") {
                        n.ran("slow")
                        begun.countDown()
                        anew.countDown()
                        CountDownLatch(1).await()
                    }
                store.engine(limited(slow)) { clock(clock) }.use { engine ->
                    engine.start("case", "r", null)
                    begun.passed()
                    clock.awaitTimer(second)
                    clock.advance(Duration.ofMillis(500))
                }
                clock.advance(Duration.ofMillis(away))
                store.engine(limited(slow)) { clock(clock) }.use { engine ->
                    val run = engine.find("r").get()
                    if (again > 0) {
                        anew.passed()
                        clock.awaitTimer(Duration.ofMillis(500 - away))
                        clock.advance(Duration.ofMillis(500 - away))
                    }
                    run.output() shouldBe "done"
                    n["slow"] shouldBe 1 + again
                    run.statuses("f/x/slow").last() shouldBe StepStatus.TIMED_OUT
                }
            }
        }

        test("a retried run gives the branch its time anew") {
            val clock = VirtualClock()
            val n = Ledger()
            val begun = CountDownLatch(1)
            val slow =
                step("slow") {
                    begun.countDown()
                    if (n.ran("slow") == 1) CountDownLatch(1).await()
                    "ok"
                }
            MemoryStore().engine(limited(slow, join = Join.ALL)) { clock(clock) }.use { engine ->
                val run = engine.start("case", "r", null)
                begun.passed()
                clock.awaitTimer(second)
                clock.advance(second)
                run.ended().status() shouldBe RunStatus.FAILED
                run.retry().get()
                run.output() shouldBe "done"
                run.statuses("f/x/slow") shouldContainExactly listOf(StepStatus.TIMED_OUT, StepStatus.COMPLETED)
            }
        }

        test("a cancel that comes while a branch is timing out wins") {
            val clock = VirtualClock()
            val begun = CountDownLatch(1)
            val isAsked = CountDownLatch(1)
            val goOn = CountDownLatch(1)
            val slow =
                step("slow") {
                    begun.countDown()
                    runCatching { CountDownLatch(1).await() }
                    isAsked.countDown()
                    goOn.await()
                }
            MemoryStore().engine(limited(slow)) { clock(clock) }.use { engine ->
                val run = engine.start("case", "r", null)
                begun.passed()
                clock.awaitTimer(second)
                clock.advance(second)
                isAsked.passed()
                run.cancel("enough").get()
                goOn.countDown()
                run.ended().status() shouldBe RunStatus.CANCELLED
                run.statuses("f/x/slow") shouldContainExactly listOf(StepStatus.CANCELLED)
            }
        }

        test("every crash state around a branch's timeout is resumed to one of its two ends") {
            val workflow = limited(step("one") { 1 }, step("two") { 2 })
            CrashStates(workflow).use { states ->
                val all = states.all()
                all.size shouldBeGreaterThan 8
                all.forEach {
                    withClue("after ${it.delivered}") { CrashStates.resume(it, workflow).output shouldBe "\"done\"" }
                }
            }
        }
    })
