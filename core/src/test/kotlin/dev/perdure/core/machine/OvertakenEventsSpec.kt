package dev.perdure.core.machine

import dev.perdure.core.ErrorCode
import dev.perdure.core.Failure
import dev.perdure.core.Path
import dev.perdure.core.RunStatus
import dev.perdure.core.definition.AwaitSignal
import dev.perdure.core.definition.Retry
import dev.perdure.core.definition.Sleep
import dev.perdure.core.engine.JavaAuthoring
import dev.perdure.core.engine.does
import dev.perdure.core.journal.Changes
import dev.perdure.core.journal.Payload
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.time.Duration

/** An event that the state of its run has overtaken leads to nothing. */
class OvertakenEventsSpec :
    FunSpec({
        val second = Duration.ofSeconds(1)
        val again = Retry.fixed(3, second)

        fun Driven.ignores(vararg timers: Pair<TimerKind, Int>) =
            timers.forEach { (kind, attempt) ->
                withClue("$kind of attempt $attempt") {
                    val before = actions.size
                    on(timer(kind, "a", attempt)).shouldBeEmpty()
                    actions.size shouldBe before
                }
            }

        fun Driven.ignoresAll(vararg attempts: Int) =
            listOf(TimerKind.BACKOFF, TimerKind.STEP_TIMEOUT, TimerKind.LONG_RUNNING).forEach { kind ->
                attempts.forEach { ignores(kind to it) }
            }

        test("a body's end counts once, and only as the end of the present attempt") {
            val run = Driven.begin(graph(step("a", again)))
            val first = run.ended("a", BodyOutcome.Failed(Failure.of(Exception("no")), true))
            run.on(first) shouldContainExactly listOf("StepFailed a")
            run.on(first).shouldBeEmpty()
            run.fires(TimerKind.BACKOFF, "a") shouldContainExactly listOf("StepStarted a")
            run.on(first).shouldBeEmpty()
            run.completes("a") shouldContainExactly listOf("StepCompleted a", "RunEnded")
            run.on(first).shouldBeEmpty()
        }

        test("a timer that means nothing, or nothing any more, is ignored, whatever its step does") {
            val run = Driven.begin(graph(step("a", again)))
            run.ignores(TimerKind.BACKOFF to 1)
            run.ignoresAll(2)
            run.on(run.timer(TimerKind.LONG_RUNNING, "a", 1)) shouldContainExactly listOf("StepStarted a")
            run.ignores(TimerKind.LONG_RUNNING to 1)
            run.on(run.timer(TimerKind.STEP_TIMEOUT, "a", 1)).shouldBeEmpty()
            run.isStopping("a") shouldBe true
            run.ignores(TimerKind.STEP_TIMEOUT to 1)
            run.stops("a") shouldContainExactly listOf("StepFailed a")

            run.ignoresAll(1)
            run.ignores(TimerKind.STEP_TIMEOUT to 2, TimerKind.LONG_RUNNING to 2)
            run.on(Event.PauseAsked("wait", run.tick())) shouldContainExactly listOf("RunPaused")
            run.ignores(TimerKind.BACKOFF to 2)
            run.on(Event.ResumeAsked(run.tick())) shouldContainExactly listOf("RunResumed")
            run.fires(TimerKind.BACKOFF, "a") shouldContainExactly listOf("StepStarted a")

            run.cancel() shouldContainExactly listOf("CancelRequested")
            run.ignoresAll(2)
            run.stops("a") shouldContainExactly listOf("StepCancelled a", "RunEnded")
            run.ignoresAll(1, 2)
        }

        test("a step that is being cancelled is not recorded as one that runs long") {
            val run = Driven.begin(graph(step("a")))
            run.cancel()
            run.ignoresAll(1)
        }

        test("a body that ends cancelled though nobody cancelled it belongs to an engine that closes: it stays due") {
            val run = Driven.begin(graph(step("a")))
            run.stops("a").shouldBeEmpty()
            val next = run.crash()
            next.journal.map { it.javaClass.simpleName } shouldContainExactly listOf("StepInterrupted")
            next.started("a") shouldBe 1
        }

        test("a token counts once, and for the attempt that it was made for") {
            fun made(attempt: Int) = Event.TokenMade(Path.parse("a#request"), attempt, "hash", Driven.START)
            val request = step("request", again)
            val wait = signal("a", mode = AwaitSignal.Mode.CALLBACK)
            val run =
                Driven.begin(
                    graph(AwaitSignal("a", wait.mode(), listOf(), wait.output(), null, wait.onTimeout(), request)),
                )
            run.on(made(2)).shouldBeEmpty()
            run.on(made(1)) shouldContainExactly listOf("TokenIssued a#request")
            run.on(made(1)).shouldBeEmpty()
            run.fails("a#request")
            run.on(made(1)).shouldBeEmpty()
            run.fires(TimerKind.BACKOFF, "a#request").shouldBeEmpty()
            run.actions.last() shouldBe Action.MakeToken(Path.parse("a#request"), 2)
            run.cancel() shouldContainExactly listOf("CancelRequested")
            run.on(made(2)) shouldContainExactly listOf("StepCancelled a#request", "StepCancelled a", "RunEnded")
            run.started("a#request") shouldBe 1
        }

        test("a wait ends when it is due, not when a timer rings early, and one that is never due by no timer") {
            val run = Driven.begin(graph(signal("a", second), signal("b"), Sleep("c", null, step("time"), true)))
            run.on(run.timer(TimerKind.WAIT, "a", 1)).shouldBeEmpty()
            run.fires(TimerKind.WAIT, "a") shouldContainExactly listOf("WaitCompleted a", "WaitStarted b")
            run.on(run.timer(TimerKind.WAIT, "b", 1)).shouldBeEmpty()
            run.on(Event.SignalArrived(1, "b", Payload.NULL, run.tick())) shouldContainExactly
                listOf("WaitCompleted b")
            run.on(run.timer(TimerKind.WAIT, "c", 1)).shouldBeEmpty()
            run.completes("c#time", 5_000) shouldContainExactly listOf("StepCompleted c#time", "WaitStarted c")
            run.fires(TimerKind.WAIT, "c") shouldContainExactly listOf("WaitCompleted c", "RunEnded")
        }

        test("a run ends at its deadline, not before, and a retry of it has none") {
            val run = Driven.begin(graph(signal("a")), Driven.START + second)
            run.on(run.timer(TimerKind.RUN_TIMEOUT, "", 0)).shouldBeEmpty()
            run.machine.rest()!!.wake() shouldBe Driven.START + second
            run.fires(TimerKind.RUN_TIMEOUT, "") shouldContainExactly
                listOf("CancelRequested", "StepCancelled a", "RunEnded")
            val end = run.machine.end()!!
            end.status() shouldBe RunStatus.FAILED
            end.failure()!!.code() shouldBe ErrorCode.TIMED_OUT
            end.failure()!!.message() shouldContain "its deadline"
            run.retry() shouldContainExactly listOf("RunRetried", "WaitStarted a")
            run.on(run.timer(TimerKind.RUN_TIMEOUT, "", 0)).shouldBeEmpty()
            run.machine.rest()!!.wake() shouldBe null
        }

        test("of a workflow's timeout and a run's deadline, the earlier one counts") {
            val minute = Duration.ofMinutes(1)
            val workflow = JavaAuthoring.flow(timeout = minute) { does("a") }
            listOf(null to minute, minute.multipliedBy(2) to minute, second to second).forEach { (own, expected) ->
                val run = Driven.begin(workflow, own?.let { Driven.START + it })
                run.actions
                    .filterIsInstance<Action.SetTimer>()
                    .single()
                    .due() shouldBe Driven.START + expected
            }
        }

        test("a run is cancelled once, paused once, and resumed only while it is paused") {
            val run = Driven.begin(graph(step("a")))
            run.on(Event.ResumeAsked(run.tick())).shouldBeEmpty()
            run.on(Event.PauseAsked("wait", run.tick())) shouldContainExactly listOf("RunPaused")
            run.on(Event.PauseAsked("wait", run.tick())).shouldBeEmpty()
            run.cancel() shouldContainExactly listOf("CancelRequested")
            run.cancel().shouldBeEmpty()
            run.on(Event.PauseAsked("wait", run.tick())).shouldBeEmpty()
            run.machine.isPaused shouldBe false
            run.machine.isCancelling shouldBe true
        }

        test("a run that is being undone is neither cancelled, paused nor retried, and one that was is not retried") {
            val run = Driven.begin(graph(step("a", undo = Retry.NONE), step("b")))
            run.retry().shouldBeEmpty()
            run.completes("a")
            run.fails("b") shouldContainExactly listOf("StepFailed b", "CompensationStarted")
            run.machine.isCompensating shouldBe true
            run.cancel().shouldBeEmpty()
            run.on(Event.PauseAsked("wait", run.tick())).shouldBeEmpty()
            run.retry().shouldBeEmpty()
            run.completes("a#compensation") shouldContainExactly listOf("StepCompleted a#compensation", "RunEnded")
            run.machine.end()!!.status() shouldBe RunStatus.COMPENSATED
            run.retry().shouldBeEmpty()
            val other = Driven.begin(graph(step("a")))
            other.completes("a")
            other.retry().shouldBeEmpty()
        }

        test("a compensation that failed is tried again by a retry, which does nothing else") {
            val run = Driven.begin(graph(step("a", undo = Retry.NONE), step("b", undo = Retry.NONE)))
            run.completes("a")
            run.cancel()
            run.stops("b") shouldContainExactly listOf("StepCancelled b", "CompensationStarted")
            run.fails("a#compensation") shouldContainExactly listOf("StepFailed a#compensation", "RunEnded")
            run.machine.end()!!.status() shouldBe RunStatus.COMPENSATION_FAILED
            val why = run.machine.end()!!.failure()!!
            why.code() shouldBe ErrorCode.RUN_CANCELLED
            why.causes().map { "${it.path()}" } shouldContainExactly listOf("a#compensation")
            run.retry() shouldContainExactly listOf("RunRetried")
            run.completes("a#compensation") shouldContainExactly listOf("StepCompleted a#compensation", "RunEnded")
            run.machine.end()!!.status() shouldBe RunStatus.CANCELLED
            run.started("b") shouldBe 1
        }

        test("an atomic step is told beforehand how its end would be recorded, while that is wanted") {
            val run = Driven.begin(graph(step("a"), step("b")))
            val done = run.ended("a", BodyOutcome.Completed(Payload.NULL, Changes.NONE))
            val failed = run.ended("a", BodyOutcome.Failed(Failure.of(Exception("no")), true))
            val former = run.ended("a", done.outcome(), attempt = 0)
            val ahead = run.machine.completion(done)
            run.machine.completion(failed).shouldBeEmpty()
            run.machine.completion(former).shouldBeEmpty()
            run.on(done) shouldContainExactly listOf("StepCompleted a")
            run.journal.first() shouldBe ahead.single()
            run.machine.completion(done).shouldBeEmpty()

            val second = run.ended("b", done.outcome())
            run.on(run.timer(TimerKind.STEP_TIMEOUT, "b", 1))
            run.machine.completion(second).shouldBeEmpty()
            run.cancel()
            run.machine.completion(second).shouldBeEmpty()
            run.stops("b")
            run.machine.completion(second).shouldBeEmpty()
        }
    })
