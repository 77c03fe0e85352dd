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
 * Writes rows by statements that are prepared once for a connection: to describe these anew each time costs more than SQLite takes
 * to carry them out. Rows of journals are kept back, since the driver runs a batch of them faster.
 */
internal class SqliteRows(
    private val transaction: JdbcTransaction,
) : RowWriter {
    private val runs = transaction.identity(Runs)
    private val id = transaction.identity(Runs.id)
    private val append = kept("append") { insertSql(Steps, appended.map { it.first }) }
    private val supersede = kept("supersede") { supersedeSql() }
    private var toAppend = 0
    private var toSupersede = 0

    /** Adds a run; false where there is one with its id, be it one that was reset, or with its dedup key. */
    fun insert(run: RunRecord): Boolean {
        val insert = kept("insert run") { insertSql(Runs, RunColumns + Runs.id) }
        return insert.bound(run.columnValues() + run.id()).executeUpdate() == 1
    }

    private fun insertSql(
        table: Table,
        columns: List<Column<*>>,
    ): String =
        transaction.insertNewSql(table, columns, columns.joinToString(prefix = "VALUES (", postfix = ")") { "?" })

    override fun replace(run: RunRecord) {
        val update =
            kept("replace run") { "UPDATE $runs SET ${transaction.assignments(RunColumns)} WHERE $id = ?" }
        update.bound(run.columnValues() + run.id()).executeUpdate()
    }

    override fun update(
        runId: String,
        change: RunUpdate,
    ) {
        val context = if (change.context() == null) emptyList() else listOf(change.context(), change.contextSeq())
        val isEnd = change.status().isTerminal
        val update = kept("update run ${context.isNotEmpty()} $isEnd") { updateSql(context.isNotEmpty(), isEnd) }
        update.bound(updated.map { (_, value) -> value(change) } + change.wakeAt() + context + runId).executeUpdate()
    }

    /** Who updates a run that waits has taken it up. One that ends is woken no more, and gives up its dedup key. */
    private fun updateSql(
        hasContext: Boolean,
        isEnd: Boolean,
    ): String {
        val (status, wake) = listOf(Runs.status, Runs.wakeAt).map(transaction::identity)
        val isNotWokenEarly = "$status = '${RunStatus.WAITING}' OR $wake IS NULL OR $wake <> 0"
        val assigned =
            listOfNotNull(
                transaction.assignments(updated.map { it.first }),
                if (isEnd) "$wake = ?" else "$wake = CASE WHEN $isNotWokenEarly THEN ? ELSE $wake END",
                transaction.assignments(listOf(Runs.context, Runs.contextSeq)).takeIf { hasContext },
                "${transaction.identity(Runs.dedupKey)} = NULL".takeIf { isEnd },
            )
        return "UPDATE $runs SET ${assigned.joinToString()} WHERE $id = ?"
    }

    override fun wake(runId: String) {
        kept("wake run") {
            "UPDATE $runs SET ${transaction.identity(Runs.wakeAt)} = 0 WHERE $id = ? AND ${OpenRuns.text}"
        }.bound(listOf(runId)).executeUpdate()
    }

    override fun append(
        runId: String,
        row: Row,
    ) {
        append.bound(appended.map { (_, value) -> value(runId, row) }).addBatch()
        toAppend++
    }

    override fun supersede(
        runId: String,
        seq: Long,
    ) {
        supersede.bound(listOf(runId, seq)).addBatch()
        toSupersede++
    }

    private fun supersedeSql(): String {
        val (runId, seq) = listOf(Steps.runId, Steps.seq).map(transaction::identity)
        return "DELETE FROM ${transaction.identity(Steps)} WHERE $runId = ? AND $seq = ?"
    }

    /** A row may be appended and superseded in one batch, but never the other way round. */
    override fun flush() {
        if (toAppend > 0) {
            append.executeBatch()
        }
        if (toSupersede > 0) {
            supersede.executeBatch()
        }
        toAppend = 0
        toSupersede = 0
    }

    private fun PreparedStatement.bound(values: List<Any?>): PreparedStatement =
        also { values.forEachIndexed { index, value -> setObject(index + 1, value) } }

    private fun kept(
        name: String,
        sql: () -> String,
    ): PreparedStatement = transaction.held.kept(name, sql)
}
