package dev.perdure.core.machine

import dev.perdure.core.definition.Ask
import dev.perdure.core.definition.AtomicBody
import dev.perdure.core.definition.AwaitSignal
import dev.perdure.core.definition.BlockingBody
import dev.perdure.core.definition.Node
import dev.perdure.core.definition.Parallel
import dev.perdure.core.definition.ParallelPolicy
import dev.perdure.core.definition.ParallelPolicy.OnError
import dev.perdure.core.definition.Procedure
import dev.perdure.core.definition.Retry
import dev.perdure.core.definition.Sequence
import dev.perdure.core.definition.Step
import dev.perdure.core.definition.StepFunction
import dev.perdure.core.definition.ValueTypes
import dev.perdure.core.definition.Workflow
import dev.perdure.core.engine.HandMade
import dev.perdure.core.journal.Payload
import java.time.Duration

private val NOTHING = BlockingBody { null }

/** A workflow of these nodes, whose bodies are never run. */
internal fun graph(vararg nodes: Node): Workflow<*, *> = HandMade.workflow(null, *nodes)

/** A workflow that is code, which is never run. */
internal fun code(): Workflow<*, *> =
    Workflow.procedure("case", 1, Any::class.java, Any::class.java, StepFunction { error("never run") })

internal fun step(
    name: String,
    retry: Retry = Retry.NONE,
    isAtMostOnce: Boolean = false,
    undo: Retry? = null,
): Step {
    val compensation = undo?.let { Step.of(Step.COMPENSATION, NOTHING, ValueTypes.PLAIN, it) }
    return Step(name, NOTHING, ValueTypes.PLAIN, retry, null, isAtMostOnce, compensation)
}

/** A step that is recorded with its effect, and by itself. */
internal fun atomic(name: String): Step =
    Step(name, AtomicBody { _, _ -> null }, ValueTypes.PLAIN, Retry.NONE, AtomicBody.STANDARD_LIMIT, false, null)

/** A branch of code, or code that is a node among others. */
internal fun procedure(name: String) = Procedure.of(name, NOTHING, ValueTypes.PLAIN)

internal fun signal(
    name: String,
    timeout: Duration? = null,
    isFailing: Boolean = false,
    mode: AwaitSignal.Mode = AwaitSignal.Mode.ONE,
): AwaitSignal {
    val late = if (isFailing) AwaitSignal.OnTimeout.Fail() else AwaitSignal.OnTimeout.Yield(Payload.NULL)
    val isNamed = mode == AwaitSignal.Mode.ONE
    val names = if (isNamed) listOf(name) else emptyList()
    return AwaitSignal(name, mode, names, ValueTypes.PLAIN, timeout, late, if (isNamed) null else step("request"))
}

internal fun branch(
    name: String,
    vararg nodes: Node,
    timeout: Duration? = null,
) = Sequence(name, nodes.toList(), null, timeout)

internal fun block(
    name: String,
    vararg branches: Node,
    policy: ParallelPolicy = ParallelPolicy.DEFAULT,
) = Parallel(name, branches.toList(), policy, null)

internal fun ParallelPolicy.atMost(branches: Int) = ParallelPolicy(merge(), onError(), join(), remaining(), branches)

internal fun open(
    name: String = "p",
    onError: OnError = OnError.FAIL_FAST,
    max: Int = 0,
) = Ask.Open(name, onError, max)

internal fun wanted(
    node: Node,
    key: String? = null,
) = Ask.Do(node, key)
