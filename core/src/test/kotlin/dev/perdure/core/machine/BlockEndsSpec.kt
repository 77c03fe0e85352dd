package dev.perdure.core.machine

import dev.perdure.core.ErrorCode
import dev.perdure.core.Path
import dev.perdure.core.RunStatus
import dev.perdure.core.definition.BlockingBody
import dev.perdure.core.definition.Choose
import dev.perdure.core.definition.Decide
import dev.perdure.core.definition.ForEach
import dev.perdure.core.definition.Merge
import dev.perdure.core.definition.Parallel
import dev.perdure.core.definition.ParallelPolicy
import dev.perdure.core.definition.RepeatUntil
import dev.perdure.core.definition.ValueTypes
import dev.perdure.core.journal.Change
import dev.perdure.core.journal.Changes
import dev.perdure.core.journal.Entry
import dev.perdure.core.journal.Payload
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain

private fun Driven.status() = machine.end()?.status()

private fun Driven.code() = machine.end()?.failure()?.code()

private fun merging(merge: Merge) =
    ParallelPolicy(merge, ParallelPolicy.OnError.FAIL_FAST, null, ParallelPolicy.Remaining.AWAIT, 0)

private fun loop(onError: ForEach.OnError = ForEach.OnError.FAIL_FAST) =
    ForEach("l", step("items"), branch("l", step("s")), 2, onError)

private val ADDED = Changes(mapOf("k" to Change.Append(listOf(1L))))

/** How blocks end that fail, are cancelled or tried again while one of their own steps is at work. */
class BlockEndsSpec :
    FunSpec({
        test("a block is cancelled with its join or merge function, which a retry runs again, the branches not") {
            val body = BlockingBody { null }
            val joined =
                Parallel("p", listOf(step("x")), ParallelPolicy.DEFAULT, Parallel.Yield(body, ValueTypes.PLAIN))
            val merged = block("p", step("x"), policy = merging(Merge.Custom(body)))
            for ((node, part) in listOf(joined to "p#join", merged to "p#merge")) {
                val run = Driven.begin(graph(node))
                run.completes("p/x")
                run.cancel()
                run.isStopping(part) shouldBe true
                run.stops(part) shouldContainExactly listOf("StepCancelled $part", "BlockEnded p", "RunEnded")
                run.status() shouldBe RunStatus.CANCELLED
                val next = run.crash()
                next.retry() shouldContainExactly listOf("RunRetried")
                next.completes(part) shouldContainExactly listOf("StepCompleted $part", "BlockEnded p", "RunEnded")
                next.started("p/x") shouldBe 0
            }
        }

        test("branches that conflict fail their block; a retry runs none of them again, and fails again") {
            val run = Driven.begin(graph(block("p", step("x"), step("y"), policy = merging(Merge.Strict()))))
            run.completes("p/x", changes = Changes.puts(mapOf("k" to 1L)))
            run.completes("p/y", changes = Changes.puts(mapOf("k" to 2L)))
            run.code() shouldBe ErrorCode.MERGE_CONFLICT
            for (tried in listOf(run.crash(), run)) {
                tried.retry() shouldContainExactly listOf("RunRetried", "BlockEnded p", "RunEnded")
                tried.code() shouldBe ErrorCode.MERGE_CONFLICT
            }
            listOf(run.started("p/x"), run.started("p/y")) shouldContainExactly listOf(1, 1)
        }

        test("a loop is cancelled while it asks for its list, and begins with that when it is tried again") {
            val run = Driven.begin(graph(loop()))
            run.cancel()
            run.stops("l#items") shouldContainExactly listOf("StepCancelled l#items", "BlockEnded l", "RunEnded")
            run.retry() shouldContainExactly listOf("RunRetried")
            run.completes("l#items", listOf<Any>()) shouldContainExactly
                listOf("StepCompleted l#items", "BlockEnded l", "RunEnded")
        }

        test("items whose changes do not go together fail their loop") {
            val run = Driven.begin(graph(loop()))
            run.completes("l#items", listOf(1, 2))
            run.completes("l[0]/s", changes = Changes.puts(mapOf("k" to "text")))
            run.completes("l[1]/s", changes = ADDED)
            run.code() shouldBe ErrorCode.MERGE_CONFLICT
        }

        test("a loop that collects failures lets its items go on, and one that fails fast cancels them") {
            for (onError in ForEach.OnError.entries) {
                val run = Driven.begin(graph(loop(onError)))
                run.completes("l#items", listOf(1, 2, 3))
                run.fails("l[0]/s")
                run.isStopping("l[1]/s") shouldBe (onError == ForEach.OnError.FAIL_FAST)
                if (onError == ForEach.OnError.FAIL_FAST) {
                    run.stops("l[1]/s")
                } else {
                    run.completes("l[1]/s")
                    run.completes("l[2]/s")
                }
                run.status() shouldBe
                    if (onError == ForEach.OnError.CONTINUE) RunStatus.COMPLETED else RunStatus.FAILED
            }
        }

        test("a loop until a condition: either step fails or cancels it, and is what a retry begins with") {
            val repeat = RepeatUntil("l", branch("l", step("s")), step("until"), 3)
            for (part in listOf("l[0]/s", "l[0]#until")) {
                for (isCancelled in listOf(false, true)) {
                    val run = Driven.begin(graph(repeat))
                    if (part != "l[0]/s") run.completes("l[0]/s")
                    if (isCancelled) {
                        run.cancel()
                        run.isStopping(part) shouldBe true
                        run.stops(part)
                    } else {
                        run.fails(part)
                    }
                    run.status() shouldBe if (isCancelled) RunStatus.CANCELLED else RunStatus.FAILED
                    val end = run.journal.filterIsInstance<Entry.BlockEnded>().single { "${it.path()}" == "l" }
                    end.summary().failed() shouldBe if (isCancelled) 0 else 1
                    end.summary().cancelled() shouldBe if (isCancelled) 1 else 0
                    val next = run.crash()
                    next.retry()
                    if (part == "l[0]/s") next.completes(part)
                    next.completes("l[0]#until", false)
                    next.completes("l[1]/s")
                    next.completes("l[1]#until", true)
                    next.status() shouldBe RunStatus.COMPLETED
                }
            }
        }

        test("a loop that met its limit has as many iterations again when it is tried again") {
            val run = Driven.begin(graph(RepeatUntil("l", branch("l", step("s")), step("until"), 1)))
            run.completes("l[0]/s")
            run.completes("l[0]#until", false)
            run.code() shouldBe ErrorCode.LIMIT_EXCEEDED
            run.journal
                .filterIsInstance<Entry.BlockEnded>()
                .last()
                .summary()
                .failed() shouldBe 0
            val next = run.crash()
            next.retry()
            next.completes("l[1]/s")
            next.completes("l[1]#until", true)
            next.status() shouldBe RunStatus.COMPLETED
        }

        test("a choice: its step, its clause and its yield are cancelled, and tried again where they were") {
            val choose = Choose("c", step("choice"), listOf(branch("big", step("s"))), null, step("yield"))
            val steps = listOf("c#choice" to "big", "c/big/s" to "done", "c#yield" to "end")
            steps.forEachIndexed { index, (part, _) ->
                for (isCancelled in listOf(false, true)) {
                    val run = Driven.begin(graph(choose))
                    steps.take(index).forEach { (done, value) -> run.completes(done, value) }
                    if (isCancelled) {
                        run.cancel()
                        run.stops(part)
                    } else {
                        run.fails(part)
                    }
                    run.status() shouldBe if (isCancelled) RunStatus.CANCELLED else RunStatus.FAILED
                    val next = run.crash()
                    next.retry()
                    steps.drop(index).forEach { (done, value) -> next.completes(done, value) }
                    next.status() shouldBe RunStatus.COMPLETED
                }
            }
        }

        test("a choice of nothing that the definition has no clause for runs none, and yields all the same") {
            val run = Driven.begin(graph(Choose("c", step("choice"), listOf(branch("big", step("s"))), null)))
            run.completes("c#choice", null) shouldContainExactly
                listOf("StepCompleted c#choice", "BlockEnded c", "RunEnded")
        }

        fun incompatible(block: () -> Any) = shouldThrow<IncompatibleJournalException> { block() }.message!!

        test("a choice that is recorded and gone from the definition stops the run: nothing is skipped") {
            fun choose(clause: String) =
                graph(Choose("c", step("choice"), listOf(branch(clause, step("s"))), null), step("end"))
            val run = Driven.begin(choose("big"))
            run.completes("c#choice", "big")
            incompatible { run.crash(choose("small")) } shouldContain "\"c\" chose \"big\""
        }

        test("a decision that is recorded for a node that is gone from the definition stops the run") {
            fun decide(target: String) =
                graph(Decide("d", step("d"), emptyList()), step("a"), step(target), step("end"))
            val run = Driven.begin(decide("b"))
            run.completes("d", "b") shouldContainExactly listOf("StepCompleted d")
            run.started("b") shouldBe 1
            incompatible { run.crash(decide("other")) } shouldContain "decided to go to \"b\""
        }

        test("a node of another kind in the place of a recorded one stops the run, whichever kinds they are") {
            val nodes =
                mapOf(
                    "step" to step("n"),
                    "wait" to signal("n"),
                    "block" to block("n", step("x")),
                )
            val recorded =
                mapOf(
                    "step" to Driven.begin(graph(step("n"), step("end"))).apply { completes("n") },
                    "wait" to Driven.begin(graph(signal("n"), step("end"))),
                    "block" to
                        Driven.begin(graph(block("n", step("x")), step("end"))).apply { completes("n/x") },
                )
            recorded.forEach { (was, run) ->
                (nodes - was).forEach { (_, node) ->
                    incompatible { run.crash(graph(node, step("end"))) } shouldContain "\"n"
                }
            }
            val at = Driven.START
            val ended = Entry.StepCompleted(Path.parse("p"), 1, Payload.NULL, Changes.NONE, at, at)
            incompatible { Driven.resume(graph(block("p", step("x"))), listOf(ended)) } shouldContain "an outcome"
        }

        test(
            "a journal that breaks off where nothing is to come, or has a cancelled step in no cancelled run, is refused",
        ) {
            val run = Driven.begin(graph(step("a"), step("b")))
            run.completes("a")
            incompatible { run.crash(graph(step("a"))) } shouldContain "would end the run"
            val cancelled = Entry.StepCancelled(Path.parse("a"), 1, Driven.START)
            incompatible { Driven.resume(graph(step("a")), listOf(cancelled)) } shouldContain "would end the run"
            val late = run.journal + Entry.StepInterrupted(Path.parse("b"), 7, Driven.START)
            incompatible { Driven.resume(graph(step("a"), step("b")), late) } shouldContain "attempt 7"
            val beside = Entry.StepCancelled(Path.parse("elsewhere"), 1, Driven.START)
            incompatible { Driven.resume(graph(block("p", step("x"))), listOf(beside)) } shouldContain "\"p/x\""
        }

        test("a look at a node shows nothing before it has its place") {
            val policy = ParallelPolicy.DEFAULT.atMost(1)
            val run = Driven.begin(graph(block("p", step("x"), step("y"), policy = policy)))
            run.machine.view(Path.parse("p/y")) shouldBe null
            run.machine.view(Path.parse("nowhere")) shouldBe null
            val around = run.machine.view(Path.parse("p/x"))!!.around()
            around.before().toMap() shouldBe emptyMap()
            around.after() shouldBe null
            run.completes("p/x") shouldContainExactly listOf("StepCompleted p/x")
            run.machine.view(Path.parse("p/x")) shouldBe null
        }
    })
