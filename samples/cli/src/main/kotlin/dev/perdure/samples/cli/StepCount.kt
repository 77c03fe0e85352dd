package dev.perdure.samples.cli

import dev.perdure.core.Path
import dev.perdure.core.StepStatus
import dev.perdure.core.definition.Workflow
import dev.perdure.core.graph.GraphNode
import dev.perdure.core.graph.WorkflowGraph
import dev.perdure.core.journal.Row

/**
 * How many steps of a run are done, of how many that are known of: a loop's count once it is known how many items it
 * has, and both ways of a conditional do. Confined to one thread.
 *
 * @param recorded the run's journal so far
 */
internal class StepCount(
    workflow: Workflow<*, *>,
    recorded: List<Row>,
) {
    private val steps: Set<Path> =
        WorkflowGraph
            .of(workflow)
            .nodes()
            .filter { it.kind() == GraphNode.Kind.STEP }
            .mapTo(HashSet()) { it.path() }
    private val finished: MutableSet<String> =
        recorded
            .filter { it.status() == StepStatus.COMPLETED && isStep(Path.parse(it.path())) }
            .mapTo(HashSet()) { it.path() }
    private val items = HashMap<Path, Int>()

    val done: Int get() = finished.size

    val total: Int
        get() =
            maxOf(
                done,
                steps.count { !isInLoop(it) } + items.entries.sumOf { (loop, count) -> count * stepsOf(loop) },
            )

    /** Whether the path is that of a step of the workflow, and not of a part of a block. */
    fun isStep(path: Path): Boolean = path.inDefinition() in steps

    fun completed(path: Path) {
        if (isStep(path)) {
            finished += path.toString()
        }
    }

    /** A block with this many items or branches begins. */
    fun began(
        path: Path,
        count: Int,
    ) {
        if (stepsOf(path) > 0) {
            items[path] = count
        }
    }

    /** The steps that each item of a loop has, without those of loops inside. */
    private fun stepsOf(loop: Path): Int {
        val item = loop.inDefinition().eachItem()
        return steps.count { it.startsWith(item) && !isInLoop(it, item) }
    }

    private fun isInLoop(
        path: Path,
        outer: Path = Path.ROOT,
    ): Boolean = path.toString().removePrefix(outer.toString()).contains(ANY_ITEM)

    private companion object {
        const val ANY_ITEM = "[*]"
    }
}
