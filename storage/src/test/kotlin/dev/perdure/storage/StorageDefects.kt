package dev.perdure.storage

import dev.perdure.core.spi.Lease
import dev.perdure.core.spi.StoreException
import org.jetbrains.exposed.v1.jdbc.JdbcTransaction

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
        val transaction = args[0] as JdbcTransaction
        val lease = args[1] as Lease
        val select = transaction.held.kept("unlocked fence") { "SELECT 1 FROM engines WHERE epoch = ? AND $HELD" }
        select.setLong(1, lease.epoch())
        if (!select.executeQuery().use { it.next() }) throw StoreException.fenced("the store", lease)
        return null
    }
}
