package dev.perdure.dsl

import dev.perdure.core.ErrorCode
import dev.perdure.core.PerdureException
import dev.perdure.core.ValueType
import dev.perdure.core.definition.AtomicBody
import dev.perdure.core.definition.BodyContext
import dev.perdure.core.definition.BranchResult
import kotlin.reflect.KType

/** What the nested scopes of one workflow's definition share. Confined to the defining thread until it is built. */
internal class Definition<I>(val name: String, val codec: KotlinxCodec, input: Definition<I>.() -> ValueType<I>) {
    val problems = mutableListOf<String>()
    val input: ValueType<I> = input()
    private var described: NodeList<I>? = null

    /** The value type for [type]; one that cannot be recorded is a problem of the node that [where] names. */
    @Suppress("UNCHECKED_CAST") // the codec makes a value type of the type that it was asked for
    fun <T> type(
        where: String,
        type: KType,
    ): ValueType<T> =
        try {
            codec.typeOf(type) as ValueType<T>
        } catch (unencodable: PerdureException) {
            problems += "$where: ${unencodable.message}"
            NoValue as ValueType<T>
        }

    /** Describes what [list] holds: until [content] returns, no other scope may be added to. */
    fun <R> describing(
        list: NodeList<I>,
        content: () -> R,
    ): R {
        val outer = described
        described = list
        try {
            return content()
        } finally {
            described = outer
        }
    }

    /** Refuses what is added to a scope while another one is described, or to a workflow that is built. */
    fun requireDescribing(
        list: NodeList<I>,
        node: String,
    ) {
        if (described == null) {
            throw PerdureException(
                ErrorCode.INVALID_DEFINITION,
                "\"$node\" is added to workflow \"$name\" after its definition ended; a body cannot add to its workflow",
            )
        }
        if (described !== list) {
            problems += "\"$node\" is added from inside \"${described?.path}\", which is not where it belongs; " +
                "describe it in its own block"
        }
    }

    fun <T> stepBody(body: suspend StepScope<I>.() -> T): SuspendBody = SuspendBody { body(StepScope(values(it))) }

    fun <T> joinBody(body: suspend JoinScope<I>.() -> T): SuspendBody = SuspendBody { body(JoinScope(values(it))) }

    fun <T> atomicBody(body: AtomicScope<I>.() -> T): AtomicBody = atomicBody(input, codec, body)

    private fun values(context: BodyContext): BodyValues<I> = BodyValues(context, input, codec)

    fun mergeBody(body: suspend MergeScope<I>.(List<BranchResult>) -> Unit): SuspendBody =
        SuspendBody {
            body(MergeScope(values(it)), it.branches())
            null
        }
}

/** A body that sees the transaction that it is recorded in. */
internal fun <I, T> atomicBody(
    input: ValueType<I>,
    codec: KotlinxCodec,
    body: AtomicScope<I>.() -> T,
): AtomicBody =
    AtomicBody { context, transaction -> AtomicScope(BodyValues(context, input, codec), transaction).body() }

/** Leaves a definition that is nested too deep without asking for more of it. */
internal class TooDeep : RuntimeException("nested too deep", null, false, false)
