package dev.perdure.storage

import dev.perdure.core.spi.Lease
import dev.perdure.core.spi.Store
import dev.perdure.core.spi.Write
import dev.perdure.core.spi.WriteResult
import java.util.concurrent.atomic.AtomicInteger

/** A store at whose n-th commit something happens to the process, before or after it is done; at number 0, nothing does. */
internal class InterruptedStore(
    private val store: Store,
    private val at: Int,
    private val isAfter: Boolean,
    private val happens: () -> Unit,
) : Store by store {
    private val commits = AtomicInteger()

    override fun commit(
        lease: Lease,
        batch: List<Write>,
    ): List<WriteResult> {
        val isLast = commits.incrementAndGet() == at
        if (isLast && !isAfter) happens()
        val answer = store.commit(lease, batch)
        if (isLast && isAfter) happens()
        return answer
    }
}
