package dev.perdure.core.machine

import dev.perdure.core.Path
import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import dev.perdure.core.definition.Join
import dev.perdure.core.definition.ParallelPolicy
import dev.perdure.core.definition.ParallelPolicy.Remaining
import dev.perdure.core.definition.Retry
import dev.perdure.core.definition.Workflow
import dev.perdure.core.journal.BlockSummary
import dev.perdure.core.journal.Changes
import dev.perdure.core.journal.Entry
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.time.Duration

/** Journals that end, or go on, between two entries which one commit has: what is left of them is made good, or refused. */
class CutJournalsSpec :
    FunSpec({
        val second = Duration.ofSeconds(1)

        fun Driven.cut(length: Int) = journal.take(length)

        test("a cancel of which only the request is there is carried out, whatever its steps wait for") {
            val workflow = graph(step("a", Retry.fixed(2, second)))
            val run = Driven.begin(workflow)
            run.fails("a")
            run.cancel() shouldContainExactly listOf("CancelRequested", "StepCancelled a", "RunEnded")
            val next = Driven.resume(workflow, run.cut(2))
            next.journal
                .last()
                .let { it as Entry.RunEnded }
                .status() shouldBe RunStatus.CANCELLED
            next.started("a") shouldBe 0
        }

        test("branches that a failure cancels before they have a place are cancelled, though that is not there") {
            val workflow = graph(block("p", step("x"), step("y"), policy = ParallelPolicy.DEFAULT.atMost(1)))
            val run = Driven.begin(workflow)
            run.fails("p/x").take(2) shouldContainExactly listOf("StepFailed p/x", "StepCancelled p/y")
            val next = Driven.resume(workflow, run.cut(1))
            next.journal.drop(1).map { "${it.javaClass.simpleName} ${it.path()}".trim() } shouldContainExactly
                listOf("StepCancelled p/y", "BlockEnded p", "RunEnded")
            next.started("p/y") shouldBe 0
        }

        fun refused(
            journal: List<Entry>,
            workflow: Workflow<*, *>,
        ) = shouldThrow<IncompatibleJournalException> { Driven.resume(workflow, journal) }.message!!

        test("the end of a block that is not there is missed, at the journal's end and before what comes next") {
            val workflow = graph(block("p", step("x")), step("end"))
            val run = Driven.begin(workflow)
            run.completes("p/x") shouldContainExactly listOf("StepCompleted p/x", "BlockEnded p")
            run.completes("end")
            refused(run.cut(1), workflow) shouldContain "stops where the definition would end \"p\""
            refused(listOf(run.journal[0], run.journal[2]), workflow) shouldContain
                "an outcome of \"end\" where the definition would end \"p\""
        }

        test("the end of a block in the place of a step says what kind of block it was") {
            val at = Driven.START
            val none = BlockSummary(0, 0, 0)
            val end =
                Entry.BlockEnded(
                    Path.parse("a"),
                    "for_each",
                    StepStatus.COMPLETED,
                    null,
                    Changes.NONE,
                    null,
                    none,
                    null,
                    at,
                    at,
                )
            refused(listOf(end), graph(step("a"))) shouldContain "the end of a for_each at \"a\""
        }

        test("a sequence takes its timeout once, when it is due, and not beside a cancel") {
            val limited = graph(block("p", branch("b", step("s"), timeout = Duration.ofSeconds(5))))

            fun Driven.rings() = on(timer(TimerKind.SEQUENCE_TIMEOUT, "p/b", 0))
            val run = Driven.begin(limited)
            run.rings().shouldBeEmpty()
            run.isStopping("p/b/s") shouldBe false
            run.fires(TimerKind.SEQUENCE_TIMEOUT, "p/b").shouldBeEmpty()
            run.isStopping("p/b/s") shouldBe true
            run.rings().shouldBeEmpty()
            run.stops("p/b/s").first() shouldBe "StepFailed p/b/s"

            val cancelled = Driven.begin(limited)
            cancelled.cancel()
            cancelled.fires(TimerKind.SEQUENCE_TIMEOUT, "p/b").shouldBeEmpty()
            cancelled.stops("p/b/s").first() shouldBe "StepCancelled p/b/s"
        }

        test("a run that is resumed after a pause goes on with steps that ran all the time") {
            val run = Driven.begin(graph(step("a")))
            run.on(Event.PauseAsked("wait", run.tick()))
            run.on(Event.ResumeAsked(run.tick())) shouldContainExactly listOf("RunResumed")
            run.started("a") shouldBe 1
            run.completes("a") shouldContainExactly listOf("StepCompleted a", "RunEnded")
        }

        fun Driven.names() = journal.map { "${it.javaClass.simpleName} ${it.path()}".trim() }

        test("what follows from an atomic step, which is recorded by itself, is made good: the ends around it") {
            val workflow = graph(block("p", branch("b", block("q", atomic("x")))))
            val run = Driven.begin(workflow)
            run.completes("p/b/q/x") shouldContainExactly
                listOf("StepCompleted p/b/q/x", "BlockEnded p/b/q", "BlockEnded p/b", "BlockEnded p", "RunEnded")
            Driven.resume(workflow, run.cut(1)).names() shouldContainExactly run.names()
        }

        test("behind an atomic step, what comes next is started, once, and what ran beside it is interrupted") {
            val workflow = graph(block("p", branch("b", atomic("x"), step("y")), step("z")))
            val run = Driven.begin(workflow)
            run.completes("p/b/x") shouldContainExactly listOf("StepCompleted p/b/x")
            val next = Driven.resume(workflow, run.cut(1))
            next.names().drop(1) shouldContainExactly listOf("StepInterrupted p/z", "StepInterrupted p/b/y")

            val last = graph(block("p", atomic("x")), step("end"))
            val before = Driven.begin(last)
            before.completes("p/x")
            val after = Driven.resume(last, before.cut(1))
            after.names() shouldContainExactly listOf("StepCompleted p/x", "BlockEnded p")
            after.started("end") shouldBe 1
        }

        test("an atomic step that decides its block cancels the others after a restart too") {
            val any =
                ParallelPolicy.DEFAULT.let {
                    ParallelPolicy(
                        it.merge(),
                        it.onError(),
                        Join.ANY,
                        Remaining.CANCEL,
                        0,
                    )
                }
            val workflow = graph(block("p", atomic("x"), step("y"), policy = any))
            val run = Driven.begin(workflow)
            run.completes("p/x")
            val next = Driven.resume(workflow, run.cut(1))
            next.names() shouldContainExactly
                listOf("StepCompleted p/x", "StepCancelled p/y", "BlockEnded p", "RunEnded")
            next.started("p/y") shouldBe 0
        }
    })
