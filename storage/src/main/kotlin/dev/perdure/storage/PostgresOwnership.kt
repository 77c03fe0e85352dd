package dev.perdure.storage

import dev.perdure.core.journal.RunRecord
import dev.perdure.core.spi.Write
import org.jetbrains.exposed.v1.jdbc.JdbcTransaction

/**
 * Keeps to the runs of one engine, or to runs that nobody has: a write makes these the engine's.
 *
 * The batch holds the lock of its engine's lease, without which nobody takes a run from the engine; so of runs that are only
 * appended to, it is enough to see whose they are, and of [known] ones not even that is needed. Rows of runs that change are locked
 * in the order of their ids, at once or, if all are known, as they change: two batches never wait for each other. Confined to the
 * batch's transaction.
 *
 * @param pieceSize as for a [RoundTrip]
 * @param known runs that are the engine's, and of whose journals nothing is repeated
 * @param guard what has to hold before anything is written, and goes the same way
 */
internal class PostgresOwnership(
    private val transaction: JdbcTransaction,
    private val epoch: Long,
    private val pieceSize: Int,
    private val known: Set<String> = emptySet(),
    private val guard: RoundTrip.() -> Unit,
) : Ownership {
    override val rows = PostgresRows(transaction, pieceSize) { if (OwnRuns.isKept(it)) epoch else null }
    private val inserted = HashSet<String>()
    private val owners = HashMap<String, Long?>()

    /**
     * In one way to the server and back, as long as all runs are the engine's. If some row is not written there, because the run is
     * somebody else's or nobody's, or because a batch is repeated, one looks whose the runs are.
     */
    override fun begin(batch: List<Write>): Set<String> {
        val appended = batch.filterIsInstance<Write.Append>()
        val new = newIn(batch)
        val newIds = new.mapTo(HashSet()) { it.id() }
        val isFree = batch.all { isKnownOrNew(it, newIds) }
        val locked = if (isFree) emptySet() else batch.flatMapTo(sortedSetOf()) { changedBy(it) }
        val (sure, unsure) = onlyAppendedTo(batch, appended).partition { it.runId() in known }
        RoundTrip(transaction, pieceSize)
            .apply {
                guard()
                look("lock runs", LOCKED_OWNERS, locked, owners)
                with(rows) {
                    insert(new, inserted::add)
                    appendKnown(sure)
                    appendAhead(unsure, epoch)
                    if (isFree && known.none(newIds::contains)) {
                        updateKnown(sure)
                    }
                }
            }.make()
        val met = newIds - inserted - locked
        val unseen = appended.mapTo(sortedSetOf()) { it.runId() } - locked - newIds - known - rows.ahead
        RoundTrip(transaction, pieceSize)
            .apply {
                look("lock runs", LOCKED_OWNERS, met, owners)
                look("look at runs", OWNERS, unseen, owners)
            }.make()
        val updated = appended.filter { it.update() != null }.mapTo(HashSet()) { it.runId() }
        val adopted = appended.map { it.runId() }.filter { it !in updated && it in owners && owners[it] == null }
        adopt(adopted.distinct(), owners)
        return others()
    }

    private fun others(): Set<String> = owners.filterValues { it != null && it != epoch }.keys

    /** Whether all that the write changes of runs' own rows is of a run that nobody else changes but to wake it. */
    private fun isKnownOrNew(
        write: Write,
        new: Set<String>,
    ) = when (write) {
        is Write.StartRun -> {
            write.runId() in new
        }

        is Write.Append -> {
            write.wakes() == null &&
                (write.update() == null || write.runId() in known || write.runId() in new)
        }

        else -> {
            changedBy(write).isEmpty()
        }
    }

    /** The runs of the batch that become known as the engine's once it is durable, unless it lets them go. */
    fun taken(batch: List<Write>): Set<String> {
        val written =
            batch.filter { it is Write.StartRun || (it is Write.Append && it.update() != null && it.runId() in owners) }
        return rows.ahead + owners.filterValues { it == epoch }.keys + written.map { it.runId() } - others()
    }

    /** The runs that are started before anything else is written about them, and for which no dedup key has to be looked at. */
    private fun newIn(batch: List<Write>): List<RunRecord> {
        val seen = HashSet<String>()
        return batch
            .filter { seen.add(it.runId()) }
            .mapNotNull { (it as? Write.StartRun)?.run() }
            .filter { it.placement().dedupKey() == null }
    }

    /** What is written about runs that nothing else is written about: whatever comes of the rest, it can be written at once. */
    private fun onlyAppendedTo(
        batch: List<Write>,
        appended: List<Write.Append>,
    ): List<Write.Append> {
        if (appended.size == batch.size) {
            return appended
        }
        val others = batch.filterNot { it is Write.Append }.mapTo(HashSet()) { it.runId() }
        return appended.filter { it.runId() !in others }
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
        RoundTrip(transaction, pieceSize)
            .apply {
                change("adopt runs", ADOPT, listOf(epoch, texts(runIds))) {
                    // Somebody else was faster with one of them.
                }
                look("look at runs", OWNERS, runIds, owners)
            }.make()
    }

    private fun RoundTrip.look(
        name: String,
        sql: String,
        runIds: Collection<String>,
        owners: MutableMap<String, Long?>,
    ) {
        if (runIds.isNotEmpty()) {
            ask(name, sql, listOf(texts(runIds))) { found ->
                owners[found.getString(1)] = found.getLong(2).takeUnless { found.wasNull() }
            }
        }
    }

    /** Another engine may be starting a run with this id right now: whoever commits first has it. */
    override fun insert(run: RunRecord): Boolean {
        if (run.id() !in inserted) {
            RoundTrip(transaction, pieceSize).apply { with(rows) { insert(listOf(run), inserted::add) } }.make()
        }
        return inserted.remove(run.id())
    }

    private companion object {
        const val ADOPT = "UPDATE runs SET owner = ? WHERE id = ANY (?) AND owner IS NULL"

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
    }
}
