package dev.perdure.storage

import dev.perdure.core.definition.Workflow
import dev.perdure.core.engine.Engine
import dev.perdure.core.engine.JavaAuthoring
import dev.perdure.core.engine.Nodes
import dev.perdure.core.engine.Run
import dev.perdure.core.engine.Seen
import java.time.Duration

/**
 * Workflows whose stores are damaged. A run's input is its id; each body tells [effect] its run and path first, as `r0:a/b`.
 */
internal class DamagedFlows(
    private val effect: (String) -> Unit = {},
) {
    val all: List<Workflow<*, *>> = listOf(blocks(), loops(), waits())

    private fun Nodes.does(
        name: String,
        attempts: Int = 1,
        body: Seen.() -> Any? = {},
    ) = step(name, attempts) {
        effect("$input:$path")
        body().takeUnless { it == Unit } ?: name
    }

    private fun blocks() =
        JavaAuthoring.flow("blocks") {
            does("create") { this["created"] = true }
            parallel(
                "setup",
                "laptop" to {
                    does("order", attempts = 2) {
                        check(attempt > 1) { "out of stock" }
                        append("ready", "laptop")
                    }
                },
                "access" to {
                    does("badge") { append("ready", "badge") }
                    does("account") { append("ready", "account") }
                },
            )
            does("finish") { this["finished"] = (this["ready"] as List<*>).size }
        }

    private fun loops() =
        JavaAuthoring.flow("loops") {
            does("list") { this["todo"] = listOf("a", "b", "c") }
            forEach("items", "todo") { item ->
                does("work") {
                    append("done", read(item))
                    "${read(item)}".repeat(5_000)
                }
            }
            repeatUntil("count", most = 3, until = { this["n"] == 2L }) { does("add") { increment("n") } }
            does("end")
        }

    private fun waits() =
        JavaAuthoring.flow(WAITING) {
            does("ask")
            sleep("pause", Duration.ofMillis(1))
            val answer = awaitSignal("answer")
            parallel(
                "after",
                "left" to { does("one") { this["one"] = read(answer) } },
                "right" to { does("two") { this["two"] = "x".repeat(9_000) } },
            )
            does("end")
        }

    companion object {
        private const val WAITING = "waits"
        private const val RUNS = 2

        /** Starts, or goes on with, the runs that there are of a workflow, and tells them what they wait for. */
        fun begin(
            engine: Engine,
            workflow: Workflow<*, *>,
        ): List<Run> {
            val runs = List(RUNS) { engine.start(workflow.name(), "r$it", "r$it") }
            if (workflow.name() == WAITING) runs.forEach { tell(it) }
            return runs
        }

        /** A run that ended has heard it before. */
        private fun tell(run: Run) {
            val told = run.signal("answer", 42, "once").handle { _, refused -> refused == null }
            check(told.get() || run.status().isTerminal) { "run ${run.id()} does not take its signal" }
        }
    }
}
