package dev.perdure.storage

import dev.perdure.core.RunStatus
import dev.perdure.core.journal.QueueRecord
import dev.perdure.core.journal.RunRecord
import dev.perdure.core.spi.Write
import dev.perdure.core.spi.WriteResult
import org.jetbrains.exposed.v1.core.and
import org.jetbrains.exposed.v1.core.eq
import org.jetbrains.exposed.v1.jdbc.JdbcTransaction
import org.jetbrains.exposed.v1.jdbc.selectAll
import org.jetbrains.exposed.v1.jdbc.upsert

/** Carries out what a batch does to queues and to runs that are held back, in [transaction]. Confined to it. */
internal class QueueWriter(
    private val transaction: JdbcTransaction,
) {
    fun save(queue: QueueRecord) {
        Queues.upsert {
            it[name] = queue.name()
            it[concurrency] = queue.concurrency()
            it[rate] = queue.rate()
            it[periodMillis] = queue.periodMillis()
            it[updatedAt] = queue.updatedAt()
        }
    }

    /** In one statement with what it asks for: an engine may be about to let the run begin. */
    fun withdraw(
        write: Write.Withdraw,
        addRows: () -> Unit,
    ): WriteResult {
        if (isWithdrawn(write)) {
            addRows()
            return WriteResult.DONE
        }
        val run = storedRun(write.runId())
        return when {
            run == null || run.status() == RunStatus.RESET -> {
                WriteResult.refused(WriteResult.Kind.UNKNOWN_RUN, null, 0)
            }

            run.isWhatCameOf(write) -> {
                WriteResult.DONE
            }

            else -> {
                WriteResult.notWithdrawn(run)
            }
        }
    }

    private fun RunRecord.isWhatCameOf(write: Write.Withdraw) =
        status() == write.update().status() && finishedAt() == write.update().finishedAt() &&
            placement().beganAt() == null

    private fun isWithdrawn(write: Write.Withdraw): Boolean {
        val update = transaction.held.kept("withdraw run") { WITHDRAW }
        val change = write.update()
        val values =
            listOf(change.status().name, change.error(), change.updatedAt(), change.finishedAt(), write.runId())
        values.forEachIndexed { index, value -> update.setObject(index + 1, value) }
        return update.executeUpdate() == 1
    }

    companion object {
        private const val WITHDRAW =
            "UPDATE runs SET status = ?, error = ?, updated_at = ?, finished_at = ?, start_at = NULL, " +
                "dedup_key = NULL WHERE id = ? AND $HELD_BACK"

        /** The run that has the dedup key of another one in its queue. */
        fun holderOfKeyOf(run: RunRecord): RunRecord? {
            val key = run.placement().dedupKey() ?: return null
            return Runs
                .selectAll()
                .where { (Runs.queue eq run.placement().queue()) and (Runs.dedupKey eq key) }
                .singleOrNull()
                ?.toRun()
        }
    }
}
