package dev.perdure.storage

import dev.perdure.core.RunStatus
import dev.perdure.core.spi.Write
import dev.perdure.core.spi.WriteResult
import org.jetbrains.exposed.v1.core.and
import org.jetbrains.exposed.v1.core.count
import org.jetbrains.exposed.v1.core.eq
import org.jetbrains.exposed.v1.core.inList
import org.jetbrains.exposed.v1.core.isNull
import org.jetbrains.exposed.v1.core.max
import org.jetbrains.exposed.v1.jdbc.insert
import org.jetbrains.exposed.v1.jdbc.select
import org.jetbrains.exposed.v1.jdbc.selectAll
import org.jetbrains.exposed.v1.jdbc.update

/** Carries out what a batch does to signals, in the transaction that is open. Stateless. */
internal class SignalWriter {
    fun add(write: Write.Signal): WriteResult {
        val run =
            Runs
                .selectAll()
                .where { Runs.id eq write.runId() }
                .singleOrNull()
                ?.toRun()
        if (run == null || run.status() == RunStatus.RESET) {
            return WriteResult.refused(WriteResult.Kind.UNKNOWN_RUN, null, 0)
        }
        if (run.status().isTerminal) {
            return WriteResult.refused(WriteResult.Kind.ENDED, run, 0)
        }
        same(write)?.let { return WriteResult.refused(WriteResult.Kind.DUPLICATE, run, it) }
        if (waiting(write.runId()) >= write.limit()) {
            return WriteResult.refused(WriteResult.Kind.FULL, run, 0)
        }
        val seq = next(write.runId())
        insert(write, seq)
        wake(write.runId())
        return WriteResult.signal(seq)
    }

    /** The signal with the same key, consumed or not. */
    private fun same(write: Write.Signal): Long? {
        val key = write.signal().dedupKey() ?: return null
        return Signals
            .select(Signals.seq)
            .where {
                (Signals.runId eq write.runId()) and (Signals.name eq write.signal().name()) and
                    (Signals.dedupKey eq key)
            }.firstOrNull()
            ?.get(Signals.seq)
    }

    private fun waiting(run: String): Long {
        val count = Signals.seq.count()
        return Signals
            .select(count)
            .where { (Signals.runId eq run) and Signals.consumedAt.isNull() }
            .single()[count]
    }

    private fun next(run: String): Long {
        val last = Signals.seq.max()
        return (Signals.select(last).where { Signals.runId eq run }.single()[last] ?: 0) + 1
    }

    private fun insert(
        write: Write.Signal,
        number: Long,
    ) {
        Signals.insert {
            it[runId] = write.runId()
            it[seq] = number
            it[name] = write.signal().name()
            it[payload] = write.signal().payload()
            it[dedupKey] = write.signal().dedupKey()
            it[createdAt] = write.signal().createdAt()
        }
    }

    /** Marks them, so that they are not read any more and their keys stay known. */
    fun consume(write: Write.Append) {
        val by = write.rows().lastOrNull()
        Signals.update({ (Signals.runId eq write.runId()) and (Signals.seq inList write.consumed()) }) {
            it[consumedAt] = by?.finishedAt() ?: 0
            it[consumedBy] = by?.path()
        }
    }

    /** A run that waits is due at once. */
    fun wake(run: String) {
        Runs.update({ (Runs.id eq run) and (Runs.status eq RunStatus.WAITING.name) }) { it[wakeAt] = 0 }
    }
}
