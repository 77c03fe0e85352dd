package dev.perdure.dsl.json

/** Where a file says that [step] is run: in a field of the step [by], which is null for the workflow's own. */
internal class Use(
    val step: String,
    val by: String?,
    val path: JsonPath,
)

/**
 * A list of steps inside a step, one of those that it may run: a branch, a loop's body, a child of a parallel. With
 * [isChain], the only [uses] is the first step, and next_step leads on.
 */
internal class StepPart(
    val name: String,
    val uses: List<Use>,
    val isChain: Boolean = false,
)

/** Where a reference is. */
internal class ReferenceUse(
    val reference: Reference,
    val path: JsonPath,
)

internal fun pathOf(step: FileStep): JsonPath = JsonPath.ROOT / "steps" / step.id

/** What is inside a step, in order; empty for a step that is no block. */
internal fun FileStep.parts(): List<StepPart> {
    val path = pathOf(this)
    return when (this) {
        is ParallelStep -> {
            uses(children, id, path / "parallel_steps").map { StepPart(it.step, listOf(it)) }
        }

        is ConditionalStep -> {
            listOfNotNull(
                ifTrue?.let { StepPart("then", listOf(Use(it, id, path / "if_true_step")), isChain = true) },
                ifFalse?.let { StepPart("else", listOf(Use(it, id, path / "if_false_step")), isChain = true) },
            )
        }

        is LoopStep -> {
            listOf(StepPart("body", uses(body, id, path / "loop_config" / "loop_body")))
        }

        is ForkJoinStep -> {
            val all = path / "fork_join_config" / "branches"
            branches.map { (name, branch) -> StepPart(name, uses(branch.steps, id, all / name / "steps")) }
        }

        is AgentStep, is EventStep, is SleepStep, is SubWorkflowStep -> {
            emptyList()
        }
    }
}

private fun uses(
    steps: List<String>,
    by: String,
    path: JsonPath,
): List<Use> = steps.mapIndexed { at, step -> Use(step, by, path[at]) }

/** Every reference that a step itself makes, in order. */
internal fun FileStep.references(): List<ReferenceUse> {
    val path = pathOf(this)
    return when (this) {
        is AgentStep -> referencesIn(input, path / "input_mapping")
        is SubWorkflowStep -> referencesIn(input, path / "input_mapping")
        is ConditionalStep -> condition.references.map { ReferenceUse(it, path / "condition" / "expression") }
        is LoopStep -> listOf(ReferenceUse(collection, path / "loop_config" / "collection"))
        is ParallelStep, is ForkJoinStep, is EventStep, is SleepStep -> emptyList()
    }
}

private fun referencesIn(
    input: Map<String, Template>,
    path: JsonPath,
): List<ReferenceUse> = buildList { input.forEach { (key, template) -> addReferences(template, path / key) } }

private fun MutableList<ReferenceUse>.addReferences(
    template: Template,
    path: JsonPath,
) {
    when (template) {
        is LiteralTemplate -> {}

        is ReferenceTemplate -> {
            add(ReferenceUse(template.reference, path))
        }

        is TextTemplate -> {
            template.references.forEach { add(ReferenceUse(it, path)) }
        }

        is ListTemplate -> {
            template.items.forEachIndexed { at, item -> addReferences(item, path[at]) }
        }

        is MapTemplate -> {
            template.fields.forEach { (key, field) -> addReferences(field, path / key) }
        }
    }
}

/**
 * As they run: a step in a list is followed by the list's next one, so its own next_step, which says the same, is left
 * out.
 */
internal fun WorkflowFile.withoutRepeatedNext(): WorkflowFile {
    val listed =
        steps.values.flatMapTo(HashSet()) { step ->
            step.parts().filter { !it.isChain }.flatMap { part ->
                part.uses.map { it.step }
            }
        }
    return copy(steps = steps.mapValues { (id, step) -> if (id in listed && step.next != null) step.atEnd() else step })
}

private fun FileStep.atEnd(): FileStep =
    when (this) {
        is AgentStep -> copy(next = null)
        is ParallelStep -> copy(next = null)
        is ConditionalStep -> copy(next = null)
        is LoopStep -> copy(next = null)
        is ForkJoinStep -> copy(next = null)
        is SleepStep -> copy(next = null)
        is EventStep -> copy(next = null)
        is SubWorkflowStep -> copy(next = null)
    }
