package dev.perdure.storage

import dev.perdure.core.RunStatus
import dev.perdure.core.journal.RunRecord
import dev.perdure.core.journal.RunUpdate
import org.jetbrains.exposed.v1.core.Column
import org.jetbrains.exposed.v1.jdbc.JdbcTransaction
import java.sql.PreparedStatement

/**
 * Writes the runs' own rows, by statements that are prepared once for a connection: each run is one insert and one update at
 * least, and to describe these anew each time costs more than SQLite takes to carry them out. Confined to its transaction.
 *
 * @param owner where it is recorded who has a run; null where that is nowhere
 * @param ownerOf who is to have a run of a status
 */
internal class RunStatements(
    private val transaction: JdbcTransaction,
    private val owner: Column<Long?>? = null,
    private val ownerOf: (RunStatus) -> Long? = { null },
) {
    private val runs = transaction.identity(Runs)
    private val id = transaction.identity(Runs.id)

    /** Whether there is a row with this id, be it of a run that was reset. */
    fun exists(runId: String): Boolean {
        val select = kept("find run") { "SELECT 1 FROM $runs WHERE $id = ?" }
        select.setString(1, runId)
        return select.executeQuery().use { it.next() }
    }

    /** Adds a run; false where [mayExist], and it does, or one that has its dedup key. */
    fun insert(
        run: RunRecord,
        mayExist: Boolean,
    ): Boolean {
        val insert = kept("insert run $mayExist") { insertSql(mayExist) }
        val last = bind(insert, run)
        insert.setString(last + 1, run.id())
        return insert.executeUpdate() == 1
    }

    private fun insertSql(mayExist: Boolean): String {
        val columns = written() + id
        val values = columns.joinToString { "?" }
        val otherwise = if (mayExist) " ON CONFLICT DO NOTHING" else ""
        return "INSERT INTO $runs (${columns.joinToString()}) VALUES ($values)$otherwise"
    }

    /** Puts another run in the place of the one with its id. */
    fun replace(run: RunRecord) {
        val update =
            kept("replace run") { "UPDATE $runs SET ${written().joinToString { "$it = ?" }} WHERE $id = ?" }
        val last = bind(update, run)
        update.setString(last + 1, run.id())
        update.executeUpdate()
    }

    private fun written(): List<String> = (started.map { it.first } + listOfNotNull(owner)).map(transaction::identity)

    private fun bind(
        statement: PreparedStatement,
        run: RunRecord,
    ): Int {
        started.forEachIndexed { index, (_, value) -> statement.setObject(index + 1, value(run)) }
        if (owner != null) {
            statement.setObject(started.size + 1, ownerOf(run.status()))
        }
        return started.size + if (owner == null) 0 else 1
    }

    /** Changes a run. One for which something came before it was recorded as one that waits stays due at once. */
    fun update(
        runId: String,
        change: RunUpdate,
    ) {
        val hasContext = change.context() != null
        val isEnd = change.status().isTerminal
        val update = kept("update run $hasContext $isEnd") { updateSql(hasContext, isEnd) }
        val values =
            buildList {
                add(change.status().name)
                add(change.output())
                add(change.error())
                add(change.updatedAt())
                add(change.finishedAt())
                add(change.wakeAt())
                if (owner != null) add(ownerOf(change.status()))
                if (hasContext) addAll(listOf(change.context(), change.contextSeq()))
                add(runId)
            }
        values.forEachIndexed { index, value -> update.setObject(index + 1, value) }
        update.executeUpdate()
    }

    /** A run that ends gives up its dedup key. */
    private fun updateSql(
        hasContext: Boolean,
        isEnd: Boolean,
    ): String {
        val plain = listOf(Runs.status, Runs.output, Runs.error, Runs.updatedAt, Runs.finishedAt)
        val status = transaction.identity(Runs.status)
        val wake = transaction.identity(Runs.wakeAt)
        // With one owner, who updates a run that waits has taken it up. Among several, a claim has made it RUNNING.
        val isTakenUp = if (owner == null) "$status = '${RunStatus.WAITING}' OR " else ""
        val isNotWokenEarly = "$isTakenUp$wake IS NULL OR $wake <> 0"
        val rest = listOfNotNull(owner) + if (hasContext) listOf(Runs.context, Runs.contextSeq) else emptyList()
        val assigned =
            plain.map { "${transaction.identity(it)} = ?" } +
                "$wake = CASE WHEN $isNotWokenEarly THEN ? ELSE $wake END" +
                rest.map { "${transaction.identity(it)} = ?" } +
                if (isEnd) listOf("${transaction.identity(Runs.dedupKey)} = NULL") else emptyList()
        return "UPDATE $runs SET ${assigned.joinToString()} WHERE $id = ?"
    }

    private fun kept(
        name: String,
        sql: () -> String,
    ): PreparedStatement = transaction.held.kept(name, sql)
}
