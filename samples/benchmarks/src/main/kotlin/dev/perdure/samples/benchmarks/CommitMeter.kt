package dev.perdure.samples.benchmarks

import dev.perdure.core.journal.RunRecord
import dev.perdure.core.spi.Lease
import dev.perdure.core.spi.Store
import dev.perdure.core.spi.Write
import dev.perdure.core.spi.WriteResult
import java.util.concurrent.atomic.AtomicLong

/** Counts the commits that a store is asked for, and how long they take. */
internal class CommitMeter(private val store: Store) : Store by store {
    private val commits = AtomicLong()
    private val nanos = AtomicLong()

    override fun commit(
        lease: Lease,
        batch: List<Write>,
    ): List<WriteResult> {
        val before = System.nanoTime()
        try {
            return store.commit(lease, batch)
        } finally {
            nanos.addAndGet(System.nanoTime() - before)
            commits.incrementAndGet()
        }
    }

    fun read(): Commits = Commits(commits.get(), nanos.get())
}

/** How many commits there were, and how long they took together. */
internal data class Commits(val count: Long, val nanos: Long) {
    operator fun minus(before: Commits): Commits = Commits(count - before.count, nanos - before.nanos)
}
