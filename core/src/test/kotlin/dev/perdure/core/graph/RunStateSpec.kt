package dev.perdure.core.graph

import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import dev.perdure.core.definition.ForEach.OnError
import dev.perdure.core.definition.Merge
import dev.perdure.core.definition.ParallelPolicy
import dev.perdure.core.definition.ParallelPolicy.OnError.FAIL_FAST
import dev.perdure.core.definition.Ref
import dev.perdure.core.engine.JavaAuthoring
import dev.perdure.core.engine.Nodes
import dev.perdure.core.engine.does
import dev.perdure.core.engine.ended
import dev.perdure.core.engine.engine
import dev.perdure.core.engine.passed
import dev.perdure.core.graph.Gallery.step
import dev.perdure.core.journal.Row
import dev.perdure.core.memory.MemoryStore
import dev.perdure.core.testing.VirtualClock
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContain
import io.kotest.matchers.maps.shouldContainAll
import io.kotest.matchers.shouldBe
import java.time.Duration
import java.util.concurrent.CountDownLatch
import java.util.concurrent.atomic.AtomicInteger

/** Pictures of runs: of real ones, after their end and from within. */
class RunStateSpec :
    FunSpec({
        test("a run that went well: what it went around is skipped") {
            pictures { show ->
                does("a")
                choose("kind", Triple("big", { false }, { does("weigh") }), Triple("otherwise", null, { does("post") }))
                choose("gift", Triple("wrap", { false }, { does("paper") }))
                decide("go") { "end" }
                parallel("between", "left" to { does("away") })
                does("end") { show("inside") }
            } shouldContainAll
                mapOf(
                    "inside" to
                        "start: completed | a: completed | kind: completed | weigh: skipped | post: completed | " +
                        "gift: completed | paper: skipped | go: completed | between: skipped | away: skipped | " +
                        "left-end: skipped | join between: skipped | end: running | end: ",
                    "COMPLETED" to
                        "start: completed | a: completed | kind: completed | weigh: skipped | post: completed | " +
                        "gift: completed | paper: skipped | go: completed | between: skipped | away: skipped | " +
                        "left-end: skipped | join between: skipped | end: completed | end: completed",
                )
        }

        test("a run that failed: attempts, what failed, what was cancelled, and what was never reached") {
            val quick = CountDownLatch(1)
            pictures { _ ->
                parallel(
                    "block",
                    "two" to {
                        does("one") { quick.countDown() }
                        does("never") { CountDownLatch(1).await() }
                    },
                    "three" to {
                        does("bad", 3) {
                            quick.passed()
                            error("bad")
                        }
                    },
                )
                does("end")
            }["FAILED"] shouldBe
                "start: completed | block: failed | one: completed | never: cancelled | two-end:  | " +
                "bad: failed, attempt 3 | three-end:  | join block: failed | end:  | end: failed"
        }

        test("items are summed up by node: how many ended, how many failed, of how many") {
            val seen = AtomicInteger()
            val pictures =
                pictures { show ->
                    forEach("items", { (0..9).toList() }, 1, OnError.CONTINUE) { item ->
                        does("check", 2) { check((read(item) as Number).toInt() != 3) }
                        does("use") { if (seen.incrementAndGet() == 9) show("inside") }
                    }
                    does("end")
                }
            pictures["COMPLETED"] shouldBe
                "start: completed | items: completed, 10 of 10 items, 1 failed | " +
                "check: failed, 10 of 10 items, 1 failed, up to attempt 2 | use: completed, 9 of 10 items | " +
                "end: completed | end: completed"
            pictures["inside"]!!.split(" | ").let {
                it[1] shouldBe Regex("items: running, [89] of 10 items, 1 failed").matchEntire(it[1])?.value
                it[3] shouldBe Regex("use: running, [78] of 10 items").matchEntire(it[3])?.value
                it[4] shouldBe "end: "
            }
        }

        test("a loop that repeats counts its iterations, and a decision that goes back makes its target due anew") {
            val asked = AtomicInteger()
            pictures { show ->
                does("first")
                repeatUntil("poll", 5, { asked.get() % 3 == 0 }) {
                    does("ask") { if (asked.incrementAndGet() == 3) show("third") }
                }
                does("middle") { if (path == "middle#1") show("back") }
                decide("again", backTo = "poll" to 1) { if (asked.get() < 6) "poll" else null }
                does("end")
            } shouldContainAll
                mapOf(
                    "third" to
                        "start: completed | first: completed | ask: running, twice | until poll: running, twice | " +
                        "middle:  | again:  | end:  | end: ",
                    "back" to
                        "start: completed | first: completed | ask: completed, 3 times | " +
                        "until poll: completed, 3 times | middle: running | again: completed | end:  | end: ",
                )
        }

        test("only as many branches are shown as running as may run") {
            val policy = ParallelPolicy(Merge.DeepMerge(), FAIL_FAST, null, ParallelPolicy.Remaining.AWAIT, 1)
            val block = Gallery.parallel("block", policy, step("a"), step("b"), step("c"))
            val graph = WorkflowGraph.of(Gallery.workflow("w", block, step("end")))
            picture(graph.withState(listOf(row(1, "block/a", StepStatus.COMPLETED)), RunStatus.RUNNING)) shouldBe
                "start: completed | block: running | a: completed | b: running | c:  | join block: running | end:  | end: "
        }

        test("waits, and the run that waits in them") {
            val clock = VirtualClock()
            val store = MemoryStore()
            val workflow =
                JavaAuthoring.flow("w") {
                    parallel(
                        "block",
                        "nap" to {
                            sleep("sleep", Duration.ofDays(3))
                            does("after")
                        },
                        "mail" to {
                            awaitSignal("signal")
                            does("read")
                        },
                    )
                    does("end")
                }
            store.engine(workflow) { clock(clock) }.use { engine ->
                val run = engine.start("w", "r", null)
                clock.awaitTimer(Duration.ofDays(3))
                val drawn = picture(WorkflowGraph.of(workflow).withState(run.journal(), RunStatus.WAITING))
                drawn shouldBe
                    "start: completed | block: waiting | sleep: waiting | after:  | nap-end:  | signal: waiting | " +
                    "read:  | mail-end:  | join block: waiting | end:  | end: "
            }
        }

        test("a retried run: what failed is due again") {
            val graph = WorkflowGraph.of(Gallery.workflow("w", step("a"), step("b"), step("c")))
            val rows =
                listOf(
                    row(1, "a", StepStatus.COMPLETED),
                    row(2, "b", StepStatus.FAILED),
                    row(3, "", StepStatus.NOTED, "retry"),
                )
            picture(graph.withState(rows.take(2), RunStatus.FAILED)) shouldBe
                "start: completed | a: completed | b: failed | c:  | end: failed"
            picture(graph.withState(rows, RunStatus.RUNNING)) shouldBe
                "start: completed | a: completed | b: running | c:  | end: "
        }

        test(
            "what is left open in a run that is over was cancelled; a run that waits for a place has reached nothing",
        ) {
            val graph = WorkflowGraph.of(Gallery.workflow("w", step("a"), step("b")))
            val rows = listOf(row(1, "a", StepStatus.RUNNING))
            picture(graph.withState(rows, RunStatus.CANCELLED)) shouldBe
                "start: completed | a: cancelled | b:  | end: cancelled"
            picture(graph.withState(emptyList(), RunStatus.PENDING)) shouldBe "start:  | a:  | b:  | end: "
            picture(graph.withState(emptyList(), RunStatus.PAUSED)) shouldBe
                "start: completed | a: waiting | b:  | end: "
            RunStatus.entries.forEach { graph.withState(rows, it).toMermaid().lines() shouldContain "    n0 --> n1" }
        }

        test("a damaged value and rows of nodes that are not there leave the picture as it is") {
            val graph = WorkflowGraph.of(Gallery.everything())
            val rows =
                listOf(
                    row(1, "decision#choice", StepStatus.COMPLETED, "choice", "{damaged"),
                    row(2, "invoices#items", StepStatus.COMPLETED, "items", "{damaged"),
                    row(3, "nowhere[2]/x", StepStatus.COMPLETED),
                )
            graph.withState(rows, RunStatus.RUNNING).nodes().size shouldBe graph.nodes().size
        }
    })

/** Runs a workflow and gives the pictures that its bodies took, and that of its end by its status. */
private fun pictures(content: Nodes.(show: (String) -> Unit) -> Ref<*>): Map<String, String> {
    val store = MemoryStore()
    val taken = mutableMapOf<String, String>()
    lateinit var graph: WorkflowGraph
    val take = { name: String ->
        taken[name] = picture(graph.withState(store.journal("r"), store.find("r").get().status()))
    }
    val workflow = JavaAuthoring.flow("start") { content(take) }
    graph = WorkflowGraph.of(workflow)
    store.engine(workflow).use { engine ->
        val status = engine.start("start", "r", null).ended().status()
        take(status.name)
    }
    return taken
}

private fun picture(graph: WorkflowGraph) =
    graph.nodes().joinToString(" | ") { node ->
        val name = if (node.kind() == GraphNode.Kind.START) "start" else node.name()
        "$name: ${node.state()!!.describe()}"
    }

private fun row(
    seq: Long,
    path: String,
    status: StepStatus,
    kind: String = "step",
    output: String? = null,
) = Row(seq, path, null, null, kind, 1, status, output, null, null, null, null, 0, 0, null, null, null, null, 0)
