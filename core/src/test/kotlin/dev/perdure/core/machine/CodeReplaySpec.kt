package dev.perdure.core.machine

import dev.perdure.core.ErrorCode
import dev.perdure.core.Path
import dev.perdure.core.PerdureException
import dev.perdure.core.RunStatus
import dev.perdure.core.definition.Answer
import dev.perdure.core.definition.Ask
import dev.perdure.core.definition.Retry
import dev.perdure.core.journal.Payload
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.time.Duration

private val P = Path.parse("p")

private fun done(path: String) = Answer.Done(Path.parse(path), Payload.of(path))

private fun cancelled(path: String) = Answer.Cancelled(Path.parse(path))

/** Opens block p with a branch of code. */
private fun Driven.opensBranch() {
    ask(open())
    ask(Ask.Submit(P, procedure("b")))
}

/** A run whose branch of code did x, and then its code m. */
private fun branchThenStep(): Driven =
    Driven.begin(code()).apply {
        opensBranch()
        ask(wanted(step("x")), "p/b")
        completes("p/b/x")
        ask(wanted(step("m")))
        completes("m")
    }

/** What a resumed branch asks for anew while its code is not where the journal is. */
private fun Driven.asksAhead(): Long {
    opensBranch()
    answer(ask(wanted(step("x")), "p/b")) shouldBe done("p/b/x")
    return ask(wanted(step("y")), "p/b")
}

private fun diverges(block: () -> Any): String = shouldThrow<IncompatibleJournalException> { block() }.message!!

/** Code that is run again over its journal: branches wait for it, changes of it are found, and what it did is undone. */
class CodeReplaySpec :
    FunSpec({
        test("a branch starts nothing new before the code around it has come as far as the journal") {
            val run = branchThenStep().crash()
            val y = run.asksAhead()
            run.started("p/b/y") shouldBe 0
            run.answer(run.ask(wanted(step("m")))) shouldBe done("m")
            run.started("p/b/y") shouldBe 1
            run.completes("p/b/y") shouldContainExactly listOf("StepCompleted p/b/y")
            run.answer(y) shouldBe done("p/b/y")
        }

        test("so does one further in, and a branch that has not begun") {
            val run =
                Driven.begin(code()).apply {
                    opensBranch()
                    ask(open("q"), "p/b")
                    ask(Ask.Submit(Path.parse("p/b/q"), procedure("c")), "p/b")
                    ask(wanted(step("x")), "p/b/q/c")
                    completes("p/b/q/c/x")
                    ask(Ask.Submit(P, procedure("later")))
                    ask(wanted(step("m")))
                    completes("m")
                }
            val next = run.crash()
            next.opensBranch()
            next.ask(open("q"), "p/b")
            next.ask(Ask.Submit(Path.parse("p/b/q"), procedure("c")), "p/b")
            next.ask(wanted(step("x")), "p/b/q/c")
            next.ask(wanted(step("z")), "p/b/q/c")
            next.ask(Ask.Submit(P, procedure("later")))
            listOf("p/b/q/c/z", "p/later").map { next.started(it) } shouldContainExactly listOf(0, 0)
            next.ask(wanted(step("m")))
            listOf("p/b/q/c/z", "p/later").map { next.started(it) } shouldContainExactly listOf(1, 1)
        }

        test("what waits for that can be given up, and is cancelled with its run, without having run") {
            val run = branchThenStep().crash()
            val y = run.asksAhead()
            run.givesUp(y, "p/b").shouldBeEmpty()
            run.answer(y) shouldBe cancelled("p/b/y")

            val other = branchThenStep().crash()
            val held = other.asksAhead()
            other.cancel() shouldContainExactly listOf("CancelRequested")
            other.answer(held) shouldBe cancelled("p/b/y")
            listOf(run, other).map { it.started("p/b/y") } shouldContainExactly listOf(0, 0)
        }

        test("code that waits for a branch, which waits for the code to get to its journal's end, was changed") {
            listOf(Path.parse("p/b"), null).forEach { branch ->
                val early = branchThenStep().crash()
                early.asksAhead()
                diverges { early.ask(Ask.Await(P, branch)) } shouldContain "\"p/b/y\" where the journal has \"m\""

                val late = branchThenStep().crash()
                late.opensBranch()
                late.ask(Ask.Await(P, branch))
                late.ask(wanted(step("x")), "p/b")
                diverges { late.ask(wanted(step("y")), "p/b") } shouldContain "\"p/b/y\" where the journal has \"m\""
            }
        }

        test("code that waits for a branch that it has just added to what is recorded was changed too") {
            val run = Driven.begin(code())
            run.ask(wanted(step("m")))
            run.completes("m")
            val next = run.crash()
            next.opensBranch()
            diverges { next.ask(Ask.Await(P, Path.parse("p/b"))) } shouldContain "\"p/b\" where the journal has \"m\""
        }

        test("code that leaves a block while its branch waits for the code cancels it") {
            val run = branchThenStep().crash()
            run.asksAhead()
            val closed = run.ask(Ask.Close(P))
            run.stops("p/b") shouldContainExactly listOf("BlockEnded p/b", "BlockEnded p")
            run.answer(closed) shouldBe Answer.Done(P, Payload.NULL)
            run.started("p/b/y") shouldBe 0
        }

        test("code that failed or ended before what is recorded says whose code it is and what it failed with") {
            val run = Driven.begin(graph(procedure("n")))
            run.ask(wanted(step("a")), "n")
            run.completes("n/a")
            diverges { run.crash().fails("n") } shouldContain "the code of \"n\" failed (IllegalStateException: no)"
            diverges { run.crash().completes("n") } shouldContain
                "the code of \"n\" ended where the journal has \"n/a\""
        }

        test("a change that is guarded by a mark goes the new way in new runs, and no way that the run did not go") {
            val run = Driven.begin(code())
            val first = run.ask(Ask.Patch("new"))
            run.answer(first) shouldBe Answer.Done(Path.parse("patch:new"), Payload.of(true))
            run.answer(run.ask(Ask.Patch("new"))) shouldBe run.answer(first)
            run.journal.size shouldBe 1
            run.fails("")
            val failed = run.crash()
            failed.retry()
            failed.answer(failed.ask(Ask.Patch("new"))) shouldBe run.answer(first)
            failed.cancel()
            failed.answer(failed.ask(Ask.Patch("other"))) shouldBe
                Answer.Done(Path.parse("patch:other"), Payload.of(false))
        }

        test("a mark whose name would forge lines of a log is refused") {
            shouldThrow<PerdureException> { Ask.Patch("new\nall is well") }.code() shouldBe ErrorCode.INVALID_NAME
        }

        test("a retry has code come again to what failed last, and to nothing that it got over") {
            val run = Driven.begin(code())
            run.ask(wanted(step("a")))
            run.fails("a")
            run.ask(wanted(signal("s", Duration.ofSeconds(1))))
            run.fires(TimerKind.WAIT, "s") shouldContainExactly listOf("WaitCompleted s")
            run.fails("") shouldContainExactly listOf("RunEnded")
            val tried = run.crash()
            tried.retry()
            val a = tried.ask(wanted(step("a")))
            (tried.answer(a) is Answer.Failed) shouldBe true
            tried.answer(tried.ask(wanted(signal("s")))) shouldBe Answer.Done(Path.parse("s"), Payload.NULL)
            tried.started("a") shouldBe 0
        }

        test("a block that completed stays so when the run is tried again, and one that failed runs again") {
            for (isFailing in listOf(false, true)) {
                val run = Driven.begin(code())
                run.ask(open())
                run.ask(Ask.Submit(P, step("x")))
                if (isFailing) run.fails("p/x") else run.completes("p/x")
                run.ask(Ask.Await(P, null))
                run.fails("") shouldContainExactly listOf("RunEnded")
                val failed = run.crash()
                failed.retry()
                for (tried in listOf(failed, failed.crash())) {
                    tried.ask(open())
                    tried.ask(Ask.Submit(P, step("x")))
                    tried.started("p/x") shouldBe if (isFailing) 1 else 0
                    if (isFailing) tried.completes("p/x")
                    tried.answer(tried.ask(Ask.Await(P, null))) shouldBe Answer.Done(P, Payload.NULL)
                }
            }
        }

        test("what several procedures did is undone once all have said how, newest first") {
            val undo = Retry.NONE
            val run = Driven.begin(graph(procedure("n"), procedure("o"), step("c")))
            for ((node, step) in listOf("n" to "a", "o" to "b")) {
                run.ask(wanted(step(step, undo = undo)), node)
                run.completes("$node/$step")
                run.completes(node)
            }
            run.fails("c") shouldContainExactly listOf("StepFailed c", "CompensationStarted")

            val next = run.crash()
            next.started("n/a#compensation") + next.started("o/b#compensation") shouldBe 0
            next.answer(next.ask(wanted(step("a", undo = undo)), "n")) shouldBe done("n/a")
            next.answer(next.ask(wanted(step("late")), "n")) shouldBe cancelled("n/late")
            next.completes("n").shouldBeEmpty()
            next.started("o/b#compensation") shouldBe 0
            next.ask(wanted(step("b", undo = undo)), "o")
            next.completes("o").shouldBeEmpty()
            next.completes("o/b#compensation") shouldContainExactly listOf("StepCompleted o/b#compensation")

            val last = next.crash()
            last.ask(wanted(step("b", undo = undo)), "o")
            last.completes("o")
            last.ask(wanted(step("a", undo = undo)), "n")
            last.completes("n") shouldContainExactly listOf("StepInterrupted n/a#compensation")
            last.completes("n/a#compensation") shouldContainExactly
                listOf("StepCompleted n/a#compensation", "RunEnded")
            last.machine.end()!!.status() shouldBe RunStatus.COMPENSATED
        }

        test("a compensation of code that failed is tried again by a retry, over any number of crashes") {
            val a = wanted(step("a", undo = Retry.NONE))
            val run = Driven.begin(code())
            run.ask(a)
            run.completes("a")
            run.fails("")
            run.fails("a#compensation") shouldContainExactly listOf("StepFailed a#compensation", "RunEnded")
            val failed = run.crash()
            failed.machine.end()!!.status() shouldBe RunStatus.COMPENSATION_FAILED
            failed.retry() shouldContainExactly listOf("RunRetried")
            for (tried in listOf(failed, failed.crash())) {
                tried.answer(tried.ask(a)) shouldBe done("a")
                tried.completes("")
                tried.started("a#compensation") shouldBe 1
                tried.completes("a#compensation") shouldContainExactly
                    listOf("StepCompleted a#compensation", "RunEnded")
                tried.machine.end()!!.status() shouldBe RunStatus.COMPENSATED
            }
        }

        test("code that does not say any more how to undo what it did stops its run, and undoes nothing") {
            val run = Driven.begin(code())
            run.ask(wanted(step("a", undo = Retry.NONE)))
            run.completes("a")
            run.fails("")
            val next = run.crash()
            diverges { next.completes("") } shouldContain "\"a\" is to be undone, but the code does not ask for it"
            next.started("a#compensation") shouldBe 0
        }

        test("branches of code that ended say how to undo what they did, and what was due again is not done for it") {
            val x = step("x", undo = Retry.NONE)
            val run = Driven.begin(code())
            run.opensBranch()
            run.ask(wanted(x), "p/b")
            run.completes("p/b/x")
            run.completes("p/b") shouldContainExactly listOf("BlockEnded p/b")
            run.ask(Ask.Await(P, null))
            run.ask(wanted(step("c")))
            run.fails("c")
            run.cancel()
            run.completes("") shouldContainExactly listOf("CompensationStarted")

            val next = run.crash()
            next.opensBranch()
            next.answer(next.ask(wanted(x), "p/b")) shouldBe done("p/b/x")
            next.completes("p/b").shouldBeEmpty()
            next.answer(next.ask(Ask.Await(P, null))) shouldBe Answer.Done(P, Payload.NULL)
            next.ask(wanted(step("c")))
            next.completes("").shouldBeEmpty()
            next.completes("p/b/x#compensation") shouldContainExactly
                listOf("StepCompleted p/b/x#compensation", "RunEnded")
            next.machine.end()!!.status() shouldBe RunStatus.CANCELLED
            next.started("c") shouldBe 0
        }

        test("a run that is tried again and cancelled before its code came to what failed does not do that to undo") {
            val a = wanted(step("a", undo = Retry.NONE))
            val run = Driven.begin(code())
            run.ask(a)
            run.completes("a")
            run.ask(wanted(step("c", Retry.fixed(2, Duration.ofSeconds(1)))))
            run.fails("c") shouldContainExactly listOf("StepFailed c")
            val next = run.crash()
            next.cancel() shouldContainExactly listOf("CancelRequested")
            next.stops("") shouldContainExactly listOf("CompensationStarted")
            next.answer(next.ask(a)) shouldBe done("a")
            next.answer(next.ask(wanted(step("c", Retry.fixed(2, Duration.ofSeconds(1)))))) shouldBe
                cancelled("c")
            next.completes("").shouldBeEmpty()
            next.completes("a#compensation") shouldContainExactly listOf("StepCompleted a#compensation", "RunEnded")
        }
    })
