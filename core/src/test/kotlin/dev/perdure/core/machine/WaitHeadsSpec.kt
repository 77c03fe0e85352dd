package dev.perdure.core.machine

import dev.perdure.core.ErrorCode
import dev.perdure.core.Path
import dev.perdure.core.RunStatus
import dev.perdure.core.definition.AwaitSignal
import dev.perdure.core.definition.Call
import dev.perdure.core.definition.Join
import dev.perdure.core.definition.Node
import dev.perdure.core.definition.ParallelPolicy
import dev.perdure.core.definition.Sleep
import dev.perdure.core.definition.ValueTypes
import dev.perdure.core.journal.Entry
import dev.perdure.core.journal.Payload
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import java.time.Duration

private fun call(isDetached: Boolean = false) = Call("a", "child", 1, step("input"), ValueTypes.PLAIN, isDetached)

/** Waits that begin with a step, which says what to wait for; and how waits are cancelled, timed out and tried again. */
class WaitHeadsSpec :
    FunSpec({
        val waits =
            mapOf<String, Node>(
                "a#time" to Sleep("a", null, step("time"), true),
                "a#input" to call(),
                "a#request" to signal("a", mode = AwaitSignal.Mode.APPROVAL),
            )
        waits.forEach { (head, wait) ->
            test("${wait.kind()}: where its step fails, so does it, and a retry begins with the step again") {
                val run = Driven.begin(graph(wait))
                run.fails(head) shouldContainExactly listOf("StepFailed $head", "StepFailed a", "RunEnded")
                val failed = run.journal.filterIsInstance<Entry.StepFailed>().last()
                failed.startedAt() shouldBe failed.at()
                for (tried in listOf(run, run.crash())) {
                    tried.retry() shouldContainExactly listOf("RunRetried")
                    tried.completes(head, 1_000) shouldContainExactly listOf("StepCompleted $head", "WaitStarted a")
                }
            }

            test("${wait.kind()}: cancelled during its step, it ends when the step has") {
                val run = Driven.begin(graph(wait))
                run.cancel() shouldContainExactly listOf("CancelRequested")
                val next = run.crash()
                run.stops(head) shouldContainExactly listOf("StepCancelled $head", "StepCancelled a", "RunEnded")
                next.machine.end()!!.status() shouldBe RunStatus.CANCELLED
                next.started(head) shouldBe 0
            }

            test("${wait.kind()}: it is timed out with its sequence, during its step and after") {
                val policy = ParallelPolicy.DEFAULT
                val limited = branch("b", wait, timeout = Duration.ofSeconds(5))
                for (isInStep in listOf(true, false)) {
                    val run = Driven.begin(graph(block("p", limited, policy = policy)))
                    val where = "p/b/$head"
                    if (!isInStep) run.completes(where, 60_000)
                    run.fires(TimerKind.SEQUENCE_TIMEOUT, "p/b")
                    if (isInStep) run.stops(where)
                    val failed = run.journal.filterIsInstance<Entry.StepFailed>().map { "${it.path()} ${it.status()}" }
                    if (isInStep) {
                        failed shouldContainExactly listOf("$where TIMED_OUT", "p/b/a FAILED")
                    } else if (wait is Call) {
                        failed.shouldBeEmpty()
                        run.actions.last() shouldBe Action.CancelChild(Path.parse("p/b/a"))
                    } else {
                        failed shouldContainExactly listOf("p/b/a TIMED_OUT")
                    }
                }
            }
        }

        fun ended(
            status: RunStatus,
            output: Payload? = null,
        ) = Event.ChildEnded(Path.parse("a"), status, output, null, Driven.START)

        test("a call that is cancelled has ended when its child has, and a crash meanwhile asks the child again") {
            val run = Driven.begin(graph(call()))
            run.completes("a#input")
            run.on(Event.ChildStarted(Path.parse("a"), "id", run.tick())).shouldBeEmpty()
            run.cancel() shouldContainExactly listOf("CancelRequested")
            val next = run.crash()
            for (cancelled in listOf(run, next)) {
                cancelled.actions.last() shouldBe Action.CancelChild(Path.parse("a"))
                cancelled.on(ended(RunStatus.CANCELLED)) shouldContainExactly listOf("StepCancelled a", "RunEnded")
                cancelled.on(ended(RunStatus.CANCELLED)).shouldBeEmpty()
            }
        }

        test("a child that says more than its call can use, or nothing, is as good as one that says what it should") {
            val run = Driven.begin(graph(call(isDetached = true)))
            run.on(Event.ChildStarted(Path.parse("a"), "early", run.tick())).shouldBeEmpty()
            run.completes("a#input")
            run.on(Event.ChildStarted(Path.parse("a"), "id", run.tick())) shouldContainExactly
                listOf("WaitCompleted a", "RunEnded")

            val silent = Driven.begin(graph(call()))
            silent.completes("a#input")
            silent.on(ended(RunStatus.COMPLETED)) shouldContainExactly listOf("WaitCompleted a", "RunEnded")
        }

        test("a child that ended without success fails its call, and says how it ended where it does not say why") {
            val run = Driven.begin(graph(call()))
            run.on(ended(RunStatus.FAILED)).shouldBeEmpty()
            run.completes("a#input")
            run.on(ended(RunStatus.CANCELLED)) shouldContainExactly listOf("StepFailed a", "RunEnded")
            val failure = run.machine.end()!!.failure()!!
            failure.code() shouldBe ErrorCode.CHILD_FAILED
            failure.message() shouldBe "the run of \"child\" that \"a\" called ended CANCELLED"
            failure.causes().shouldBeEmpty()
        }

        test("a detached call that is cancelled while its child is being started lets no later node run") {
            val run = Driven.begin(graph(call(isDetached = true), step("b")))
            run.completes("a#input")
            run.cancel()
            run.on(Event.ChildStarted(Path.parse("a"), "id", run.tick()))
            run.machine.end()!!.status() shouldBe RunStatus.CANCELLED
            run.started("b") shouldBe 0
            run.retry() shouldContainExactly listOf("RunRetried")
            listOf(run.started("a#input"), run.started("b")) shouldContainExactly listOf(1, 1)
        }

        test("a wait that a retry has wait for its place is not waited for before it has one") {
            val waits = listOf("x", "y").map { signal(it, Duration.ofSeconds(5), isFailing = true) }
            val policy =
                ParallelPolicy(
                    ParallelPolicy.DEFAULT.merge(),
                    ParallelPolicy.OnError.COMPLETE_ALL,
                    Join.All(),
                    ParallelPolicy.Remaining.AWAIT,
                    1,
                )
            val run = Driven.begin(graph(block("p", *waits.toTypedArray(), policy = policy)))
            listOf("x", "y").forEach { run.fires(TimerKind.WAIT, "p/$it") }
            run.machine.end()!!.status() shouldBe RunStatus.FAILED
            run.retry() shouldContainExactly listOf("RunRetried", "WaitStarted p/x")
            val first = run.journal.filterIsInstance<Entry.WaitStarted>().last()
            run.machine.rest()!!.wake() shouldBe first.due()
            run.machine.open().map { "${it.path()} ${it.state()}" } shouldContainExactly
                listOf("p/x AWAITING", "p/y QUEUED")
        }
    })
