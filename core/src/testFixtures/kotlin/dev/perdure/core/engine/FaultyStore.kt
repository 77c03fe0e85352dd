package dev.perdure.core.engine

import dev.perdure.core.ErrorCode
import dev.perdure.core.spi.Lease
import dev.perdure.core.spi.Store
import dev.perdure.core.spi.StoreException
import dev.perdure.core.spi.Write
import dev.perdure.core.spi.WriteResult
import java.util.concurrent.atomic.AtomicInteger

/**
 * A store whose commits number [from] to [to] (from 1) report a full disk: with nothing done, or, [isDoneBefore], with all
 * of it done, as when a reply is lost.
 */
class FaultyStore(
    private val store: Store,
    private val from: Int,
    private val to: Int,
    private val isDoneBefore: Boolean,
) : Store by store {
    private val commits = AtomicInteger()

    override fun commit(
        lease: Lease,
        batch: List<Write>,
    ): List<WriteResult> {
        if (commits.incrementAndGet() in from..to) {
            if (isDoneBefore) store.commit(lease, batch)
            throw StoreException(ErrorCode.STORE_UNAVAILABLE, "the disk is full", true, null)
        }
        return store.commit(lease, batch)
    }
}
