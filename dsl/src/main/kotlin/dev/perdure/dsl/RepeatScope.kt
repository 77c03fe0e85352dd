package dev.perdure.dsl

import dev.perdure.core.definition.Ref
import dev.perdure.core.definition.RepeatUntil
import dev.perdure.core.definition.Step
import dev.perdure.core.definition.ValueTypes

/**
 * What each iteration of a [repeatUntil][LoopsScope.repeatUntil] does, and when the loop ends. Without an `until` as its last
 * call a loop does not compile.
 *
 * @param I the type of the workflow's input
 */
public class RepeatScope<I> internal constructor(nodes: NodeList<I>) : WorkflowScope<I>(nodes) {
    internal var condition: Step? = null
        private set

    /**
     * Ends the loop with the first iteration after which [condition] holds, which is recorded; such a loop has no output.
     *
     * ```
     * until { has("winner") || index >= 9 }
     * ```
     */
    public fun until(condition: suspend StepScope<I>.() -> Boolean): Until<Unit> {
        end(condition)
        return Until(null, NoValue)
    }

    /** As above, for a loop that yields what the receiver does in the last iteration: `status until { it == "done" }`. */
    public infix fun <T> Ref<T>.until(condition: suspend StepScope<I>.(output: T) -> Boolean): Until<T> {
        end { condition(this@until()) }
        return Until(node(), type())
    }

    private fun end(given: suspend StepScope<I>.() -> Boolean) {
        nodes.definition.requireDescribing(nodes, RepeatUntil.UNTIL)
        if (condition != null) {
            nodes.definition.problems += "loop \"${nodes.path.parent()}\" has two untils; keep one"
        }
        condition = nodes.part(RepeatUntil.UNTIL, ValueTypes.CONDITION, given)
    }
}
