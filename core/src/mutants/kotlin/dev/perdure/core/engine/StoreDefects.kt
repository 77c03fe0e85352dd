package dev.perdure.core.engine

import dev.perdure.core.ErrorCode
import dev.perdure.core.RunStatus
import dev.perdure.core.journal.RunUpdate
import dev.perdure.core.spi.EngineIdentity
import dev.perdure.core.spi.Lease
import dev.perdure.core.spi.Store
import dev.perdure.core.spi.StoreException
import dev.perdure.core.spi.Write
import dev.perdure.core.spi.WriteResult

/** Acknowledges what it has not committed: each batch of rows is durable only when the next one comes. */
internal class EarlyAcknowledgement(
    private val store: Store,
) : Store by store {
    private var late: Pair<Lease, List<Write>>? = null

    @Synchronized
    override fun commit(
        lease: Lease,
        batch: List<Write>,
    ): List<WriteResult> {
        catchUp()
        if (batch.any { it !is Write.Append }) return store.commit(lease, batch)
        late = lease to batch
        return batch.map { WriteResult.DONE }
    }

    @Synchronized
    override fun release(lease: Lease) {
        catchUp()
        store.release(lease)
    }

    private fun catchUp() {
        val due = late ?: return
        late = null
        try {
            store.commit(due.first, due.second)
        } catch (_: StoreException) {
            // It was acknowledged, and nobody can be told any more.
        }
    }
}

/** Takes commits under any lease. Rows that are there stay. */
internal open class NoFence(
    private val store: Store,
) : Store by store {
    @Volatile
    private var newest: Lease? = null

    override fun acquire(engine: EngineIdentity): Lease = store.acquire(engine).also { newest = it }

    override fun commit(
        lease: Lease,
        batch: List<Write>,
    ): List<WriteResult> = store.commit(newest ?: lease, batch)
}

/** Takes commits under any lease, and puts their rows in the place of those that are there. */
internal class OverwriteOnConflict(
    store: Store,
) : NoFence(store) {
    override fun commit(
        lease: Lease,
        batch: List<Write>,
    ): List<WriteResult> = super.commit(lease, batch.map { if (it is Write.Append) overwriting(it) else it })

    private fun overwriting(write: Write.Append): Write {
        val replaced = write.superseded() + write.rows().map { it.seq() }
        return Write.Append(write.runId(), write.rows(), replaced, write.consumed(), write.update(), write.wakes())
    }
}

/** An engine whose commit was refused goes on with what it has, as if it was recorded. */
internal class LoserGoesOn(
    private val store: Store,
) : Store by store {
    override fun commit(
        lease: Lease,
        batch: List<Write>,
    ): List<WriteResult> =
        try {
            store.commit(lease, batch)
        } catch (refused: StoreException) {
            if (refused.code() != ErrorCode.OWNERSHIP_LOST) throw refused
            batch.map { WriteResult.DONE }
        }
}

/** Repeats a transaction that failed, whether or not it was committed, also where something in it has no key. */
internal class BlindRetry(
    private val store: Store,
) : Store by store {
    override fun commit(
        lease: Lease,
        batch: List<Write>,
    ): List<WriteResult> =
        try {
            store.commit(lease, batch)
        } catch (failed: StoreException) {
            val isWithoutKey = batch.any { it is Write.Signal && it.signal().dedupKey() == null }
            if (!failed.isTransient || !isWithoutKey) throw failed
            store.commit(lease, batch)
        }
}

/** Commits that a signal is gone, and then that a wait has it. */
internal class SignalApart(
    private val store: Store,
) : Store by store {
    override fun commit(
        lease: Lease,
        batch: List<Write>,
    ): List<WriteResult> {
        val consumed = batch.filterIsInstance<Write.Append>().filter { it.consumed().isNotEmpty() }
        if (consumed.isNotEmpty()) {
            val gone = consumed.map { Write.Append(it.runId(), listOf(), listOf(), it.consumed(), null, null) }
            store.commit(lease, gone)
        }
        return store.commit(lease, batch.map { if (it is Write.Append) withoutSignals(it) else it })
    }

    private fun withoutSignals(write: Write.Append) =
        Write.Append(write.runId(), write.rows(), write.superseded(), listOf(), write.update(), write.wakes())
}

/** That a run is to be cancelled is known to its engine only. */
internal class UnrecordedCancel(
    private val store: Store,
) : Store by store {
    override fun commit(
        lease: Lease,
        batch: List<Write>,
    ): List<WriteResult> = store.commit(lease, batch.map { if (it is Write.Append) withoutCancel(it) else it })

    private fun withoutCancel(write: Write.Append): Write {
        val rows = write.rows().filter { it.kind() != "cancel" }
        return Write.Append(
            write.runId(),
            rows,
            write.superseded(),
            write.consumed(),
            write.update()?.let(::notCancelling),
            write.wakes(),
        )
    }

    private fun notCancelling(update: RunUpdate): RunUpdate =
        if (update.status() == RunStatus.CANCELLING) {
            RunUpdate.toStatus(RunStatus.RUNNING, null, update.updatedAt())
        } else {
            update
        }
}
