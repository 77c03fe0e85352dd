package dev.perdure.dsl.json

import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds

/**
 * A workflow as its JSON text says it, read and checked: every id in it is known, every reference can be resolved.
 * Immutable.
 */
internal data class WorkflowFile(
    val id: String,
    val name: String,
    val version: String,
    val start: String,
    /** By id, as the text orders them. */
    val steps: Map<String, FileStep>,
)

/** A step of a [WorkflowFile]; [next] is what follows it, null for the end of its chain. */
internal sealed interface FileStep {
    val id: String
    val next: String?
}

internal data class AgentStep(
    override val id: String,
    override val next: String?,
    val agent: String,
    val input: Map<String, Template>,
    val retry: FileRetry,
    val timeout: Duration?,
) : FileStep

internal data class FileRetry(
    val maxAttempts: Int,
    val initialDelay: Duration,
    val maxDelay: Duration,
    val multiplier: Double,
    val jitter: Double,
) {
    companion object {
        /** What a step without `retry` has, and the default of each of its fields. */
        val NONE = FileRetry(1, 1.seconds, 30.seconds, 2.0, 0.0)
    }
}

internal data class ParallelStep(
    override val id: String,
    override val next: String?,
    val children: List<String>,
    /** 0 for no limit. */
    val maxParallelism: Int,
    val isFailFast: Boolean,
) : FileStep

internal data class ConditionalStep(
    override val id: String,
    override val next: String?,
    val condition: Condition,
    val ifTrue: String?,
    val ifFalse: String?,
) : FileStep

internal data class LoopStep(
    override val id: String,
    override val next: String?,
    val collection: Reference,
    val body: List<String>,
    val isParallel: Boolean,
    /** 0 for no limit. */
    val maxParallelism: Int,
    /** 0 for no limit. */
    val maxIterations: Int,
    val onError: LoopOnError,
) : FileStep

internal enum class LoopOnError { STOP, CONTINUE, COLLECT }

internal data class ForkJoinStep(
    override val id: String,
    override val next: String?,
    val branches: Map<String, FileBranch>,
    val policy: FilePolicy,
    /** Of n_of_m; 0 for the others. */
    val required: Int,
    val isRemainingCancelled: Boolean,
) : FileStep

/** @property timeout its own, or the block's for all branches; null for none */
internal data class FileBranch(
    val steps: List<String>,
    val timeout: Duration?,
)

internal enum class FilePolicy { ALL, ANY, MAJORITY, N_OF_M }

internal data class SleepStep(
    override val id: String,
    override val next: String?,
    val duration: Duration,
) : FileStep

internal data class EventStep(
    override val id: String,
    override val next: String?,
    val event: String,
    val timeout: Duration?,
) : FileStep

internal data class SubWorkflowStep(
    override val id: String,
    override val next: String?,
    val workflow: String,
    val input: Map<String, Template>,
) : FileStep
