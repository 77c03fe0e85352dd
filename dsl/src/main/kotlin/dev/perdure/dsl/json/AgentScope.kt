package dev.perdure.dsl.json

import dev.perdure.core.Path
import dev.perdure.core.definition.BodyContext
import dev.perdure.dsl.PerdureDsl

/** What an agent can see of the step that calls it, besides its input. Thread-safe. */
@PerdureDsl
public class AgentScope internal constructor(private val body: BodyContext) {
    /** The run's id. */
    @get:JvmName("runId")
    public val runId: String get() = body.runId()

    /** The step's path in its run, such as `items[3]/charge`. */
    @get:JvmName("path")
    public val path: Path get() = body.path()

    /** Which attempt this is, from 1; it goes on counting over crashes. */
    @get:JvmName("attempt")
    public val attempt: Int get() = body.attempt()

    /** The same for all attempts of the step, different for every other step and run. */
    @get:JvmName("idempotencyKey")
    public val idempotencyKey: String get() = body.idempotencyKey()

    /** Whether the step was cancelled or timed out: nothing that the agent returns will be recorded. */
    @get:JvmName("isCancelled")
    public val isCancelled: Boolean get() = body.isCancelled

    /**
     * Leaves a remark for those who read the journal, recorded with the attempt's success and dropped when it fails.
     */
    public fun warn(message: String) {
        body.warn(message)
    }
}

/**
 * An agent in Java that looks at the step that calls it; it may block its thread, which is interrupted where the step
 * is cancelled or times out.
 */
public fun interface BlockingAgent {
    /**
     * Runs the agent.
     *
     * @param input the step's resolved `input_mapping` in plain data
     * @return what is recorded as the step's output
     * @throws Exception to fail the attempt; an [AgentException] can say that another attempt is no use
     */
    @Throws(Exception::class)
    public fun run(
        call: AgentScope,
        input: Map<String, Any?>,
    ): Any?
}

/**
 * An agent could not do what a step wanted of it.
 *
 * @property isRetryable whether another attempt may go better; where it is not, the step fails at once
 */
public class AgentException
    @JvmOverloads
    constructor(
        message: String,
        @get:JvmName("isRetryable") public val isRetryable: Boolean = true,
        cause: Throwable? = null,
    ) : RuntimeException(message, cause)

/** What stands behind an `agent_name`, whatever it is written in. Thread-safe. */
internal fun interface Agent {
    suspend fun run(
        scope: AgentScope,
        input: Map<String, Any?>,
    ): Any?
}
