package dev.perdure.samples.onboarding

import dev.perdure.core.Path
import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import dev.perdure.core.definition.AwaitSignal
import dev.perdure.core.definition.Call
import dev.perdure.core.definition.Choose
import dev.perdure.core.definition.Decide
import dev.perdure.core.definition.ForEach
import dev.perdure.core.definition.Node
import dev.perdure.core.definition.Parallel
import dev.perdure.core.definition.Procedure
import dev.perdure.core.definition.RepeatUntil
import dev.perdure.core.definition.Sequence
import dev.perdure.core.definition.Sleep
import dev.perdure.core.definition.Step
import dev.perdure.core.definition.Workflow
import dev.perdure.core.spi.RunQuery
import dev.perdure.core.spi.Store

/** The address of a step: which run, and where in it. */
data class StepKey(val runId: String, val path: String) {
    override fun toString(): String = "$runId $path"
}

/** One row of a journal that is about a step. */
data class RecordedStep(
    val key: StepKey,
    val seq: Long,
    val attempt: Int,
    val status: StepStatus,
    val output: String? = null,
)

/** What a store has recorded at one moment: where each run stands, and all rows about steps. */
class JournalSnapshot(val runs: Map<String, RunStatus>, val rows: List<RecordedStep>) {
    /** The rows that say that a step is done for ever. */
    val completed: List<RecordedStep> get() = rows.filter { it.status == StepStatus.COMPLETED }

    fun count(status: StepStatus): Int = rows.count { it.status == status }

    companion object {
        const val STEP = "step"

        /** Reads all runs of a store, which nobody is writing to. */
        fun of(store: Store): JournalSnapshot {
            val runs = store.list(RunQuery.all())
            val rows =
                runs.flatMap { run ->
                    store.journal(run.id()).filter { it.kind() == STEP }.map { row ->
                        RecordedStep(
                            StepKey(run.id(), row.path()),
                            row.seq(),
                            row.attempt(),
                            row.status(),
                            row.output(),
                        )
                    }
                }
            return JournalSnapshot(runs.associate { it.id() to it.status() }, rows)
        }
    }
}

/** The paths of a workflow's steps, in the order of its definition. */
fun Workflow<*, *>.stepPaths(): List<String> = stepPaths(root(), Path.ROOT)

private fun stepPaths(
    node: Node,
    path: Path,
): List<String> =
    when (node) {
        is Step -> listOf(path.toString())
        is Sequence -> node.nodes().flatMap { stepPaths(it, path.child(it.name())) }
        is Parallel -> node.branches().flatMap { stepPaths(it, path.child(it.name())) }
        is Choose -> node.clauses().flatMap { stepPaths(it, path.child(it.name())) }
        is ForEach -> stepPaths(node.body(), path.eachItem())
        is RepeatUntil -> stepPaths(node.body(), path.eachItem())
        is Decide, is Sleep, is AwaitSignal, is Call, is Procedure -> emptyList()
    }
