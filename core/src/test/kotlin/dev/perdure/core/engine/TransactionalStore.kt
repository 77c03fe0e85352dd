package dev.perdure.core.engine

import dev.perdure.core.spi.Lease
import dev.perdure.core.spi.OpenTransaction
import dev.perdure.core.spi.Store
import dev.perdure.core.spi.Transactions
import dev.perdure.core.spi.Write
import dev.perdure.core.spi.WriteResult
import java.time.Duration

/** How far a transaction of a [TransactionalStore] has come. */
enum class TransactionStage {
    /** It has not begun. */
    BEFORE,

    /** Its body has returned, and nothing is durable. */
    DONE,

    /** All of it is durable, and nobody knows. */
    DURABLE,
}

/**
 * A store in memory that runs bodies in transactions: what they are to be recorded with is committed as one batch, or not at
 * all. [at] hears of each stage, and may throw what the store fails with there; [atCommit] of each batch beside, and
 * [aborted] of a body that is not waited for any more.
 */
class TransactionalStore(
    private val store: Store,
    private val isExclusive: Boolean = true,
    private val atCommit: (List<Write>) -> Unit = {},
    private val written: (List<WriteResult>) -> List<WriteResult> = { it },
    private val aborted: () -> Unit = {},
    private val at: (TransactionStage) -> Unit = {},
) : Store by store {
    override fun commit(
        lease: Lease,
        batch: List<Write>,
    ): List<WriteResult> {
        atCommit(batch)
        return store.commit(lease, batch)
    }

    override fun transactions(): Transactions =
        object : Transactions {
            override fun isExclusive() = this@TransactionalStore.isExclusive

            override fun run(
                lease: Lease,
                limit: Duration,
                work: Transactions.Work,
            ) {
                at(TransactionStage.BEFORE)
                val batch = work.body(NothingOpen())
                at(TransactionStage.DONE)
                work.written(written(batch.map { WriteResult.DONE }))
                store.commit(lease, batch)
                at(TransactionStage.DURABLE)
            }
        }

    private inner class NothingOpen : OpenTransaction {
        override fun <T : Any> unwrap(type: Class<T>): T = error("there is no database")

        override fun close() = Unit

        override fun cancel() = Unit

        override fun abort() = aborted()
    }
}
