package dev.perdure.core.insight

import dev.perdure.core.ErrorCode
import dev.perdure.core.Failure
import dev.perdure.core.Json
import dev.perdure.core.Path
import dev.perdure.core.RunStatus
import dev.perdure.core.definition.Ask
import dev.perdure.core.definition.AwaitSignal
import dev.perdure.core.definition.Call
import dev.perdure.core.definition.ParallelPolicy
import dev.perdure.core.definition.Retry
import dev.perdure.core.definition.Sleep
import dev.perdure.core.definition.ValueTypes
import dev.perdure.core.definition.Workflow
import dev.perdure.core.engine.Image
import dev.perdure.core.journal.RunRecord
import dev.perdure.core.machine.Driven
import dev.perdure.core.machine.Event
import dev.perdure.core.machine.TimerKind
import dev.perdure.core.machine.atMost
import dev.perdure.core.machine.block
import dev.perdure.core.machine.code
import dev.perdure.core.machine.graph
import dev.perdure.core.machine.open
import dev.perdure.core.machine.procedure
import dev.perdure.core.machine.signal
import dev.perdure.core.machine.step
import dev.perdure.core.machine.wanted
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import java.time.Duration

private fun record(
    workflow: Workflow<*, *>,
    status: RunStatus,
    failure: Failure? = null,
): RunRecord {
    val run = Image.begun(workflow, "null").record
    return RunRecord(
        run.id(),
        1,
        run.workflow(),
        run.version(),
        run.fingerprint(),
        status,
        run.input(),
        null,
        failure?.let { Json.write(it.toPlain()) },
        null,
        0,
        run.createdAt(),
        run.updatedAt(),
        null,
        null,
        null,
        null,
    )
}

private fun Driven.explained(
    workflow: Workflow<*, *>,
    status: RunStatus = RunStatus.RUNNING,
) = Explanation.of(record(workflow, status), workflow, rows()).reasons().map { "$it" }

/** What a run waits for, in words, whatever it waits for. */
class ExplanationSpec :
    FunSpec({
        val hour = Duration.ofHours(1)
        val late = "by itself at ${Driven.START.plusMillis(3_600_001)}"

        test("a step that is due, and since when where that is recorded") {
            val workflow = graph(step("a", Retry.fixed(2, hour)), step("b"))
            val run = Driven.begin(workflow)
            run.explained(workflow).single() shouldBe
                "\"a\" runs or is about to, attempt 1; goes on when its body ends"
            run.on(run.timer(TimerKind.LONG_RUNNING, "a", 1))
            run.explained(workflow).single() shouldContain "attempt 1 since ${Driven.START.plusMillis(1)}"
        }

        test("a step that waits to be tried again, or for the end of a pause") {
            val workflow = graph(step("a", Retry.fixed(2, hour)), step("b"))
            val run = Driven.begin(workflow)
            run.fails("a")
            run.explained(workflow).single() shouldBe
                "\"a\" waits to be tried again, attempt 2; goes on $late, or by cancel()"
            run.fires(TimerKind.BACKOFF, "a")
            run.on(Event.PauseAsked("wait", run.tick()))
            run.completes("a")
            val paused = run.explained(workflow, RunStatus.PAUSED)
            paused.first() shouldContain "the run is paused since"
            paused.last() shouldBe "\"b\" is held back by the pause; goes on by resume()"
        }

        test("branches without a place, of steps and of waits") {
            val workflow =
                graph(block("p", step("x"), step("y"), signal("z"), policy = ParallelPolicy.DEFAULT.atMost(1)))
            val reasons = Driven.begin(workflow).explained(workflow)
            reasons.drop(1) shouldContainExactly
                listOf("y", "z").map {
                    "\"p/$it\" waits for a place in its block; goes on when another branch ends"
                }
        }

        test("waits of every kind") {
            fun wait(mode: AwaitSignal.Mode) = signal("a", hour, mode = mode)
            val several = listOf("s", "t")

            fun among(mode: AwaitSignal.Mode) =
                AwaitSignal("a", mode, several, ValueTypes.PLAIN, null, wait(mode).onTimeout(), null)
            val call = Call("a", "child", 1, step("input"), ValueTypes.PLAIN, false)
            mapOf(
                wait(AwaitSignal.Mode.ONE) to "waits for signal [a] since ${Driven.START}; goes on by itself at",
                among(AwaitSignal.Mode.ANY) to "waits for signal [s, t] since ${Driven.START}; goes on by signal(…)",
                among(AwaitSignal.Mode.ALL) to "waits for all of signal [s, t] since",
                wait(AwaitSignal.Mode.APPROVAL) to "waits for an answer since",
                call to "waits for its child run of \"child\" since",
                Sleep("a", hour, null, false) to "sleeps since ${Driven.START}; goes on by itself at",
            ).forEach { (node, words) ->
                val workflow = graph(node)
                val run = Driven.begin(workflow)
                listOf("a#request", "a#input").filter { run.started(it) > 0 }.forEach {
                    run.explained(workflow).single() shouldContain "\"$it\" runs or is about to"
                    run.completes(it)
                }
                run.explained(workflow).single() shouldContain words
            }
        }

        test("a callback says that it waits for its token, which it does not show") {
            val workflow = graph(signal("a", hour, mode = AwaitSignal.Mode.CALLBACK))
            val run = Driven.begin(workflow)
            run.on(Event.TokenMade(Path.parse("a#request"), 1, "secret", run.tick()))
            run.completes("a#request")
            val reason = run.explained(workflow).single()
            reason shouldContain "waits for its callback since"
            reason shouldContain "by complete(token, …)"
            reason shouldNotContain "secret"
        }

        test("what code waits for, as far as that is recorded; nothing where that is not") {
            val call = Call("c", "child", 1, step("input"), ValueTypes.PLAIN, false)
            val workflow = code()
            mapOf(
                wanted(signal("a")) to "\"a\" waits for signal [a] since",
                wanted(Sleep("a", hour, null, false)) to "\"a\" sleeps since",
                wanted(call) to "\"c\" waits for its child run of \"child\" since",
                wanted(step("a", isAtMostOnce = true)) to "\"a\" runs or is about to, attempt 1 since",
            ).forEach { (asked, words) ->
                val run = Driven.begin(workflow)
                run.ask(asked)
                if (run.started("c#input") > 0) run.completes("c#input")
                run.explained(workflow).single() shouldContain words
            }
            val run = Driven.begin(workflow)
            run.ask(wanted(step("a", Retry.fixed(2, hour))))
            run.explained(workflow).size shouldBe 0
            run.fails("a")
            run.explained(workflow).single() shouldContain "\"a\" waits to be tried again, attempt 2; goes on by itself"
            run.fires(TimerKind.BACKOFF, "a")
            run.fails("a")
            run.explained(workflow).size shouldBe 0
        }

        test("code in a branch, and code that was undone, which waits for nothing") {
            val node = graph(procedure("n"), step("end"))
            val run = Driven.begin(node)
            run.ask(open(), "n")
            run.ask(Ask.Submit(Path.parse("n/p"), procedure("b")), "n")
            run.ask(wanted(signal("s")), "n/p/b")
            run.explained(node).single() shouldContain "\"n/p/b/s\" waits for signal [s]"

            val workflow = code()
            val undone = Driven.begin(workflow)
            undone.ask(wanted(step("a", undo = Retry.NONE)))
            undone.completes("a")
            undone.ask(wanted(signal("s")))
            undone.cancel()
            undone.stops("")
            undone.explained(workflow, RunStatus.COMPENSATING).size shouldBe 0
        }

        test(
            "a run that cannot go on: it ended, stopped, waits for a place, or is of a workflow that is not known here",
        ) {
            val workflow = graph(step("a"))
            val why = Failure.of(ErrorCode.INCOMPATIBLE, "the journal does not fit", Path.ROOT)

            fun of(
                status: RunStatus,
                known: Workflow<*, *>? = workflow,
                failure: Failure? = null,
            ) = "${Explanation.of(record(workflow, status, failure), known, listOf()).reasons().single()}"
            of(RunStatus.COMPLETED) shouldContain "has ended COMPLETED"
            of(RunStatus.COMPLETED) shouldContain "goes on no more; fork it"
            of(RunStatus.COMPENSATED) shouldContain "goes on no more; fork it"
            for (status in listOf(RunStatus.FAILED, RunStatus.CANCELLED, RunStatus.COMPENSATION_FAILED)) {
                of(status, failure = why) shouldContain "has ended $status: "
                of(status) shouldContain "goes on by retry()"
            }
            of(RunStatus.INCOMPATIBLE, failure = why) shouldContain "stopped INCOMPATIBLE: "
            of(RunStatus.INCOMPATIBLE, failure = why) shouldContain "the journal does not fit"
            of(RunStatus.RUNNING, known = null) shouldContain "is of a workflow that is not registered here"
            of(RunStatus.PENDING) shouldContain "waits for a place among the active runs"
        }

        test("a journal that does not fit its definition is said to, and why") {
            val run = Driven.begin(graph(step("a"), step("b")))
            run.completes("a")
            val other = graph(step("other"))
            run.explained(other).single() shouldContain "does not fit its definition: the journal has"
        }
    })
