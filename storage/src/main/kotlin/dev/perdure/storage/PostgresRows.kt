package dev.perdure.storage

import dev.perdure.core.RunStatus
import dev.perdure.core.journal.Row
import dev.perdure.core.journal.RunRecord
import dev.perdure.core.journal.RunUpdate
import org.jetbrains.exposed.v1.core.Column
import org.jetbrains.exposed.v1.core.Table
import org.jetbrains.exposed.v1.jdbc.JdbcTransaction
import java.sql.PreparedStatement

/**
 * Sends all new rows of one kind by one statement, which takes an array for each column, and all changes by one batch: what costs is
 * above all how often the server is asked. Changes are not joined with an array, since a plan for that from when the tables were
 * small would be kept and read them whole.
 *
 * @param ownerOf who is to have a run of a status
 */
internal class PostgresRows(
    private val transaction: JdbcTransaction,
    private val ownerOf: (RunStatus) -> Long?,
) : RowWriter {
    private val toAppend = ArrayList<List<Any?>>()
    private val changes = LinkedHashMap<String, PreparedStatement>()

    /** Adds those of the runs whose ids and dedup keys nobody has yet, of equal ones the first, and returns their ids. */
    fun insert(runs: List<RunRecord>): List<String> {
        if (runs.isEmpty()) {
            return emptyList()
        }
        val columns = RunColumns + OwnedRuns.owner + Runs.id
        val insert = transaction.held.kept("insert runs") { insertSql(Runs, columns) + " RETURNING id" }
        return insert.bound(columns, runs.sortedBy { it.id() }.map { rowOf(it) }).texts()
    }

    private fun insertSql(
        table: Table,
        columns: List<Column<*>>,
    ): String = transaction.insertNewSql(table, columns, "SELECT * FROM ${unnest(columns)}")

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
        toAppend += appended.map { (_, value) -> value(runId, row) }
    }

    override fun supersede(
        runId: String,
        seq: Long,
    ): Unit = change(SUPERSEDE, listOf(runId, seq)) { "DELETE FROM steps WHERE run_id = ? AND seq = ?" }

    /** The context stays where there is no new one; a run that ends gives up its dedup key. In one statement, so that changes of one run keep their order. */
    override fun update(
        runId: String,
        change: RunUpdate,
    ) {
        val contextSeq = if (change.context() == null) null else change.contextSeq()
        val values =
            updated.map { (_, value) -> value(change) } +
                listOf(ownerOf(change.status()), change.wakeAt(), change.context(), contextSeq) +
                listOf(change.status().isTerminal, runId)
        change(UPDATE, values) {
            "UPDATE runs SET ${transaction.assignments(updated.map { it.first } + OwnedRuns.owner)}, " +
                "wake_at = CASE WHEN wake_at IS NULL OR wake_at <> 0 THEN ? ELSE wake_at END, " +
                "context = coalesce(?, context), context_seq = coalesce(?, context_seq), " +
                "dedup_key = CASE WHEN ? THEN NULL ELSE dedup_key END WHERE id = ?"
        }
    }

    override fun wake(runId: String): Unit =
        change(WAKE, listOf(runId)) { "UPDATE runs SET wake_at = 0 WHERE id = ? AND ${OpenRuns.text}" }

    private fun change(
        name: String,
        values: List<Any?>,
        sql: () -> String,
    ) {
        val statement = changes.getOrPut(name) { transaction.held.kept(name, sql) }
        values.forEachIndexed { index, value -> statement.setObject(index + 1, value) }
        statement.addBatch()
    }

    /** A row may be appended and superseded in one batch, and a run updated and woken; the other way round makes no difference. */
    override fun flush() {
        if (toAppend.isNotEmpty()) {
            val columns = appended.map { it.first }
            transaction.held
                .kept("append") { insertSql(Steps, columns) }
                .bound(columns, toAppend)
                .executeUpdate()
            toAppend.clear()
        }
        listOf(SUPERSEDE, UPDATE, WAKE).forEach { changes.remove(it)?.executeBatch() }
    }

    private fun PreparedStatement.bound(
        columns: List<Column<*>>,
        rows: List<List<Any?>>,
    ): PreparedStatement =
        also {
            columns.forEachIndexed { index, column ->
                val values = Array(rows.size) { rows[it][index] }
                setArray(index + 1, transaction.held.driver.createArrayOf(elementType(column), values))
            }
        }

    private companion object {
        const val SUPERSEDE = "supersede"
        const val UPDATE = "update run"
        const val WAKE = "wake run"
    }
}

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
