package dev.perdure.storage

import org.jetbrains.exposed.v1.core.Column
import org.jetbrains.exposed.v1.core.Index
import org.jetbrains.exposed.v1.core.Table
import org.jetbrains.exposed.v1.core.isNotNull
import org.jetbrains.exposed.v1.core.isNull
import org.jetbrains.exposed.v1.jdbc.JdbcTransaction
import org.jetbrains.exposed.v1.jdbc.select
import org.jetbrains.exposed.v1.jdbc.selectAll
import java.util.zip.CRC32C

/**
 * One step of the schema, up and down. What it does must never change once it is released. Immutable.
 *
 * @property up the statements that take the schema from the version before to [version]
 * @property down the statements that take it back
 * @property obstacle why [down] must not run, as it would lose data; null when it may
 */
internal class Migration(
    val version: Int,
    val name: String,
    val up: JdbcTransaction.() -> List<String>,
    val down: JdbcTransaction.() -> List<String>,
    val obstacle: JdbcTransaction.() -> String? = { null },
) {
    /** Over the statements, so that a schema that was made by other ones is noticed. */
    fun checksum(transaction: JdbcTransaction): Long =
        CRC32C().apply { transaction.up().forEach { update(it.toByteArray()) } }.value
}

/** All versions of the schema, in order. */
internal val migrations: List<Migration> =
    listOf(baseTables(), monitoringColumns(), waitingRuns(), definitionTexts(4), fewerIndexes(5), queues(6))

internal fun baseTables(): Migration {
    val tables = listOf(BaseRuns(), BaseSteps(), BaseEngines(), BaseSignals(), BaseSchedules())
    return Migration(
        version = 1,
        name = "base tables",
        up = { tables.flatMap { it.creation() } },
        down = { tables.reversed().map { "DROP TABLE ${identity(it)}" } },
        obstacle = {
            val lost = listOf(BaseRuns(), BaseSchedules()).filterNot { it.selectAll().limit(1).empty() }
            if (lost.isEmpty()) null else "it would delete the ${lost.first().tableName} that the store holds"
        },
    )
}

internal fun monitoringColumns(): Migration {
    val columns = listOf<Column<*>>(Steps.payloadRef, Steps.iterationIndex, Steps.conditionResult, Steps.branchTaken)
    val indexes =
        listOf(
            Index(
                listOf(Steps.runId, Steps.parentPath),
                false,
                "steps_parent",
                filterCondition = Steps.parentPath.isNotNull(),
            ),
            Index(listOf(Runs.status, Runs.createdAt, Runs.id), false, "runs_status"),
            Index(listOf(Runs.workflow, Runs.createdAt, Runs.id), false, "runs_workflow"),
        )
    return Migration(
        version = 2,
        name = "columns and indexes for monitoring",
        up = { columns.flatMap { it.createStatement() } + indexes.flatMap { it.createStatement() } },
        down = { indexes.flatMap { it.dropStatement() } + columns.flatMap { it.dropStatement() } },
        // The other columns only repeat what path and detail say.
        obstacle = {
            if (Steps.holdsAny(listOf(Steps.payloadRef))) "it would delete values in payload_ref" else null
        },
    )
}

internal fun waitingRuns(): Migration {
    val columns = listOf<Column<*>>(Runs.parent, Runs.wakeAt)
    val unconsumed = Signals.consumedAt.isNull()
    val former =
        listOf(
            Index(listOf(Runs.createdAt, Runs.id), false, "runs_open", filterCondition = FormerlyOpen),
            Index(listOf(Signals.runId, Signals.name), false, "signals_waiting", filterCondition = unconsumed),
        )
    val indexes =
        listOf(
            Index(listOf(Signals.runId, Signals.seq), false, "signals_waiting", filterCondition = unconsumed),
            Index(listOf(Runs.createdAt, Runs.id), false, "runs_open", filterCondition = OpenRuns),
            Index(listOf(Runs.createdAt, Runs.id), false, "runs_busy", filterCondition = BusyRuns),
            Index(listOf(Runs.wakeAt, Runs.id), false, "runs_wake", filterCondition = WaitingRuns),
            Index(
                listOf(Steps.kind, Steps.startedAt, Steps.runId, Steps.seq),
                false,
                "steps_waiting",
                filterCondition = WaitingSteps,
            ),
        )
    return Migration(
        version = 3,
        name = "runs that wait, and their parents",
        up = {
            columns.flatMap { it.createStatement() } + former.flatMap { it.dropStatement() } +
                indexes.flatMap { it.createStatement() }
        },
        down = {
            indexes.flatMap { it.dropStatement() } + former.flatMap { it.createStatement() } +
                columns.flatMap { it.dropStatement() }
        },
        obstacle = {
            if (Runs
                    .select(Runs.id)
                    .where { NewStatuses }
                    .limit(1)
                    .empty()
            ) {
                if (Runs.holdsAny(listOf(Runs.parent))) "it would delete which runs called which" else null
            } else {
                "runs are in statuses that the version before does not know; let them end first"
            }
        },
    )
}

internal fun definitionTexts(version: Int): Migration {
    val table = BaseDefinitions()
    return Migration(
        version = version,
        name = "texts of definitions",
        up = { table.creation() },
        down = { listOf("DROP TABLE ${identity(table)}") },
        obstacle = {
            if (table.selectAll().limit(1).empty()) null else "it would delete the definitions that the store holds"
        },
    )
}

/**
 * To start a run and to end it was to write to twelve pages of tables and indexes; now it is to seven. For SQLite, which
 * merges what it reads of several statuses: PostgreSQL would sort it.
 */
internal fun fewerIndexes(version: Int): Migration {
    val columns = listOf(Runs.createdAt, Runs.id)
    val former =
        listOf(
            Index(columns, false, "runs_open", filterCondition = OpenRuns),
            Index(columns, false, "runs_busy", filterCondition = BusyRuns),
            Index(listOf(Runs.status) + columns, false, "runs_status"),
        )
    val uncompleted = Index(listOf(Runs.status) + columns, false, "runs_uncompleted", filterCondition = UncompletedRuns)
    return Migration(
        version = version,
        name = "fewer indexes of runs",
        up = { former.flatMap { it.dropStatement() } + uncompleted.createStatement() },
        down = { uncompleted.dropStatement() + former.flatMap { it.createStatement() } },
    )
}

/** Not by Exposed's SchemaUtils: it commits on its own, and leaves out what it finds in the database. */
internal fun Table.creation(): List<String> = createStatement() + indices.flatMap { it.createStatement() }

private fun Table.holdsAny(columns: List<Column<*>>): Boolean =
    columns.any { column -> !select(column).where { column.isNotNull() }.limit(1).empty() }
