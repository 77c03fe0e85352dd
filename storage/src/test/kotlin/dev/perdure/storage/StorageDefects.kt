package dev.perdure.storage

import dev.perdure.core.mutants.Original
import dev.perdure.core.spi.Lease
import dev.perdure.core.spi.StoreException

/** A connection that saw an SQLException is used again. */
internal object BrokenIsKept {
    @JvmStatic
    @Suppress("UNUSED_PARAMETER") // what an edited method is given
    fun isBroken(
        self: Any?,
        args: Array<Any?>,
    ): Any? = false
}

/** The owner's row is read in the transaction that commits, and not locked. */
internal object UnlockedFence {
    @JvmStatic
    @Suppress("UNUSED_PARAMETER") // what an edited method is given
    fun fence(
        self: Any?,
        args: Array<Any?>,
    ): Any? {
        val trip = args[0] as RoundTrip
        val lease = args[1] as Lease
        trip.ask("unlocked fence", "SELECT count(*) FROM engines WHERE epoch = ? AND $HELD", listOf(lease.epoch())) {
            if (it.getLong(1) == 0L) throw StoreException.fenced("the store", lease)
        }
        return null
    }
}

/** Whoever has had a lease may go on under it. */
internal object NoFenceAtAll {
    @JvmStatic
    @Suppress("UNUSED_PARAMETER") // what an edited method is given
    fun fence(
        self: Any?,
        args: Array<Any?>,
    ): Any? = null

    @JvmStatic
    @Suppress("UNUSED_PARAMETER") // what an edited method is given
    fun requireHeld(
        self: Any?,
        args: Array<Any?>,
    ): Any? = null
}

/** Nobody asks whose a run is. */
internal object EverybodysRuns {
    private val original = Original(PostgresOwnership::class.java, "begin")

    @JvmStatic
    fun begin(
        self: Any?,
        args: Array<Any?>,
    ): Any? {
        original.call(self, args)
        return emptySet<String>()
    }
}
