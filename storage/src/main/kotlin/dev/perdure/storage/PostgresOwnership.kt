package dev.perdure.storage

import dev.perdure.core.RunStatus
import dev.perdure.core.journal.RunRecord
import dev.perdure.core.spi.Write
import org.jetbrains.exposed.v1.jdbc.JdbcTransaction
import java.sql.PreparedStatement

/**
 * Keeps to the runs of one engine, or to runs that nobody has: a write makes these the engine's.
 *
 * The batch holds the lock of its engine's lease, without which nobody takes a run from the engine; so of runs that are only
 * appended to, it is enough to read whose they are. Rows of runs that change are locked at once and in the order of their
 * ids: two batches never wait for each other. Confined to the batch's transaction.
 */
internal class PostgresOwnership(
    private val transaction: JdbcTransaction,
    private val epoch: Long,
) : Ownership {
    /**
     * A run that waits is nobody's, and neither is one that no engine has taken up yet. A paused one is its engine's: bodies of
     * it may still run there.
     */
    override val rows = PostgresRows(transaction) { if (it.isTerminal || it in FREE) null else epoch }
    private val inserted = HashSet<String>()

    override fun begin(batch: List<Write>): Set<String> {
        val changed = batch.flatMapTo(sortedSetOf()) { changedBy(it) }
        val appended = batch.filterIsInstance<Write.Append>().mapTo(sortedSetOf()) { it.runId() }
        val owners = HashMap<String, Long?>()
        read("lock runs", LOCKED_OWNERS, changed, owners)
        read("look at runs", OWNERS, appended - changed, owners)
        inserted += rows.insert(newIn(batch, owners.keys))
        val updated = batch.filter { it is Write.Append && it.update() != null }.mapTo(HashSet()) { it.runId() }
        adopt(appended.filter { it !in updated && it in owners && owners[it] == null }, owners)
        return owners.filterValues { it != null && it != epoch }.keys
    }

    /** The runs that are started before anything else is written about them, and for which no dedup key has to be looked at. */
    private fun newIn(
        batch: List<Write>,
        found: Set<String>,
    ): List<RunRecord> {
        val seen = found.toHashSet()
        return batch
            .filter { seen.add(it.runId()) }
            .mapNotNull { (it as? Write.StartRun)?.run() }
            .filter { it.placement().dedupKey() == null }
    }

    /** The runs whose own rows, or signals, a write changes. */
    private fun changedBy(write: Write): List<String> =
        when (write) {
            is Write.Append -> {
                listOfNotNull(write.runId().takeIf { write.update() != null }, write.wakes())
            }

            is Write.StartRun, is Write.ImportRun, is Write.Signal, is Write.Reset, is Write.Purge,
            is Write.Withdraw,
            -> {
                listOf(write.runId())
            }

            is Write.SaveSchedule, is Write.MoveSchedule, is Write.DropSchedule, is Write.SaveDefinition,
            is Write.SaveQueue,
            -> {
                emptyList()
            }
        }

    private fun adopt(
        runIds: List<String>,
        owners: MutableMap<String, Long?>,
    ) {
        if (runIds.isEmpty()) {
            return
        }
        val update = kept("adopt runs", "UPDATE runs SET owner = ? WHERE id = ANY (?) AND owner IS NULL")
        update.setLong(1, epoch)
        update.setTexts(2, runIds)
        if (update.executeUpdate() < runIds.size) {
            read("look at runs", OWNERS, runIds, owners)
        }
    }

    private fun read(
        name: String,
        sql: String,
        runIds: Collection<String>,
        owners: MutableMap<String, Long?>,
    ) {
        if (runIds.isEmpty()) {
            return
        }
        val select = kept(name, sql)
        select.setTexts(1, runIds)
        select.executeQuery().use { found ->
            while (found.next()) {
                owners[found.getString(1)] = found.getLong(2).takeUnless { found.wasNull() }
            }
        }
    }

    private fun kept(
        name: String,
        sql: String,
    ): PreparedStatement = transaction.held.kept(name) { sql }

    private fun PreparedStatement.setTexts(
        at: Int,
        texts: Collection<String>,
    ) = setArray(at, transaction.held.driver.createArrayOf("text", texts.toTypedArray()))

    /** Another engine may be starting a run with this id right now: whoever commits first has it. */
    override fun insert(run: RunRecord): Boolean = inserted.remove(run.id()) || rows.insert(listOf(run)).isNotEmpty()

    private companion object {
        /**
         * One look at the index for each, in the order of ids. Other forms make one plan for all lists; from when the table was small,
         * that reads all of it, and is kept.
         */
        fun owners(lock: String) =
            "SELECT run.id, run.owner FROM " +
                "(SELECT id FROM unnest(?::text[]) AS all_ids(id) ORDER BY id COLLATE \"C\") AS asked " +
                "CROSS JOIN LATERAL (SELECT id, owner FROM runs WHERE runs.id = asked.id LIMIT 1$lock) AS run"

        val OWNERS = owners("")
        val LOCKED_OWNERS = owners(" FOR NO KEY UPDATE")
        val FREE = setOf(RunStatus.PENDING, RunStatus.WAITING)
    }
}
