package dev.perdure.dsl

import dev.perdure.core.ErrorCode
import dev.perdure.core.PerdureException
import dev.perdure.core.RunFailedException
import dev.perdure.core.engine.Run
import dev.perdure.core.journal.RunRecord
import kotlinx.coroutines.future.await
import kotlin.reflect.KType
import kotlin.reflect.typeOf

/**
 * Waits for the run's end and returns its output: `val welcome = run.await<Welcome>()`. Cancelling the coroutine ends the
 * waiting, not the run. Holds no thread.
 *
 * @throws RunFailedException when the run ended FAILED or CANCELLED, or stopped (INCOMPATIBLE, BLOCKED)
 * @throws PerdureException ENGINE_CLOSED when this engine closes first; INVALID_ARGUMENT when the output is no [T]
 */
public suspend inline fun <reified T> Run.await(): T {
    val output = outputOf(join())
    return output as? T ?: if (null is T && output == null) output as T else throw otherType(typeOf<T>(), output)
}

/**
 * Waits until the run has ended or stopped, however it did, and returns its row. Cancelling the coroutine ends the waiting, not
 * the run.
 *
 * @throws PerdureException ENGINE_CLOSED when this engine closes first
 */
public suspend fun Run.join(): RunRecord = outcome().copy().await()

/**
 * Cancels the run and waits for its end: the cancel is recorded first, then bodies are stopped. Returns the run's row, which is
 * COMPLETED or FAILED when it had ended before. A cancel that is recorded stays so, also when the coroutine is cancelled.
 *
 * ```
 * run.cancelAndJoin("the customer left").status() // CANCELLED
 * ```
 */
public suspend fun Run.cancelAndJoin(reason: String): RunRecord {
    cancel(reason).copy().await()
    return join()
}

@PublishedApi
internal fun Run.otherType(
    expected: KType,
    output: kotlin.Any?,
): PerdureException =
    PerdureException(
        ErrorCode.INVALID_ARGUMENT,
        "run \"${id()}\" yields ${output?.let { typeName(it.javaClass) } ?: "null"}, not ${typeName(expected)}; " +
            "await it as what its workflow yields",
        id(),
        null,
        null,
    )
