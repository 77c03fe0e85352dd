package dev.perdure.storage

import dev.perdure.core.ErrorCode
import dev.perdure.core.spi.StoreException
import java.sql.SQLException

/**
 * Says in words what a database reports about [store]. Neither the words nor the causes hold a stored value.
 *
 * Immutable.
 *
 * @property store what and where it is, without secrets
 */
internal abstract class Failures(
    private val store: String,
) {
    abstract fun translate(thrown: SQLException): StoreException

    /** Whether a commit that failed with [thrown] may be durable all the same. */
    open fun isInDoubt(thrown: SQLException): Boolean = false

    /** Whether the transaction that [failure] ended did nothing, and is likely to succeed when it is run again at once. */
    open fun isWorthRepeating(failure: StoreException): Boolean = false

    fun passing(
        what: String,
        cause: Throwable? = null,
    ): StoreException = unavailable(what, true, cause)

    fun lasting(
        what: String,
        cause: Throwable? = null,
    ): StoreException = unavailable(what, false, cause)

    private fun unavailable(
        what: String,
        isTransient: Boolean,
        cause: Throwable?,
    ) = StoreException(ErrorCode.STORE_UNAVAILABLE, "store $store is unavailable: $what", isTransient, cause)
}

/** A commit failed, and nobody knows whether it is durable. Does not leave [Sessions]. */
internal class UnknownOutcome(
    val failure: StoreException,
) : RuntimeException(failure)
