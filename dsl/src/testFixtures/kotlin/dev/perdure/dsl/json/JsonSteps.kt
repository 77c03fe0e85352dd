package dev.perdure.dsl.json

import dev.perdure.core.Json
import dev.perdure.core.definition.Workflow

/** A step of a workflow's text. */
typealias StepText = Map<String, Any?>

/** The text of workflow `wf`, which begins with the first of [steps]. */
fun workflowText(
    vararg steps: StepText,
    version: String = "1",
): String =
    Json.write(
        mapOf(
            "workflow_id" to "wf",
            "name" to "a workflow of the suite",
            "version" to version,
            "start_step" to steps.first()["id"],
            "steps" to steps.associateBy { it["id"] },
        ),
    )

fun workflow(
    agents: Agents,
    vararg steps: StepText,
    version: String = "1",
): Workflow<Any?, Any?> = JsonWorkflows.read(workflowText(*steps, version = version), agents)

/** A step; a field that is null is left out. */
fun step(
    id: String,
    type: String,
    vararg fields: Pair<String, Any?>,
): StepText = (listOf("id" to id, "type" to type) + fields).filter { it.second != null }.toMap()

/** Calls the agent of the step's own name. */
fun agent(
    id: String,
    next: String? = null,
    input: Map<String, Any?>? = null,
    vararg fields: Pair<String, Any?>,
): StepText = step(id, "agent", "agent_name" to id, "next_step" to next, "input_mapping" to input, *fields)

fun parallel(
    id: String,
    children: List<String>,
    next: String? = null,
    vararg fields: Pair<String, Any?>,
): StepText = step(id, "parallel", "parallel_steps" to children, "next_step" to next, *fields)

fun conditional(
    id: String,
    expression: String,
    then: String?,
    otherwise: String? = null,
    next: String? = null,
): StepText =
    step(
        id,
        "conditional",
        "condition" to mapOf("expression" to expression),
        "if_true_step" to then,
        "if_false_step" to otherwise,
        "next_step" to next,
    )

fun loop(
    id: String,
    collection: String,
    body: List<String>,
    next: String? = null,
    vararg config: Pair<String, Any?>,
): StepText =
    step(
        id,
        "loop",
        "loop_config" to mapOf("collection" to collection, "loop_body" to body, *config),
        "next_step" to next,
    )

/** [branches] by name: their steps, or an object with more. */
fun fork(
    id: String,
    branches: Map<String, Any>,
    policy: String,
    next: String? = null,
    vararg config: Pair<String, Any?>,
): StepText {
    val full = branches.mapValues { (_, branch) -> if (branch is List<*>) mapOf("steps" to branch) else branch }
    return step(
        id,
        "fork_join",
        "fork_join_config" to mapOf("branches" to full, "join_policy" to policy, *config),
        "next_step" to next,
    )
}

/** A `retry` of so many attempts that waits for nothing that a test would notice. */
fun retry(attempts: Int): Pair<String, Any?> = "retry" to mapOf("max_attempts" to attempts, "initial_delay_ms" to 1)
