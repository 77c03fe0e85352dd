package dev.perdure.dsl.json

import dev.perdure.core.ErrorCode
import dev.perdure.core.Failure
import dev.perdure.core.Path
import dev.perdure.core.PerdureException
import dev.perdure.core.definition.BodyContext
import dev.perdure.core.definition.Choose
import dev.perdure.core.definition.ForEach
import dev.perdure.core.definition.ValueTypes
import dev.perdure.dsl.SuspendBody

/** What the nodes of one file run. All of it but the agents is a function of what was recorded, so it may run again. */
internal class StepBodies(private val file: WorkflowFile, private val agents: Agents) {
    private val paths = NodePaths(file)

    operator fun get(step: FileStep): NodePath = paths[step.id]

    /** Calls the agent with the resolved input. */
    fun agent(step: AgentStep): SuspendBody {
        val agent = checkNotNull(agents[step.agent]) { "agent names are checked before" }
        return SuspendBody { body -> agent.run(AgentScope(body), resolve(step.input, body.valuesOf(step))) }
    }

    /** The child's input. */
    fun input(step: SubWorkflowStep): SuspendBody = SuspendBody { body -> resolve(step.input, body.valuesOf(step)) }

    /** The clause to run; null for none. */
    fun choice(step: ConditionalStep): SuspendBody =
        SuspendBody { body ->
            val holds = step.condition.evaluate(body.valuesOf(step), body::warn)
            if (holds) THEN.takeIf { step.ifTrue != null } else ELSE.takeIf { step.ifFalse != null }
        }

    /** What a conditional yields. */
    fun chosen(step: ConditionalStep): SuspendBody =
        SuspendBody { body ->
            val taken = body.read(paths[step.id].path.part(Choose.CHOICE)) as String?
            val first = if (taken == THEN) step.ifTrue else step.ifFalse.takeIf { taken == ELSE }
            linkedMapOf(
                "condition_result" to if (taken == null) step.ifTrue == null else taken == THEN,
                "branch_taken" to taken,
                "branch_step_id" to first,
                "branch_output" to file.chain(first).lastOrNull()?.let { body.read(paths[it.id].output) },
            )
        }

    /** The list that a loop goes over. */
    fun items(step: LoopStep): SuspendBody =
        SuspendBody { body ->
            val found = step.collection.resolve(body.valuesOf(step))
            val list = found as? List<*> ?: throw notAList(step, found)
            if (step.maxIterations == 0) list else list.take(step.maxIterations)
        }

    private fun notAList(
        step: LoopStep,
        found: Any?,
    ) = PerdureException(
        ErrorCode.INVALID_ITEMS,
        "loop \"${step.id}\": its collection ${step.collection.text} must resolve to a list, found ${kindOf(found)}",
    )

    /** What a loop yields, with the errors of failed iterations in their places. */
    fun iterated(step: LoopStep): SuspendBody {
        val last = paths[step.body.last()].output
        return SuspendBody { body ->
            val loop = checkNotNull(body.path().parent()) { "a loop's yield is a part of it" }
            val total = (body.read(loop.part(ForEach.ITEMS)) as List<*>).size
            val failures = (0 until total).map { body.failure(loop.item(it)) }
            val iterations =
                failures.mapIndexed { index, failure ->
                    failure?.let { mapOf("error" to shown(it)) } ?: body.read(last.asSeenFrom(loop.item(index)))
                }
            linkedMapOf(
                "iterations" to iterations,
                "total_count" to total,
                "failed_count" to failures.count { it != null },
            )
        }
    }

    /** Not the attempt, which depends on how often the run was interrupted. */
    private fun shown(failure: Failure): Map<String, Any?> =
        linkedMapOf(
            "type" to failure.type(),
            "message" to failure.message(),
            "path" to failure.path()?.toString(),
        )

    /** What a parallel block yields. */
    fun joined(step: ParallelStep): SuspendBody =
        SuspendBody { body -> step.children.associateWith { body.read(paths[it].output) } }

    /** What a fork yields: null for a branch that did not come to its end. */
    fun joined(step: ForkJoinStep): SuspendBody {
        val outputs = step.branches.mapValues { (_, branch) -> paths[branch.steps.last()].output }
        return SuspendBody { body ->
            outputs.mapValues { (_, output) -> if (body.hasOutput(output)) body.read(output) else null }
        }
    }

    private fun resolve(
        mapping: Map<String, Template>,
        values: Sources,
    ): Map<String, Any?> = mapping.mapValues { (_, template) -> template.resolve(values) }

    private fun BodyContext.valuesOf(step: FileStep) = StepValues(this, paths, paths[step.id].loop)

    private fun BodyContext.read(node: Path): Any? = output(node, ValueTypes.PLAIN)
}
