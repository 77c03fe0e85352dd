package dev.perdure.storage

import dev.perdure.core.RunStatus
import dev.perdure.core.journal.Row
import dev.perdure.core.journal.RunRecord
import dev.perdure.core.journal.RunUpdate
import org.jetbrains.exposed.v1.core.Column
import org.jetbrains.exposed.v1.jdbc.JdbcTransaction
import java.sql.PreparedStatement

/**
 * Writes all rows of one kind by one statement, which takes an array for each column: what a batch costs is above all how often the
 * server is asked.
 *
 * @param ownerOf who is to have a run of a status
 */
internal class PostgresRows(
    private val transaction: JdbcTransaction,
    private val ownerOf: (RunStatus) -> Long?,
) : RowWriter {
    private val toAppend = ArrayList<List<Any?>>()
    private val toSupersede = ArrayList<List<Any?>>()
    private val toUpdate = LinkedHashMap<String, List<Any?>>()
    private val toWake = LinkedHashSet<String>()

    /** Adds those of the runs that there are none of yet, of equal ones the first, and returns their ids. */
    fun insert(runs: List<RunRecord>): List<String> {
        if (runs.isEmpty()) {
            return emptyList()
        }
        val columns = RunColumns + OwnedRuns.owner + Runs.id
        val insert =
            prepared("insert runs", columns, runs.sortedBy { it.id() }.map { rowOf(it) }) {
                transaction.insertNewSql(Runs, columns, "SELECT * FROM ${unnest(columns)}") + " RETURNING id"
            }
        return insert.texts()
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
        toAppend += appended.map { (_, value) -> value(runId, row) }
    }

    override fun supersede(
        runId: String,
        seq: Long,
    ) {
        toSupersede += listOf(runId, seq)
    }

    override fun update(
        runId: String,
        change: RunUpdate,
    ) {
        if (runId in toUpdate) {
            flush()
        }
        val contextSeq = if (change.context() == null) null else change.contextSeq()
        toUpdate[runId] =
            updated.map { (_, value) -> value(change) } +
            listOf(ownerOf(change.status()), change.wakeAt(), change.context(), contextSeq, runId)
    }

    override fun wake(runId: String) {
        toWake += runId
    }

    /** A row may be appended and superseded in one batch, and a run updated and woken; the other way round makes no difference. */
    override fun flush() {
        val steps = appended.map { it.first }
        send("append", steps, toAppend) {
            transaction.insertNewSql(Steps, steps, "SELECT * FROM ${unnest(steps)}")
        }
        send("supersede", StepKey, toSupersede) {
            "DELETE FROM steps USING ${unnest(StepKey)} AS old(run_id, seq) " +
                "WHERE steps.run_id = old.run_id AND steps.seq = old.seq"
        }
        send("update runs", Changed, toUpdate.values) { updateSql() }
        send("wake runs", listOf(Runs.id), toWake.map { listOf(it) }) {
            "UPDATE runs SET wake_at = 0 FROM ${unnest(listOf(Runs.id))} AS woken(id) " +
                "WHERE runs.id = woken.id AND ${OpenRuns.text}"
        }
        listOf(toAppend, toSupersede, toWake).forEach { it.clear() }
        toUpdate.clear()
    }

    private fun updateSql(): String {
        val plain = (updated.map { it.first } + OwnedRuns.owner).map { transaction.identity(it) }
        val wake = "CASE WHEN runs.wake_at IS NULL OR runs.wake_at <> 0 THEN change.wake_at ELSE runs.wake_at END"
        val kept = listOf(Runs.context, Runs.contextSeq).map { transaction.identity(it) }
        val assigned =
            plain.map { "$it = change.$it" } + "wake_at = $wake" + kept.map { "$it = coalesce(change.$it, runs.$it)" }
        val names = Changed.joinToString { transaction.identity(it) }
        return "UPDATE runs SET ${assigned.joinToString()} FROM ${unnest(Changed)} AS change($names) WHERE runs.id = change.id"
    }

    private fun send(
        name: String,
        columns: List<Column<*>>,
        rows: Collection<List<Any?>>,
        sql: () -> String,
    ) {
        if (rows.isNotEmpty()) {
            prepared(name, columns, rows, sql).executeUpdate()
        }
    }

    private fun prepared(
        name: String,
        columns: List<Column<*>>,
        rows: Collection<List<Any?>>,
        sql: () -> String,
    ): PreparedStatement {
        val statement = transaction.held.kept(name, sql)
        columns.forEachIndexed { index, column ->
            val values = arrayOfNulls<Any?>(rows.size)
            rows.forEachIndexed { row, all -> values[row] = all[index] }
            statement.setArray(index + 1, transaction.held.driver.createArrayOf(elementType(column), values))
        }
        return statement
    }

    private companion object {
        val StepKey = listOf(Steps.runId, Steps.seq)
        val Changed =
            updated.map { it.first } + OwnedRuns.owner + Runs.wakeAt + Runs.context + Runs.contextSeq + Runs.id
    }
}

private fun unnest(columns: List<Column<*>>) = columns.joinToString(prefix = "unnest(", postfix = ")") { "?::${elementType(it)}[]" }

/** Without a collation, which a parameter has none of. */
private fun elementType(column: Column<*>): String = column.columnType.sqlType().substringBefore(' ').lowercase()

/** The texts in the first column of what the statement returns. */
internal fun PreparedStatement.texts(): List<String> =
    executeQuery().use { found -> generateSequence { if (found.next()) found.getString(1) else null }.toList() }
