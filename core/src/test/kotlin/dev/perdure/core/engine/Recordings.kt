package dev.perdure.core.engine

import dev.perdure.core.definition.ForEach
import dev.perdure.core.definition.Workflow
import java.time.Duration

/** A state that a crash left of a recorded run. */
class Recording(
    val workflow: Workflow<*, *>,
    val image: Image,
)

/** Recorded runs of chosen and of made-up workflows, each as all its commits left it, the same in each JVM. */
object Recordings {
    private const val MADE_UP = 12
    private val scopes = RandomFlows.noScopes

    val all: List<Recording> =
        (listOf(loops(), waits(), undone()) + (0L until MADE_UP).map { RandomFlows().build(RandomFlow(it)) })
            .flatMap(::record)

    private fun record(workflow: Workflow<*, *>): List<Recording> {
        val run = SimulatedRun.begin(workflow, "null", scopes)
        while (!run.isOver && run.pending.isNotEmpty()) run.deliver(run.pending.last())
        return run.images.map { Recording(workflow, it) }
    }

    private fun loops() =
        JavaAuthoring.flow("loops") {
            does("list") { this["todo"] = listOf("a", "b", "c") }
            forEach("items", "todo") { item ->
                does("work", attempts = 2) {
                    check(attempt > 1) { "out of stock" }
                    append("done", read(item))
                }
            }
            forEach("some", { listOf(1, 2) }, 2, ForEach.OnError.CONTINUE) { item -> step("half") { read(item) } }
            repeatUntil("count", most = 3, until = { this["n"] == 2L }) { does("add") { increment("n") } }
            chooseBy("size", { this["n"] }, 2L to { does("two") }, null to { does("other") })
            decide("again", listOf("last"), "count" to 1) { "last" }
            does("last")
        }

    private fun waits() =
        JavaAuthoring.flow("waits", timeout = Duration.ofDays(9)) {
            sleep("pause", Duration.ofHours(1))
            parallel(
                "both",
                "left" to { awaitSignal("answer", timeout = Duration.ofDays(1), otherwise = "none") },
                "right" to { awaitAll("all", listOf("a", "b"), Duration.ofDays(2)) },
            )
            does("end")
        }

    private fun undone() =
        JavaAuthoring.flow("undone") {
            does("book", undo = { increment("undone") }) { this["booked"] = true }
            parallel(
                "setup",
                "one" to { does("hotel", undo = { increment("undone") }) },
                "two" to { does("flight", attempts = 2, undo = { check(attempt > 1) { "not yet" } }) },
            )
            does("pay") { error("no money") }
        }
}
