package dev.perdure.dsl

import dev.perdure.core.Json
import dev.perdure.core.Path
import dev.perdure.core.PerdureException
import dev.perdure.core.definition.Choose
import dev.perdure.core.definition.Ref
import dev.perdure.core.definition.Sequence
import dev.perdure.core.definition.ValueTypes
import kotlin.reflect.KType

/** What the clauses of a choice return, and what the choice does. */
internal sealed interface Clauses<R> {
    /** The node whose output a clause yields that returned [returned]. */
    fun resultOf(returned: R): Path?

    /** What the choice at [path] yields whose last clause returned [returned]. */
    fun outputOf(
        path: Path,
        returned: R,
    ): R

    object WithoutOutput : Clauses<Unit> {
        override fun resultOf(returned: Unit): Path? = null

        override fun outputOf(
            path: Path,
            returned: Unit,
        ) = Unit
    }

    class WithOutput<T> : Clauses<Ref<T>> {
        override fun resultOf(returned: Ref<T>): Path = returned.node()

        override fun outputOf(
            path: Path,
            returned: Ref<T>,
        ): Ref<T> = Ref(path, returned.type())
    }
}

/** The clauses of one choice, as they are added. Confined to the defining thread. */
internal class ClauseList<I, R>(
    private val holder: NodeList<I>,
    private val name: String,
    private val kind: Clauses<R>,
) {
    private class Condition<I>(val clause: String, val holds: suspend StepScope<I>.(kotlin.Any?) -> Boolean)

    private val path = holder.path.child(name)
    private val own = holder.inside(path)
    private val clauses = mutableListOf<Sequence>()
    private val conditions = mutableListOf<Condition<I>>()
    private var standard: String? = null
    private var unnamed = 0

    fun nextName(): String = "clause-${++unnamed}"

    fun clause(
        clause: String,
        holds: suspend StepScope<I>.(kotlin.Any?) -> Boolean,
        content: WorkflowScope<I>.() -> R,
    ) {
        conditions += Condition(clause, holds)
        add(clause, content)
    }

    fun otherwise(content: WorkflowScope<I>.() -> R): R {
        standard = OTHERWISE
        return kind.outputOf(path, add(OTHERWISE, content))
    }

    private fun add(
        clause: String,
        content: WorkflowScope<I>.() -> R,
    ): R {
        holder.definition.requireDescribing(own, clause)
        val inner = NodeList(holder.definition, path.child(clause), own.depth, own.retry)
        var result: Path? = null
        try {
            val returned = holder.definition.describing(inner) { WorkflowScope(inner).content() }
            result = kind.resultOf(returned)
            return returned
        } finally {
            clauses += Sequence(clause, inner.nodes, result)
        }
    }

    /** Adds the choice when [block] has described its clauses. */
    fun <T> describe(
        value: (suspend StepScope<I>.() -> kotlin.Any?)?,
        block: () -> T,
    ): T = holder.nested(name, own, { node(value) }, block)

    private fun node(value: (suspend StepScope<I>.() -> kotlin.Any?)?): Choose {
        val inOrder = conditions.toList()
        val last = standard
        val choice =
            holder.part(Choose.CHOICE, ValueTypes.NAME) {
                val found = value?.invoke(this)
                inOrder.firstOrNull { it.holds(this, found) }?.clause ?: last
            }
        return Choose(name, choice, clauses, last)
    }

    /** What a choice with an output returns comes from its last clause. */
    fun requireLast(returned: R): R {
        if ((returned as? Ref<*>)?.node() != path) {
            holder.definition.problems += "choose \"$path\" yields a value; end it with otherwise { … }"
        }
        return returned
    }

    /** What a case is compared with. */
    fun plain(
        value: kotlin.Any?,
        type: KType,
    ): kotlin.Any? =
        try {
            holder.definition.codec.encode(value, type)
        } catch (unencodable: PerdureException) {
            holder.definition.problems += "a case of \"$path\": ${unencodable.message}"
            null
        }

    fun textOf(plain: kotlin.Any?): String = plain as? String ?: Json.write(plain)

    private companion object {
        const val OTHERWISE = "otherwise"
    }
}
