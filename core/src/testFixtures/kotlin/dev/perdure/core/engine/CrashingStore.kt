package dev.perdure.core.engine

import dev.perdure.core.ErrorCode
import dev.perdure.core.spi.Lease
import dev.perdure.core.spi.Store
import dev.perdure.core.spi.StoreException
import dev.perdure.core.spi.Write
import dev.perdure.core.spi.WriteResult
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit

/** When a [CrashingStore] crashes: asked for each batch, before it is committed. */
fun interface CrashPoint {
    fun strikes(batch: List<Write>): Boolean
}

/**
 * A store that, from one commit on, takes nothing any more, as if the process had died there: the batch that [crash] names is
 * still committed when [isCommittedBefore], and its engine never learns of it.
 */
class CrashingStore(
    private val store: Store,
    private val isCommittedBefore: Boolean = true,
    private val crash: CrashPoint,
) : Store by store {
    private val crashed = CountDownLatch(1)

    override fun commit(
        lease: Lease,
        batch: List<Write>,
    ): List<WriteResult> {
        if (crashed.count == 0L) throw dead()
        if (crash.strikes(batch)) {
            if (isCommittedBefore) store.commit(lease, batch)
            crashed.countDown()
            throw dead()
        }
        return store.commit(lease, batch)
    }

    fun awaitCrash(seconds: Long = 10) = check(crashed.await(seconds, TimeUnit.SECONDS)) { "the store did not crash" }

    /** Frees what a dead process would have lost: its locks. */
    override fun close() = store.close()

    override fun release(lease: Lease) = Unit

    private fun dead() = StoreException(ErrorCode.STORE_UNAVAILABLE, "the process is dead", false, null)

    companion object {
        /** Crashes at the commit that records an outcome of [path]. */
        fun at(path: String) =
            CrashPoint { batch ->
                batch.any { write -> write is Write.Append && write.rows().any { it.path() == path } }
            }
    }
}
