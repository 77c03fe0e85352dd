package dev.perdure.storage

import dev.perdure.core.RunStatus
import dev.perdure.core.journal.Row
import dev.perdure.core.journal.RunRecord
import dev.perdure.core.journal.RunUpdate
import dev.perdure.core.spi.Write
import org.jetbrains.exposed.v1.core.Column
import org.jetbrains.exposed.v1.core.Table
import org.jetbrains.exposed.v1.jdbc.JdbcTransaction
import java.sql.PreparedStatement

/**
 * Sends all new rows of one kind by one statement, which takes an array for each column, and all changes by one batch: what costs is
 * above all how often the server is asked. Changes are not joined with an array, since a plan for that from when the tables were
 * small would be kept and read them whole.
 *
 * @param pieceSize as for a [RoundTrip]
 * @param ownerOf who is to have a run of a status
 */
internal class PostgresRows(
    private val transaction: JdbcTransaction,
    private val pieceSize: Int,
    private val ownerOf: (RunStatus) -> Long?,
) : RowWriter {
    private val toAppend = ArrayList<List<Any?>>()
    private val changes = LinkedHashMap<String, Changes>()

    private class Changes(
        val sql: String,
    ) {
        /** The values for each run, by its id. */
        val values = ArrayList<Pair<String, List<Any?>>>()
    }

    /** The runs whose rows were written ahead of everything else. */
    var ahead: Set<String> = emptySet()
        private set

    private val updatedAhead = HashSet<String>()

    /** Adds those of the runs whose ids and dedup keys nobody has yet, of equal ones the first, and tells their ids. */
    fun RoundTrip.insert(
        runs: List<RunRecord>,
        inserted: (String) -> Unit,
    ) {
        if (runs.isNotEmpty()) {
            val columns = insertedColumns
            val sql = {
                transaction.insertNewSql(Runs, columns, "SELECT * FROM ${unnest(columns)}") + " RETURNING id"
            }
            ask(
                INSERT,
                transaction.held.text(INSERT, sql),
                arrays(columns, runs.sortedBy { it.id() }.map { rowOf(it) }),
            ) {
                inserted(it.getString(1))
            }
        }
    }

    /** Writes the rows of runs that are known to be the engine's. Fails if one of the rows is there already. */
    fun RoundTrip.appendKnown(writes: List<Write.Append>) {
        val rows = valuesOf(writes)
        if (rows.isNotEmpty()) {
            val sql =
                transaction.held.text(APPEND_KNOWN) { transaction.insertSql(Steps, appendedColumns, everyRow()) }
            change(APPEND_KNOWN, sql, arrays(appendedColumns, rows)) {}
            ahead = ahead + idsOf(writes)
        }
    }

    /** Updates runs that are known to be the engine's, if they are few: each number of them is a statement of its own. */
    fun RoundTrip.updateKnown(writes: List<Write.Append>) {
        val updates = writes.mapNotNull { write -> write.update()?.let { write.runId() to it } }
        if (updates.size <= MOST_AHEAD && updates.distinctBy { it.first }.size == updates.size) {
            val sql = transaction.held.text(UPDATE) { updateSql() }
            updates.sortedBy { it.first }.forEach { (runId, change) ->
                change(UPDATE, sql, valuesOf(runId, change)) {}
                updatedAhead += runId
            }
        }
    }

    private fun valuesOf(writes: List<Write.Append>): List<List<Any?>> =
        writes.flatMap { write -> write.rows().map { valuesOf(write.runId(), it) } }

    private fun idsOf(writes: List<Write.Append>): Set<String> =
        writes.filter { it.rows().isNotEmpty() }.mapTo(HashSet()) { it.runId() }

    private fun everyRow() = "SELECT * FROM ${unnest(appendedColumns)}"

    /** Writes the rows of the runs that are [epoch]'s; if all are, they are [ahead]. Else it is as if nothing had been written. */
    fun RoundTrip.appendAhead(
        writes: List<Write.Append>,
        epoch: Long,
    ) {
        val rows = valuesOf(writes)
        if (rows.isNotEmpty()) {
            val sql = transaction.held.text(APPEND_AHEAD) { appendOwnSql() }
            change(APPEND_AHEAD, sql, arrays(appendedColumns, rows) + epoch) { written ->
                if (written == rows.size) {
                    ahead = ahead + idsOf(writes)
                }
            }
        }
    }

    private fun appendOwnSql(): String {
        val names = appendedColumns.joinToString { transaction.identity(it) }
        return transaction.insertNewSql(
            Steps,
            appendedColumns,
            "SELECT added.* FROM ${unnest(appendedColumns)} AS added($names) CROSS JOIN LATERAL " +
                "(SELECT 1 FROM runs WHERE runs.id = added.${transaction.identity(
                    Steps.runId,
                )} AND runs.owner = ? LIMIT 1) AS own",
        )
    }

    private fun rowOf(run: RunRecord) = run.columnValues() + ownerOf(run.status()) + run.id()

    override fun replace(run: RunRecord) {
        val update =
            transaction.held.kept("replace run") {
                "UPDATE runs SET ${transaction.assignments(RunColumns + OwnedRuns.owner)} WHERE id = ?"
            }
        rowOf(run).forEachIndexed { index, value -> update.setObject(index + 1, value) }
        update.executeUpdate()
    }

    override fun append(
        runId: String,
        row: Row,
    ) {
        if (runId !in ahead) {
            toAppend += valuesOf(runId, row)
        }
    }

    override fun supersede(
        runId: String,
        seq: Long,
    ): Unit = change(SUPERSEDE, runId, listOf(runId, seq)) { "DELETE FROM steps WHERE run_id = ? AND seq = ?" }

    override fun update(
        runId: String,
        change: RunUpdate,
    ) {
        if (runId !in updatedAhead) {
            change(UPDATE, runId, valuesOf(runId, change)) { transaction.held.text(UPDATE) { updateSql() } }
        }
    }

    /**
     * The context stays where there is no new one; a run that ends is woken no more, and gives up its dedup key. In one statement, so
     * that changes of one run keep their order.
     */
    private fun updateSql() =
        "UPDATE runs SET ${transaction.assignments(updated.map { it.first } + OwnedRuns.owner)}, " +
            "wake_at = CASE WHEN ? OR wake_at IS NULL OR wake_at <> 0 THEN ? ELSE wake_at END, " +
            "context = coalesce(?, context), context_seq = coalesce(?, context_seq), " +
            "dedup_key = CASE WHEN ? THEN NULL ELSE dedup_key END WHERE id = ?"

    private fun valuesOf(
        runId: String,
        change: RunUpdate,
    ): List<Any?> {
        val contextSeq = if (change.context() == null) null else change.contextSeq()
        val isEnd = change.status().isTerminal
        return updated.map { (_, value) -> value(change) } +
            listOf(ownerOf(change.status()), isEnd, change.wakeAt(), change.context(), contextSeq, isEnd, runId)
    }

    override fun wake(runId: String): Unit =
        change(WAKE, runId, listOf(runId)) { "UPDATE runs SET wake_at = 0 WHERE id = ? AND ${OpenRuns.text}" }

    private fun change(
        name: String,
        runId: String,
        values: List<Any?>,
        sql: () -> String,
    ) {
        changes.getOrPut(name) { Changes(sql()) }.values.add(runId to values)
    }

    /** In the order of the runs' ids, and in batches of one piece each, for the reason that a [RoundTrip] has. */
    private fun carryOut(
        name: String,
        all: Changes,
    ) {
        val statement = transaction.held.kept(name) { all.sql }
        var size = 0
        all.values.sortedBy { (runId, _) -> runId }.forEach { (_, values) ->
            val more = all.sql.length + values.sumOf { RoundTrip.sizeOf(it) }
            if (size > 0 && size + more > pieceSize) {
                statement.executeBatch()
                size = 0
            }
            values.forEachIndexed { index, value -> statement.setObject(index + 1, value) }
            statement.addBatch()
            size += more
        }
        statement.executeBatch()
    }

    /** A row may be appended and superseded in one batch, and a run updated and woken; the other way round makes no difference. */
    override fun flush() {
        if (toAppend.isNotEmpty()) {
            val sql = transaction.insertNewSql(Steps, appendedColumns, everyRow())
            RoundTrip(transaction, pieceSize)
                .apply {
                    change("append", sql, arrays(appendedColumns, toAppend)) {
                        // A repeated batch meets its own rows.
                    }
                }.make()
            toAppend.clear()
        }
        listOf(SUPERSEDE, UPDATE, WAKE).forEach { name -> changes.remove(name)?.let { carryOut(name, it) } }
    }

    private fun RoundTrip.arrays(
        columns: List<Column<*>>,
        rows: List<List<Any?>>,
    ): List<Any> = columns.mapIndexed { index, column -> elements(elementType(column), rows.map { it[index] }) }

    private companion object {
        const val INSERT = "insert runs"
        const val APPEND_KNOWN = "append known"
        const val APPEND_AHEAD = "append ahead"
        const val SUPERSEDE = "supersede"
        const val UPDATE = "update run"
        const val WAKE = "wake run"
        const val MOST_AHEAD = 4
    }
}

private val insertedColumns = RunColumns + OwnedRuns.owner + Runs.id
private val appendedColumns = appended.map { it.first }

private fun valuesOf(
    runId: String,
    row: Row,
): List<Any?> = appended.map { (_, value) -> value(runId, row) }

private fun unnest(columns: List<Column<*>>) =
    columns.joinToString(prefix = "unnest(", postfix = ")") {
        "?::${elementType(it)}[]"
    }

/** Without a collation, which a parameter has none of. */
private fun elementType(column: Column<*>): String =
    column.columnType
        .sqlType()
        .substringBefore(' ')
        .lowercase()

/** The texts in the first column of what the statement returns. */
internal fun PreparedStatement.texts(): List<String> =
    executeQuery().use { found -> generateSequence { if (found.next()) found.getString(1) else null }.toList() }
