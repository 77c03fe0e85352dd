package dev.perdure.storage

import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import dev.perdure.core.journal.Row
import dev.perdure.core.journal.SignalRecord
import dev.perdure.core.journal.StoredSignal
import dev.perdure.core.spi.Write
import dev.perdure.core.spi.WriteResult
import org.jetbrains.exposed.v1.core.and
import org.jetbrains.exposed.v1.core.count
import org.jetbrains.exposed.v1.core.eq
import org.jetbrains.exposed.v1.core.inList
import org.jetbrains.exposed.v1.core.isNull
import org.jetbrains.exposed.v1.core.max
import org.jetbrains.exposed.v1.jdbc.batchInsert
import org.jetbrains.exposed.v1.jdbc.insert
import org.jetbrains.exposed.v1.jdbc.select
import org.jetbrains.exposed.v1.jdbc.update

/** Carries out what a batch does to signals, in the transaction that is open. Stateless. */
internal object SignalWriter {
    private val waits = setOf("signal", "approval", "callback")

    /** The run, which may be large, is read only to say that it stood in the way. */
    fun add(write: Write.Signal): WriteResult {
        val id = write.runId()
        val status = statusOf(id)
        if (status == null || status == RunStatus.RESET) {
            return WriteResult.refused(WriteResult.Kind.UNKNOWN_RUN, null, 0)
        }
        if (status.isTerminal) {
            return WriteResult.refused(WriteResult.Kind.ENDED, storedRun(id), 0)
        }
        same(id, write.signal())?.let { return WriteResult.refused(WriteResult.Kind.DUPLICATE, storedRun(id), it) }
        val last = lastOf(id)
        if (last >= write.limit() && waitingFor(id) >= write.limit()) {
            return WriteResult.refused(WriteResult.Kind.FULL, storedRun(id), 0)
        }
        insert(id, write.signal().at(last + 1))
        if (status == RunStatus.PAUSED && write.signal().isCommand) {
            Runs.update({ Runs.id eq id }) { it[Runs.status] = RunStatus.RUNNING.name }
        }
        Runs.update({ Runs.id eq id }) { it[wakeAt] = 0 }
        return WriteResult.signal(last + 1)
    }

    private fun statusOf(id: String): RunStatus? =
        Runs
            .select(Runs.id, Runs.status)
            .where { Runs.id eq id }
            .singleOrNull()
            ?.toRunStatus()

    /** The signal with the same key, consumed or not. */
    private fun same(
        id: String,
        signal: SignalRecord,
    ): Long? {
        val key = signal.dedupKey() ?: return null
        return Signals
            .select(Signals.seq)
            .where { (Signals.runId eq id) and (Signals.name eq signal.name()) and (Signals.dedupKey eq key) }
            .singleOrNull()
            ?.get(Signals.seq)
    }

    private fun lastOf(id: String): Long {
        val last = Signals.seq.max()
        return Signals.select(last).where { Signals.runId eq id }.single()[last] ?: 0
    }

    private fun waitingFor(id: String): Long {
        val count = Signals.seq.count()
        return Signals.select(count).where { (Signals.runId eq id) and Signals.consumedAt.isNull() }.single()[count]
    }

    private fun insert(
        id: String,
        signal: SignalRecord,
    ) {
        Signals.insert {
            it[runId] = id
            it[seq] = signal.seq()
            it[name] = signal.name()
            it[payload] = signal.payload()
            it[dedupKey] = signal.dedupKey()
            it[createdAt] = signal.createdAt()
        }
    }

    fun insertAll(
        id: String,
        signals: List<StoredSignal>,
    ) {
        Signals.batchInsert(signals, shouldReturnGeneratedValues = false) {
            this[Signals.runId] = id
            this[Signals.seq] = it.signal().seq()
            this[Signals.name] = it.signal().name()
            this[Signals.payload] = it.signal().payload()
            this[Signals.dedupKey] = it.signal().dedupKey()
            this[Signals.createdAt] = it.signal().createdAt()
            this[Signals.consumedAt] = it.consumedAt()
            this[Signals.consumedBy] = it.consumedBy()
        }
    }

    /** Marks them, so that they are not read any more and their keys stay known. A repeated commit marks none anew. */
    fun consume(
        write: Write.Append,
        now: Long,
    ) {
        val wait = write.rows().singleOrNull(::isConsumer)
        write.consumed().chunked(BatchWriter.MAX_PARAMETERS).forEach { seqs ->
            Signals.update({
                (Signals.runId eq write.runId()) and (Signals.seq inList seqs) and Signals.consumedAt.isNull()
            }) {
                it[consumedAt] = wait?.finishedAt() ?: now
                it[consumedBy] = wait?.path()
            }
        }
    }

    private fun isConsumer(row: Row) = row.status() == StepStatus.COMPLETED && row.kind() in waits
}
