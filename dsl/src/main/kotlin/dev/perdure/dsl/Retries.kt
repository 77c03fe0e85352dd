package dev.perdure.dsl

import dev.perdure.core.definition.Retry
import kotlin.reflect.KClass
import kotlin.time.Duration
import kotlin.time.toJavaDuration

/**
 * At most [maxAttempts] attempts with the same [delay] between any two, up to [jitter] of it (0.2: 20 %) shorter or
 * longer. An immutable value; conditions are added with `retryIf` and [notOn]:
 *
 * ```
 * step("charge", retry = fixed(3, 1.seconds).retryIf { it is IOException }) { … }
 * ```
 */
public fun fixed(
    maxAttempts: Int,
    delay: Duration,
    jitter: Double = 0.0,
): Retry = Retry.fixed(maxAttempts, delay.toJavaDuration()).jitter(jitter)

/** At most [maxAttempts] attempts with delays of 1, 2, 3 … times [initial], none longer than [cap]; see [fixed]. */
public fun linear(
    maxAttempts: Int,
    initial: Duration,
    cap: Duration? = null,
    jitter: Double = 0.0,
): Retry = Retry.linear(maxAttempts, initial.toJavaDuration()).jitter(jitter).capped(cap)

/**
 * At most [maxAttempts] attempts with delays that begin with [initial] and grow by [factor] each time, none longer than
 * [cap]; see [fixed].
 *
 * ```
 * parallel(retry = exponential(maxAttempts = 5, initial = 1.seconds, cap = 1.minutes, jitter = 0.2)) { … }
 * ```
 */
public fun exponential(
    maxAttempts: Int,
    initial: Duration,
    factor: Double = 2.0,
    cap: Duration? = null,
    jitter: Double = 0.0,
): Retry =
    Retry
        .exponential(maxAttempts, initial.toJavaDuration())
        .factor(factor)
        .jitter(jitter)
        .capped(cap)

private fun Retry.capped(cap: Duration?): Retry = cap.orForEver()?.let { cap(it) } ?: this

/**
 * Failures of these [types], or with one of them as a cause, end the step at once:
 * `fixed(3, 1.seconds).notOn(IllegalArgumentException::class)`.
 */
public fun Retry.notOn(vararg types: KClass<out Throwable>): Retry =
    types.fold(this) { policy, type -> policy.notOn(type.java) }
