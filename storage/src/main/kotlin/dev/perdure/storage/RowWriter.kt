package dev.perdure.storage

import dev.perdure.core.journal.Row
import dev.perdure.core.journal.RunRecord
import dev.perdure.core.journal.RunUpdate
import org.jetbrains.exposed.v1.core.Column
import org.jetbrains.exposed.v1.core.Table
import org.jetbrains.exposed.v1.jdbc.JdbcTransaction

/**
 * Writes the rows of runs and of their journals. It may keep back what it is given until [flush], which has to come before anything
 * else reads or changes these rows. Confined to its transaction.
 */
internal interface RowWriter {
    /** Adds a row to a run's journal. One that is there already stays: a repeated commit meets its own rows. */
    fun append(
        runId: String,
        row: Row,
    )

    /** Removes a row that another one stands for. */
    fun supersede(
        runId: String,
        seq: Long,
    )

    /** Changes a run. One for which something came before it was recorded as one that waits stays due at once. */
    fun update(
        runId: String,
        change: RunUpdate,
    )

    /** A run is due at once, unless it has ended. */
    fun wake(runId: String)

    /** Puts another run in the place of the one with its id. */
    fun replace(run: RunRecord)

    fun flush()
}

/** The columns of a run's own row but its id, and their values, in one order. */
internal val RunColumns: List<Column<*>> = started.map { it.first }

internal fun RunRecord.columnValues(): List<Any?> = started.map { (_, value) -> value(this) }

/** An insert that passes over rows whose keys are taken. Anything else that is wrong with a row must fail, so no INSERT OR IGNORE. */
internal fun JdbcTransaction.insertNewSql(
    table: Table,
    columns: List<Column<*>>,
    source: String,
): String = "${insertSql(table, columns, source)} ON CONFLICT DO NOTHING"

internal fun JdbcTransaction.insertSql(
    table: Table,
    columns: List<Column<*>>,
    source: String,
): String = "INSERT INTO ${identity(table)} (${columns.joinToString { identity(it) }}) $source"

internal fun JdbcTransaction.assignments(columns: List<Column<*>>): String =
    columns.joinToString {
        "${identity(it)} = ?"
    }
