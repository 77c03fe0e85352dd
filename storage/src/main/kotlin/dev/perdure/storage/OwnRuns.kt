package dev.perdure.storage

import dev.perdure.core.RunStatus
import dev.perdure.core.spi.Write
import dev.perdure.core.spi.WriteResult
import java.util.concurrent.ConcurrentHashMap

/**
 * Runs that are known to be a lease's from its commits, so that the next ones need not look. Nobody takes a run from a lease
 * whose row a commit holds, and only what is committed under the lease lets a run go: so what one commit saw holds until another
 * one of the same lease. A run that is not known, though the lease may have it, costs a look. Thread-safe, for commits of which no two
 * under way at once are about the same run.
 */
internal class OwnRuns {
    private val ids: MutableSet<String> = ConcurrentHashMap.newKeySet()

    /** The known ones among the batch's; those that it may let go are not known any more, whatever becomes of it. */
    fun takenFrom(batch: List<Write>): Set<String> {
        val known = batch.mapTo(HashSet()) { it.runId() }.apply { retainAll { it in ids } }
        batch.filterNot(::keeps).forEach { ids -= it.runId() }
        return known
    }

    /**
     * The batch is durable.
     *
     * @param taken those of its runs that are the lease's now, as far as it does not let them go
     */
    fun add(
        batch: List<Write>,
        results: List<WriteResult>,
        taken: Set<String>,
    ) {
        if (ids.size > MOST) {
            ids.clear()
        }
        val others = batch.indices.filterNot { results[it].isDone && keeps(batch[it]) }
        ids += taken - others.mapTo(HashSet()) { batch[it].runId() }
    }

    private fun keeps(write: Write): Boolean =
        when (write) {
            is Write.Append -> write.update()?.let { isKept(it.status()) } ?: true
            is Write.StartRun -> isKept(write.run().status())
            is Write.Signal -> true
            else -> false
        }

    companion object {
        /** As many as fit into some ten megabytes. */
        private const val MOST = 100_000

        private val FREE = setOf(RunStatus.PENDING, RunStatus.WAITING)

        /**
         * Whether a run with this status is its engine's. One that waits is nobody's, and neither is one that no engine has taken up
         * yet. A paused one is its engine's: bodies of it may still run there.
         */
        fun isKept(status: RunStatus): Boolean = !status.isTerminal && status !in FREE
    }
}
