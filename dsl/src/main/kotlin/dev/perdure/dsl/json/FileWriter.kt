package dev.perdure.dsl.json

import dev.perdure.core.Plain
import java.math.BigDecimal
import kotlin.time.Duration

/**
 * The JSON text of [file], for people and for [readWorkflowFile], which reads the same file back. One file has one
 * text: fields in a fixed order, steps in theirs, and those that have their defaults left out.
 */
internal fun writeWorkflowFile(file: WorkflowFile): String =
    JsonPrinter(indent = "  ").print(
        linkedMapOf(
            "workflow_id" to file.id,
            "name" to file.name,
            "version" to file.version,
            "start_step" to file.start,
            "steps" to file.steps.mapValues { fieldsOf(it.value) },
        ),
    ) + "\n"

private fun fieldsOf(step: FileStep): Map<String, Any> =
    when (step) {
        is AgentStep -> {
            agent(step)
        }

        is ParallelStep -> {
            parallel(step)
        }

        is ConditionalStep -> {
            conditional(step)
        }

        is LoopStep -> {
            fields(step, "loop", "loop_config" to loopConfig(step))
        }

        is ForkJoinStep -> {
            fields(step, "fork_join", "fork_join_config" to forkJoinConfig(step))
        }

        is SleepStep -> {
            fields(step, "sleep", "duration_seconds" to secondsOf(step.duration))
        }

        is EventStep -> {
            event(step)
        }

        is SubWorkflowStep -> {
            fields(
                step,
                "sub_workflow",
                "workflow" to step.workflow,
                "input_mapping" to inputOf(step.input),
            )
        }
    }

private fun agent(step: AgentStep): Map<String, Any> =
    fields(
        step,
        "agent",
        "agent_name" to step.agent,
        "input_mapping" to inputOf(step.input),
        "retry" to retryOf(step.retry),
        "timeout_seconds" to step.timeout?.let(::secondsOf),
    )

private fun retryOf(retry: FileRetry): Map<String, Any>? =
    present(
        "max_attempts" to retry.maxAttempts.toLong().unless(FileRetry.NONE.maxAttempts.toLong()),
        "initial_delay_ms" to retry.initialDelay.unless(FileRetry.NONE.initialDelay)?.inWholeMilliseconds,
        "max_delay_ms" to retry.maxDelay.unless(FileRetry.NONE.maxDelay)?.inWholeMilliseconds,
        "backoff_multiplier" to retry.multiplier.unless(FileRetry.NONE.multiplier),
        "jitter" to retry.jitter.unless(FileRetry.NONE.jitter),
    ).ifEmpty { null }

private fun parallel(step: ParallelStep): Map<String, Any> =
    fields(
        step,
        "parallel",
        "parallel_steps" to step.children,
        "max_parallelism" to limitOf(step.maxParallelism),
        "on_error" to if (step.isFailFast) "fail_fast" else null,
    )

private fun conditional(step: ConditionalStep): Map<String, Any> =
    fields(
        step,
        "conditional",
        "condition" to mapOf("expression" to step.condition.text),
        "if_true_step" to step.ifTrue,
        "if_false_step" to step.ifFalse,
    )

private fun loopConfig(step: LoopStep): Map<String, Any> =
    present(
        "collection" to step.collection.text,
        "loop_body" to step.body,
        "execution_mode" to if (step.isParallel) "parallel" else null,
        "max_parallelism" to limitOf(step.maxParallelism),
        "max_iterations" to limitOf(step.maxIterations),
        "on_error" to
            step.onError
                .unless(LoopOnError.STOP)
                ?.name
                ?.lowercase(),
    )

private fun forkJoinConfig(step: ForkJoinStep): Map<String, Any> =
    present(
        "branches" to step.branches.mapValues { branchOf(it.value) },
        "join_policy" to
            step.policy
                .unless(FilePolicy.ALL)
                ?.name
                ?.lowercase(),
        "n_required" to limitOf(step.required),
        "remaining" to if (step.isRemainingCancelled) "cancel" else null,
    )

private fun branchOf(branch: FileBranch): Map<String, Any> =
    present("steps" to branch.steps, "timeout_seconds" to branch.timeout?.let(::secondsOf))

private fun event(step: EventStep): Map<String, Any> =
    fields(
        step,
        "wait_for_event",
        "event_name" to step.event,
        "timeout_seconds" to step.timeout?.let(::secondsOf),
    )

/** What every step has, around what its type has. */
private fun fields(
    step: FileStep,
    type: String,
    vararg own: Pair<String, Any?>,
): Map<String, Any> = present("id" to step.id, "type" to type, *own, "next_step" to step.next)

private fun present(vararg fields: Pair<String, Any?>): Map<String, Any> =
    buildMap { fields.forEach { (name, value) -> if (value != null) put(name, value) } }

private fun inputOf(input: Map<String, Template>): Map<String, Any?>? =
    input
        .mapValues {
            written(it.value)
        }.ifEmpty { null }

private fun written(template: Template): Any? =
    when (template) {
        is LiteralTemplate -> (template.value as? String)?.let(::escaped) ?: template.value
        is ReferenceTemplate -> template.reference.text
        is TextTemplate -> template.pieces.joinToString("", transform = ::written)
        is ListTemplate -> template.items.map(::written)
        is MapTemplate -> template.fields.mapValues { written(it.value) }
    }

private fun written(piece: TextTemplate.Piece): String =
    when (piece) {
        is TextTemplate.Piece.Words -> escaped(piece.text)
        is TextTemplate.Piece.Value -> piece.reference.text
    }

private fun escaped(text: String): String = text.replace(Opening.REFERENCE, Opening.ESCAPED)

private fun limitOf(limit: Int): Long? = limit.toLong().unless(0)

private fun <T> T.unless(default: T): T? = if (this == default) null else this

/** A whole number where it is one, else with up to three decimals. */
private fun secondsOf(duration: Duration): Number =
    Plain.ofNumber(
        BigDecimal(BigDecimal.valueOf(duration.inWholeMilliseconds, 3).stripTrailingZeros().toPlainString()),
    ) as Number
