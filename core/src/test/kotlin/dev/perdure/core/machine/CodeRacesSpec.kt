package dev.perdure.core.machine

import dev.perdure.core.ErrorCode
import dev.perdure.core.Path
import dev.perdure.core.RunStatus
import dev.perdure.core.definition.Answer
import dev.perdure.core.definition.Ask
import dev.perdure.core.definition.Procedure
import dev.perdure.core.definition.Retry
import dev.perdure.core.definition.Workflow
import dev.perdure.core.journal.Change
import dev.perdure.core.journal.Changes
import dev.perdure.core.journal.Payload
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.types.shouldBeInstanceOf
import java.time.Duration

private val P = Path.parse("p")

private fun Driven.isRefused(ask: Long): String = answer(ask).shouldBeInstanceOf<Answer.Refused>().why()

private fun done(path: String) = Answer.Done(Path.parse(path), Payload.of(path))

private fun cancelled(path: String) = Answer.Cancelled(Path.parse(path))

/** Opens block p with these branches. */
private fun Driven.opens(
    vararg branches: Any,
    open: Ask.Open = open(),
) {
    ask(open)
    branches.forEach { ask(Ask.Submit(P, if (it is Procedure) it else step("$it"))) }
}

/** Workflow code asks, gives up, ends and is cancelled at times that nobody expects. */
class CodeRacesSpec :
    FunSpec({
        test("what code gave up as it completed is of no use to it, then and on each resume, until a retry") {
            val run = Driven.begin(code())
            val a = run.ask(wanted(step("a")))
            run.completes("a")
            run.givesUp(a) shouldContainExactly listOf("StepCancelled a")
            run.answer(a) shouldBe cancelled("a")
            run.givesUp(a).shouldBeEmpty()
            run.ask(wanted(step("b")))
            run.completes("b")

            val next = run.crash()
            val again = next.ask(wanted(step("a")))
            next.answer(again) shouldBe null
            next.givesUp(again).shouldBeEmpty()
            next.answer(again) shouldBe cancelled("a")
            val b = next.ask(wanted(step("b")))
            next.answer(b) shouldBe done("b")
            next.started("a") shouldBe 0
        }

        test("what code gave up and then failed for is there when the run is tried again") {
            val run = Driven.begin(code())
            val a = run.ask(wanted(step("a")))
            run.completes("a")
            run.givesUp(a)
            run.fails("") shouldContainExactly listOf("RunEnded")
            val failed = run.crash()
            failed.retry() shouldContainExactly listOf("RunRetried")
            for (next in listOf(failed, failed.crash())) {
                next.answer(next.ask(wanted(step("a")))) shouldBe done("a")
                next.completes("") shouldContainExactly listOf("RunEnded")
                next.started("a") shouldBe 0
            }
        }

        test("what code gives up that still runs is cancelled, and answered when it has ended") {
            val run = Driven.begin(code())
            val a = run.ask(wanted(step("a")))
            run.givesUp(a).shouldBeEmpty()
            run.isStopping("a") shouldBe true
            run.answer(a) shouldBe null
            run.stops("a") shouldContainExactly listOf("StepCancelled a")
            run.answer(a) shouldBe cancelled("a")
        }

        test("code asks for one thing at a time, and its branches for what is theirs") {
            val run = Driven.begin(code())
            val a = run.ask(wanted(step("a")))
            run.isRefused(run.ask(wanted(step("b")))) shouldContain "\"a\" has not ended"
            run.completes("a")
            run.answer(a) shouldBe done("a")
            run.isRefused(run.ask(Ask.Await(P, null))) shouldContain "is closed"
            run.isRefused(run.ask(Ask.Close(P))) shouldContain "is closed"
        }

        test("nothing reaches code of a former life, or code that has ended") {
            val run = Driven.begin(code())
            val a = run.ask(wanted(step("a")))
            run.on(Event.Asked(Path.ROOT, 0, 7, wanted(step("old")), run.tick())).shouldBeEmpty()
            run.answer(7) shouldBe null
            run.on(Event.GaveUp(Path.ROOT, 0, a, run.tick())).shouldBeEmpty()
            run.on(run.ended("", BodyOutcome.Cancelled(), attempt = 0)).shouldBeEmpty()
            run.isStopping("a") shouldBe false

            val end = run.ended("", BodyOutcome.Completed(Payload.of(1), Changes.NONE))
            run.on(end).shouldBeEmpty()
            run.isStopping("a") shouldBe true
            run.on(end).shouldBeEmpty()
            run.givesUp(a).shouldBeEmpty()
            run.answer(run.ask(wanted(step("b")))) shouldBe null
            run.stops("a") shouldContainExactly listOf("StepCancelled a", "RunEnded")
            run.machine.end()!!.status() shouldBe RunStatus.COMPLETED
            run.answer(a) shouldBe null
        }

        test("code that ends cancelled though nobody cancelled it belongs to an engine that closes") {
            val run = Driven.begin(code())
            run.ask(wanted(step("a")))
            run.completes("a")
            run.stops("").shouldBeEmpty()
            run.machine.end() shouldBe null
            val next = run.crash()
            next.answer(next.ask(wanted(step("a")))) shouldBe done("a")
        }

        test(
            "code that goes on by itself after a cancel starts nothing more, and its run is cancelled whatever it returns",
        ) {
            val run = Driven.begin(code())
            run.opens("x", procedure("inner"))
            run.cancel() shouldContainExactly listOf("CancelRequested")
            run.isStopping("p/x") shouldBe true
            run.isStopping("p/inner") shouldBe true
            run.answer(run.ask(wanted(step("late")))) shouldBe cancelled("late")
            run.answer(run.ask(open("q"))) shouldBe cancelled("q")
            run.answer(run.ask(Ask.Submit(P, step("y")))) shouldBe cancelled("p/y")
            run.answer(run.ask(wanted(step("deep")), "p/inner")) shouldBe cancelled("p/inner/deep")
            val waiting = run.ask(Ask.Await(P, Path.parse("p/x")))
            run.stops("p/x") shouldContainExactly listOf("StepCancelled p/x")
            run.answer(waiting) shouldBe cancelled("p/x")
            run.completes("p/inner") shouldContainExactly listOf("BlockEnded p/inner")
            run.completes("") shouldContainExactly listOf("BlockEnded p", "RunEnded")
            run.machine.end()!!.status() shouldBe RunStatus.CANCELLED
        }

        test("a branch that code gives up is cancelled, the others go on") {
            val run = Driven.begin(code())
            run.opens("x", "y")
            val x = run.ask(Ask.Await(P, Path.parse("p/x")))
            run.givesUp(x).shouldBeEmpty()
            listOf(run.isStopping("p/x"), run.isStopping("p/y")) shouldContainExactly listOf(true, false)
            run.stops("p/x") shouldContainExactly listOf("StepCancelled p/x")
            run.answer(x) shouldBe cancelled("p/x")
            run.completes("p/y")

            val next = run.crash()
            next.opens("x", "y")
            val again = next.ask(Ask.Await(P, Path.parse("p/x")))
            next.answer(again) shouldBe null
            next.givesUp(again).shouldBeEmpty()
            next.answer(again) shouldBe cancelled("p/x")
            next.answer(next.ask(Ask.Await(P, Path.parse("p/y")))) shouldBe done("p/y")
            listOf(next.started("p/x"), next.started("p/y")) shouldContainExactly listOf(0, 0)
        }

        test("code that is cancelled while it waits for a branch, or for all, is answered when they have ended") {
            for (branch in listOf(Path.parse("p/x"), null)) {
                val run = Driven.begin(code())
                run.opens("x")
                val waiting = run.ask(Ask.Await(P, branch))
                run.cancel() shouldContainExactly listOf("CancelRequested")
                run.answer(waiting) shouldBe null
                run.stops("p/x")
                run.answer(waiting) shouldBe Answer.Cancelled(branch ?: P)
            }
        }

        test("code that waits for a branch that it had given up is answered by a cancel at once") {
            val run = Driven.begin(code())
            run.opens("x")
            run.givesUp(run.ask(Ask.Await(P, Path.parse("p/x"))))
            run.stops("p/x") shouldContainExactly listOf("StepCancelled p/x")
            val next = run.crash()
            next.opens("x")
            val again = next.ask(Ask.Await(P, Path.parse("p/x")))
            next.answer(again) shouldBe null
            next.cancel() shouldContainExactly listOf("CancelRequested")
            next.answer(again) shouldBe cancelled("p/x")
        }

        test("blocks of code may be nested as deep as those of a graph, and no deeper") {
            val run = Driven.begin(code())
            var at = ""
            repeat(Workflow.MAX_NESTING) {
                val opened = run.answer(run.ask(open(), at)) as Answer.Opened
                run.ask(Ask.Submit(opened.path(), procedure("b")), at)
                at = "${opened.path()}/b"
            }
            val refused = run.answer(run.ask(open(), at)).shouldBeInstanceOf<Answer.Refused>()
            refused.code() shouldBe ErrorCode.LIMIT_EXCEEDED
            refused.why() shouldContain "more than 64 deep"
        }

        test("code that gives up a block cancels all that has not ended, what waits for its turn too") {
            val run = Driven.begin(code())
            run.opens("x", "y", "z", open = open(max = 2))
            run.completes("p/x")
            val all = run.ask(Ask.Await(P, null))
            run.givesUp(all).shouldBeEmpty()
            run.stops("p/y") shouldContainExactly listOf("StepCancelled p/y")
            run.answer(all) shouldBe null
            run.stops("p/z") shouldContainExactly listOf("StepCancelled p/z", "BlockEnded p")
            run.answer(all) shouldBe cancelled("p")

            val queued = Driven.begin(code())
            queued.opens("x", "y", open = open(max = 1))
            queued.givesUp(queued.ask(Ask.Await(P, null))) shouldContainExactly listOf("StepCancelled p/y")
            queued.started("p/y") shouldBe 0
            queued.stops("p/x") shouldContainExactly listOf("StepCancelled p/x", "BlockEnded p")
        }

        test("a block that failed starts nothing more, and says that it failed whenever it is waited for") {
            val run = Driven.begin(code())
            run.opens("x", "y", "z")
            run.fails("p/x") shouldContainExactly listOf("StepFailed p/x")
            val y = run.ask(Ask.Await(P, Path.parse("p/y")))
            run.stops("p/y")
            run.answer(y) shouldBe cancelled("p/y")
            run.answer(run.ask(Ask.Submit(P, step("late")))) shouldBe Answer.Opened(Path.parse("p/late"))
            run.started("p/late") shouldBe 0
            run.stops("p/z")
            val all = run.ask(Ask.Await(P, null))
            run.answer(all).shouldBeInstanceOf<Answer.Failed>().path() shouldBe P
            run.answer(run.ask(Ask.Await(P, null))).shouldBeInstanceOf<Answer.Failed>().path() shouldBe P
            run.isRefused(run.ask(Ask.Submit(P, step("later")))) shouldContain "open another block"
            run.answer(run.ask(Ask.Close(P))) shouldBe Answer.Done(P, Payload.NULL)
        }

        test("branches that change a key in ways that do not go together fail their block, and name it") {
            val run = Driven.begin(code())
            run.opens("x", "y")
            run.completes("p/x", changes = Changes.puts(mapOf("k" to "text")))
            run.completes(
                "p/y",
                changes = Changes(mapOf("k" to Change.Append(listOf(1L)))),
            )
            val failed = run.answer(run.ask(Ask.Await(P, null))).shouldBeInstanceOf<Answer.Failed>()
            failed.failure().code() shouldBe ErrorCode.MERGE_CONFLICT
            failed.failure().message() shouldContain "k"
        }

        test("what code left open is cancelled by its end: steps, branches, branches of branches, blocks without any") {
            val run = Driven.begin(code())
            run.opens("x", procedure("inner"))
            run.ask(open("q"), "p/inner")
            run.ask(Ask.Submit(Path.parse("p/inner/q"), step("deep")), "p/inner")
            run.ask(open("empty"))
            run.completes("") shouldContainExactly listOf("BlockEnded empty")
            run.stops("p/x") shouldContainExactly listOf("StepCancelled p/x")
            run.stops("p/inner/q/deep") shouldContainExactly listOf("StepCancelled p/inner/q/deep")
            run.stops("p/inner") shouldContainExactly
                listOf("BlockEnded p/inner/q", "BlockEnded p/inner", "BlockEnded p", "RunEnded")
            run.machine.end()!!.status() shouldBe RunStatus.COMPLETED
        }

        test("a retry of a step that code asked for goes on where its attempts were, also for what is undone later") {
            val run = Driven.begin(code())
            run.ask(wanted(step("a", Retry.fixed(2, Duration.ofSeconds(1)), undo = Retry.NONE)))
            run.fails("a") shouldContainExactly listOf("StepFailed a")
            val next = run.crash()
            next.ask(wanted(step("a", Retry.fixed(2, Duration.ofSeconds(1)), undo = Retry.NONE)))
            next.fires(TimerKind.BACKOFF, "a") shouldContainExactly listOf("StepStarted a")
            next.completes("a") shouldContainExactly listOf("StepCompleted a")
            next.fails("") shouldContainExactly listOf("CompensationStarted")
            next.completes("a#compensation") shouldContainExactly listOf("StepCompleted a#compensation", "RunEnded")
        }
    })
