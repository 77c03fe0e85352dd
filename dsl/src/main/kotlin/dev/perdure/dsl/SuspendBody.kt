package dev.perdure.dsl

import dev.perdure.core.definition.Body
import dev.perdure.core.definition.BodyContext

/**
 * A body in Kotlin: a suspending function. [CoroutineBodyScopes] runs it as a coroutine; cancelling it is the
 * coroutine's cancellation.
 *
 * The DSL makes them; write one only to build nodes by hand: `SuspendBody { context -> context.attempt() }`.
 */
public fun interface SuspendBody : Body {
    /** Runs the body; what it throws fails the attempt. */
    public suspend fun run(context: BodyContext): kotlin.Any?
}
