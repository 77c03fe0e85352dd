package dev.perdure.dsl.json

import dev.perdure.core.DefinitionException
import dev.perdure.core.Names

/**
 * The workflow that a JSON text says, checked: every rule of the format holds.
 *
 * Nothing in the text is ever evaluated by a host language, and nothing outside is looked up; whether handlers and
 * workflows of these names exist is for [check], which sees what could be read of it, whatever else is wrong.
 *
 * @throws DefinitionException with every problem that was found, each with the id of its step and its JSON path. Only a
 * text that is no JSON, too large, or has a key twice is given back with just that
 */
internal fun readWorkflowFile(
    text: String,
    limits: JsonLimits = JsonLimits(),
    check: (WorkflowFile, FileProblems) -> Unit = { _, _ -> },
): WorkflowFile {
    val problems = FileProblems()
    val root = parseJson(text, limits, problems)
    problems.throwIfAny(null)
    if (root !is Map<*, *>) {
        problems.add(
            JsonPath.ROOT,
            null,
            "expected an object with workflow_id, name, version, start_step and steps, found ${kindOf(root)}",
        )
        problems.throwIfAny(null)
    }
    return FileReader(Fields(root as Map<*, *>, JsonPath.ROOT, null, problems), limits, problems).read(check)
}

/** Reads one workflow. */
private class FileReader(
    private val root: Fields,
    private val limits: JsonLimits,
    private val problems: FileProblems,
) {
    fun read(check: (WorkflowFile, FileProblems) -> Unit): WorkflowFile {
        val id = root.name("workflow_id")
        val name = root.name("name")
        val version = root.name("version")
        val start = root.name("start_step")
        val steps = steps()
        root.refuseOthers("a workflow")
        val file = WorkflowFile(id, name, version, start, steps)
        if (steps.isNotEmpty()) {
            checkFile(file, problems)
        }
        check(file, problems)
        problems.throwIfAny(id.ifBlank { null })
        return file.withoutRepeatedNext()
    }

    private fun steps(): Map<String, FileStep> {
        val all = root.inner("steps") ?: return emptyMap()
        val ids = all.keys()
        if (ids.isEmpty()) {
            root.problem("steps", "it has no steps; give it at least one")
        }
        if (ids.size > limits.steps) {
            root.problem(
                "steps",
                "it has ${ids.size} steps; at most ${limits.steps} are allowed, so split the workflow up",
            )
            return emptyMap()
        }
        return ids.associateWith { step(it, all) }
    }

    private fun step(
        id: String,
        all: Fields,
    ): FileStep {
        val path = all.path / id
        val value = all.raw(id)
        Names.problem(id)?.let { problems.add(path, id, "its id $it") }
        if (value !is Map<*, *>) {
            problems.add(path, id, "expected an object, found ${kindOf(value)}")
            return StepReader.standIn(id, null)
        }
        return StepReader(id, Fields(value, path, id, problems), problems).read()
    }
}
