package dev.perdure.dsl.json

import dev.perdure.core.Path
import dev.perdure.core.definition.Choose
import dev.perdure.core.definition.ForEach
import dev.perdure.core.definition.Parallel

/** The clauses of a conditional. */
internal const val THEN = "then"
internal const val ELSE = "else"

/**
 * Where a step of a file is in the graph.
 *
 * @property path in the definition, with `[*]` for the items of loops around it
 * @property output where its output is recorded
 * @property loop the loop that it is in, the innermost; null outside of any
 */
internal class NodePath(val path: Path, val output: Path, val loop: Path?)

/** Where the steps of [file] are in the graph, by id. Immutable; recursion goes as deep as blocks do. */
internal class NodePaths(private val file: WorkflowFile) {
    private val byId = HashMap<String, NodePath>()

    init {
        place(file.chain(file.start), Path.ROOT, null)
    }

    operator fun get(step: String): NodePath = byId.getValue(step)

    private fun place(
        steps: List<FileStep>,
        holder: Path,
        loop: Path?,
    ) = steps.forEach { step ->
        val path = holder.child(step.id)
        byId[step.id] = NodePath(path, outputOf(step, path), loop)
        placeInside(step, path, loop)
    }

    private fun placeInside(
        step: FileStep,
        path: Path,
        loop: Path?,
    ) {
        when (step) {
            is ParallelStep -> {
                place(file.listed(step.children), path, loop)
            }

            is ConditionalStep -> {
                place(file.chain(step.ifTrue), path.child(THEN), loop)
                place(file.chain(step.ifFalse), path.child(ELSE), loop)
            }

            is LoopStep -> {
                place(file.listed(step.body), path.eachItem(), path)
            }

            is ForkJoinStep -> {
                step.branches.forEach { (name, branch) -> place(file.listed(branch.steps), path.child(name), loop) }
            }

            is AgentStep, is SleepStep, is EventStep, is SubWorkflowStep -> {}
        }
    }

    private fun outputOf(
        step: FileStep,
        path: Path,
    ): Path =
        when (step) {
            is ParallelStep, is ForkJoinStep -> path.part(Parallel.JOIN)
            is ConditionalStep -> path.part(Choose.YIELD)
            is LoopStep -> path.part(ForEach.YIELD)
            is AgentStep, is SleepStep, is EventStep, is SubWorkflowStep -> path
        }
}

/** The steps from [start] on, each the next of the one before; none from null. */
internal fun WorkflowFile.chain(start: String?): List<FileStep> =
    generateSequence(start?.let(steps::getValue)) { step -> step.next?.let(steps::getValue) }.toList()

/** The steps of these ids. */
internal fun WorkflowFile.listed(ids: List<String>): List<FileStep> = ids.map(steps::getValue)
