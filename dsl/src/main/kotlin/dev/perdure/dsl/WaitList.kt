package dev.perdure.dsl

import dev.perdure.core.PerdureException
import dev.perdure.core.ValueType
import dev.perdure.core.definition.ApprovalAnswer
import dev.perdure.core.definition.ApprovalRequest
import dev.perdure.core.definition.AwaitSignal
import dev.perdure.core.definition.ReceivedSignal
import dev.perdure.core.definition.Ref
import dev.perdure.core.definition.Step
import dev.perdure.core.definition.ValueTypes
import dev.perdure.core.journal.Payload
import kotlin.reflect.KType
import kotlin.time.Duration

/**
 * How long a wait may take.
 *
 * @property default what the wait yields then
 * @property fails whether it fails then
 */
@PublishedApi
internal class WaitLimit(val timeout: Duration?, val default: kotlin.Any? = null, val fails: Boolean = false) {
    @PublishedApi
    internal companion object {
        @PublishedApi
        internal val NONE: WaitLimit = WaitLimit(null)
    }
}

/** Adds waits to the nodes of one sequence. */
@PublishedApi
internal class WaitList<I>(private val nodes: NodeList<I>) {
    fun <T> one(
        name: String,
        signal: String,
        payload: KType,
        limit: WaitLimit,
    ): Ref<T> = await(name, AwaitSignal.Mode.ONE, listOf(signal), payload(name, payload), limit)

    fun <T> any(
        name: String,
        signals: List<String>,
        payload: KType,
        limit: WaitLimit,
    ): Ref<ReceivedSignal<T>> =
        await(name, AwaitSignal.Mode.ANY, signals, ValueTypes.anySignal(payload(name, payload)), limit)

    fun <T> anyOrNull(
        name: String,
        signals: List<String>,
        payload: KType,
        limit: WaitLimit,
    ): Ref<ReceivedSignal<T>?> {
        val received = ValueTypes.orNull(ValueTypes.anySignal<T>(payload(name, payload)))
        return await(name, AwaitSignal.Mode.ANY, signals, received, limit)
    }

    fun <T> all(
        name: String,
        signals: List<String>,
        payload: KType,
        limit: WaitLimit,
    ): Ref<Map<String, T>> =
        await(name, AwaitSignal.Mode.ALL, signals, ValueTypes.allSignals(payload(name, payload)), limit)

    fun <T> allOrNull(
        name: String,
        signals: List<String>,
        payload: KType,
        limit: WaitLimit,
    ): Ref<Map<String, T>?> {
        val received = ValueTypes.orNull(ValueTypes.allSignals<T>(payload(name, payload)))
        return await(name, AwaitSignal.Mode.ALL, signals, received, limit)
    }

    fun approval(
        name: String,
        choices: List<String>,
        limit: WaitLimit,
        request: suspend StepScope<I>.() -> ApprovalRequest,
    ): Ref<ApprovalAnswer> {
        val asked = asked(choices, request)
        return await(name, AwaitSignal.Mode.APPROVAL, emptyList(), ValueTypes.APPROVAL_ANSWER, limit, asked)
    }

    fun approvalOrNull(
        name: String,
        choices: List<String>,
        limit: WaitLimit,
        request: suspend StepScope<I>.() -> ApprovalRequest,
    ): Ref<ApprovalAnswer?> {
        val answer = ValueTypes.orNull(ValueTypes.APPROVAL_ANSWER)
        return await(name, AwaitSignal.Mode.APPROVAL, emptyList(), answer, limit, asked(choices, request))
    }

    private fun asked(
        choices: List<String>,
        request: suspend StepScope<I>.() -> ApprovalRequest,
    ): Step = nodes.part(AwaitSignal.REQUEST, ValueTypes.approvalRequest(nodes.definition.codec, choices), request)

    fun <T> callback(
        name: String,
        payload: KType,
        limit: WaitLimit,
        request: suspend StepScope<I>.(token: String) -> Unit,
    ): Ref<T> {
        val handedOut =
            nodes.part(AwaitSignal.REQUEST, ValueTypes.NOTHING) {
                request(checkNotNull(values.body.token()) { "a callback's request was started without a token" })
            }
        val brought: ValueType<T> = nodes.definition.type("callback \"${nodes.path.child(name)}\"", payload)
        return await(name, AwaitSignal.Mode.CALLBACK, emptyList(), brought, limit, handedOut)
    }

    private fun <T> payload(
        name: String,
        type: KType,
    ): ValueType<T> = nodes.definition.type("signal \"${nodes.path.child(name)}\"", type)

    private fun <T> await(
        name: String,
        mode: AwaitSignal.Mode,
        signals: List<String>,
        output: ValueType<T>,
        limit: WaitLimit,
        request: Step? = null,
    ): Ref<T> {
        val ref = nodes.ref(name, output)
        val timeout = limit.timeout.orForEver()
        val then = if (timeout == null) NOTHING else onTimeout(ref, limit)
        nodes.add(AwaitSignal(name, mode, signals, output, timeout, then, request))
        return ref
    }

    private fun onTimeout(
        wait: Ref<*>,
        limit: WaitLimit,
    ): AwaitSignal.OnTimeout =
        when {
            limit.fails -> AwaitSignal.OnTimeout.Fail()
            limit.default == null -> NOTHING
            else -> AwaitSignal.OnTimeout.Yield(encoded(wait, limit.default))
        }

    @Suppress("UNCHECKED_CAST") // the default is of the type that the wait yields
    private fun encoded(
        wait: Ref<*>,
        default: kotlin.Any,
    ): Payload =
        try {
            Payload.of((wait.type() as ValueType<kotlin.Any>).encode(default))
        } catch (unencodable: PerdureException) {
            nodes.definition.problems += "the default of \"${wait.node()}\": ${unencodable.message}"
            Payload.NULL
        }

    private companion object {
        val NOTHING = AwaitSignal.OnTimeout.Yield(Payload.NULL)
    }
}
