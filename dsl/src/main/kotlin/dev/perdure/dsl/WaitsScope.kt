@file:OptIn(ExperimentalTypeInference::class)

package dev.perdure.dsl

import dev.perdure.core.definition.ApprovalAnswer
import dev.perdure.core.definition.ApprovalRequest
import dev.perdure.core.definition.ReceivedSignal
import dev.perdure.core.definition.Ref
import dev.perdure.core.definition.Sleep
import dev.perdure.core.definition.ValueTypes
import kotlin.experimental.ExperimentalTypeInference
import kotlin.reflect.typeOf
import kotlin.time.Duration
import kotlin.time.Instant
import kotlin.time.toJavaDuration
import java.time.Instant as JavaInstant

/**
 * The waits of a sequence. A run that only waits holds no thread and no memory; its waits survive every restart, and time
 * goes on while no engine runs.
 *
 * A signal that was sent before the run waits for it is kept; each counts for one wait. A wait without a timeout yields what
 * it waited for; one with a timeout yields null after it, or the default that it was given, or fails ([Fail]).
 *
 * @param I the type of the workflow's input
 */
@PerdureDsl
public sealed class WaitsScope<I>(internal val nodes: NodeList<I>) {
    @PublishedApi
    internal val waits: WaitList<I> get() = WaitList(nodes)

    /** Waits for [duration], from the moment that the run gets there: `sleep("cool_down", 3.days)`. */
    public fun sleep(
        name: String,
        duration: Duration,
    ) {
        nodes.add(Sleep(name, duration.toJavaDuration(), null, false))
    }

    /** Waits as long as [duration] says, from the moment that its result is recorded: `sleep("back_off") { delay() }`. */
    public fun sleep(
        name: String,
        duration: suspend StepScope<I>.() -> Duration,
    ) {
        val time = nodes.part(Sleep.TIME, ValueTypes.MILLIS) { duration().inWholeMilliseconds }
        nodes.add(Sleep(name, null, time, true))
    }

    /**
     * Waits until the time that [end] says, which is recorded; not at all when it has passed.
     *
     * ```
     * sleepUntil("due") { invoice().dueAt }
     * ```
     */
    @OverloadResolutionByLambdaReturnType
    public fun sleepUntil(
        name: String,
        end: suspend StepScope<I>.() -> Instant,
    ) {
        val time = nodes.part(Sleep.TIME, ValueTypes.MILLIS) { end().toEpochMilliseconds() }
        nodes.add(Sleep(name, null, time, false))
    }

    /** As above, for a time of the Java library. */
    @OverloadResolutionByLambdaReturnType
    @JvmName("sleepUntilJavaInstant")
    public fun sleepUntil(
        name: String,
        end: suspend StepScope<I>.() -> JavaInstant,
    ) {
        val time = nodes.part(Sleep.TIME, ValueTypes.MILLIS) { end().toEpochMilli() }
        nodes.add(Sleep(name, null, time, false))
    }

    /**
     * Waits for a signal, for ever, and yields its payload.
     *
     * ```
     * val approval = awaitSignal<Approval>("approval")
     * ```
     *
     * @param signal the signal's name; that of the node unless given
     */
    public inline fun <reified T> awaitSignal(
        name: String,
        signal: String = name,
    ): Ref<T> = waits.one(name, signal, typeOf<T>(), WaitLimit.NONE)

    /** As above; null after [timeout]: `awaitSignal<Approval>("approval", timeout = 7.days)`. */
    public inline fun <reified T> awaitSignal(
        name: String,
        signal: String = name,
        timeout: Duration,
    ): Ref<T?> = waits.one(name, signal, typeOf<T?>(), WaitLimit(timeout))

    /** As above; [default] after [timeout]. */
    public inline fun <reified T> awaitSignal(
        name: String,
        signal: String = name,
        timeout: Duration,
        default: T,
    ): Ref<T> = waits.one(name, signal, typeOf<T>(), WaitLimit(timeout, default))

    /** As above; fails with TIMED_OUT after [timeout]. */
    public inline fun <reified T> awaitSignal(
        name: String,
        signal: String = name,
        timeout: Duration,
        @Suppress("UNUSED_PARAMETER") onTimeout: Fail,
    ): Ref<T> = waits.one(name, signal, typeOf<T>(), WaitLimit(timeout, fails = true))

    /**
     * Waits for the first of several signals, for ever, and yields its name and payload.
     *
     * ```
     * val reply = awaitAny<Reply>("reply", "accepted", "declined")
     * step("note") { note(reply().name(), reply().value()) }
     * ```
     */
    public inline fun <reified T> awaitAny(
        name: String,
        vararg signals: String,
    ): Ref<ReceivedSignal<T>> = waits.any(name, signals.asList(), typeOf<T>(), WaitLimit.NONE)

    /** As above; null after [timeout]. */
    public inline fun <reified T> awaitAny(
        name: String,
        vararg signals: String,
        timeout: Duration,
    ): Ref<ReceivedSignal<T>?> = waits.anyOrNull(name, signals.asList(), typeOf<T>(), WaitLimit(timeout))

    /** As above; fails with TIMED_OUT after [timeout]. */
    public inline fun <reified T> awaitAny(
        name: String,
        vararg signals: String,
        timeout: Duration,
        @Suppress("UNUSED_PARAMETER") onTimeout: Fail,
    ): Ref<ReceivedSignal<T>> = waits.any(name, signals.asList(), typeOf<T>(), WaitLimit(timeout, fails = true))

    /**
     * Waits for a signal of each name, for ever, and yields their payloads by name, in the order of the names.
     *
     * ```
     * val votes = awaitAll<Vote>("votes", "finance", "legal")
     * step("count") { votes().values.count { it.isYes } }
     * ```
     */
    public inline fun <reified T> awaitAll(
        name: String,
        vararg signals: String,
    ): Ref<Map<String, T>> = waits.all(name, signals.asList(), typeOf<T>(), WaitLimit.NONE)

    /** As above; null after [timeout]. */
    public inline fun <reified T> awaitAll(
        name: String,
        vararg signals: String,
        timeout: Duration,
    ): Ref<Map<String, T>?> = waits.allOrNull(name, signals.asList(), typeOf<T>(), WaitLimit(timeout))

    /** As above; fails with TIMED_OUT after [timeout]. */
    public inline fun <reified T> awaitAll(
        name: String,
        vararg signals: String,
        timeout: Duration,
        @Suppress("UNUSED_PARAMETER") onTimeout: Fail,
    ): Ref<Map<String, T>> = waits.all(name, signals.asList(), typeOf<T>(), WaitLimit(timeout, fails = true))

    /**
     * Asks somebody, and waits for the answer for ever. The request is made once, recorded, and listed with the run's waits;
     * it is answered once, with one of [choices].
     *
     * ```
     * val answer = approval("sign_off", choices = listOf("approve", "reject")) {
     *     ApprovalRequest("Pay the invoice?", mapOf("amount" to invoice().amount))
     * }
     * ```
     */
    public fun approval(
        name: String,
        choices: List<String>,
        request: suspend StepScope<I>.() -> ApprovalRequest,
    ): Ref<ApprovalAnswer> = waits.approval(name, choices, WaitLimit.NONE, request)

    /** As above; null after [timeout]. */
    public fun approval(
        name: String,
        choices: List<String>,
        timeout: Duration,
        request: suspend StepScope<I>.() -> ApprovalRequest,
    ): Ref<ApprovalAnswer?> = waits.approvalOrNull(name, choices, WaitLimit(timeout), request)

    /** As above; fails with TIMED_OUT after [timeout]. */
    public fun approval(
        name: String,
        choices: List<String>,
        timeout: Duration,
        @Suppress("UNUSED_PARAMETER") onTimeout: Fail,
        request: suspend StepScope<I>.() -> ApprovalRequest,
    ): Ref<ApprovalAnswer> = waits.approval(name, choices, WaitLimit(timeout, fails = true), request)

    /**
     * Hands a token out and waits, for ever, until somebody brings it back with a payload.
     *
     * ```
     * val payment = callback<Payment>("payment") { token -> gateway.charge(order(), token) }
     * ```
     */
    public inline fun <reified T> callback(
        name: String,
        noinline request: suspend StepScope<I>.(token: String) -> Unit,
    ): Ref<T> = waits.callback(name, typeOf<T>(), WaitLimit.NONE, request)

    /** As above; null after [timeout]. */
    public inline fun <reified T> callback(
        name: String,
        timeout: Duration,
        noinline request: suspend StepScope<I>.(token: String) -> Unit,
    ): Ref<T?> = waits.callback(name, typeOf<T?>(), WaitLimit(timeout), request)

    /** As above; fails with TIMED_OUT after [timeout]. */
    public inline fun <reified T> callback(
        name: String,
        timeout: Duration,
        @Suppress("UNUSED_PARAMETER") onTimeout: Fail,
        noinline request: suspend StepScope<I>.(token: String) -> Unit,
    ): Ref<T> = waits.callback(name, typeOf<T>(), WaitLimit(timeout, fails = true), request)
}
