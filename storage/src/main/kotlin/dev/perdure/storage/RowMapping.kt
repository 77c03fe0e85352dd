package dev.perdure.storage

import dev.perdure.core.ErrorCode
import dev.perdure.core.Names
import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import dev.perdure.core.journal.DefinitionRecord
import dev.perdure.core.journal.Placement
import dev.perdure.core.journal.QueueRecord
import dev.perdure.core.journal.Row
import dev.perdure.core.journal.RunRecord
import dev.perdure.core.journal.RunUpdate
import dev.perdure.core.journal.ScheduleRecord
import dev.perdure.core.journal.SignalRecord
import dev.perdure.core.journal.StoredSignal
import dev.perdure.core.spi.StoreException
import org.jetbrains.exposed.v1.core.Column
import org.jetbrains.exposed.v1.core.ResultRow
import java.sql.ResultSet

/** A step's columns and what they take from a row, in the order in which the append statement binds them. */
internal val appended: List<Pair<Column<*>, (String, Row) -> Any?>> =
    listOf(
        Steps.runId to { runId, _ -> runId },
        Steps.seq to { _, row -> row.seq() },
        Steps.path to { _, row -> row.path() },
        Steps.parentPath to { _, row -> row.parentPath() },
        Steps.branch to { _, row -> row.branch() },
        Steps.kind to { _, row -> row.kind() },
        Steps.attempt to { _, row -> row.attempt() },
        Steps.status to { _, row -> row.status().name },
        Steps.output to { _, row -> row.output() },
        Steps.changes to { _, row -> row.changes() },
        Steps.error to { _, row -> row.error() },
        Steps.detail to { _, row -> row.detail() },
        Steps.joinPolicy to { _, row -> row.joinPolicy() },
        Steps.startedAt to { _, row -> row.startedAt() },
        Steps.finishedAt to { _, row -> row.finishedAt() },
        Steps.nextAttemptAt to { _, row -> row.retryAt() },
        Steps.iterationIndex to { _, row -> row.iterationIndex() },
        Steps.conditionResult to { _, row -> row.conditionResult() },
        Steps.branchTaken to { _, row -> row.branchTaken() },
        Steps.checksum to { _, row -> row.checksum() },
    )

/** A run's columns and what they take from it, in the order in which its statements bind them. */
internal val started: List<Pair<Column<*>, (RunRecord) -> Any?>> =
    listOf(
        Runs.generation to RunRecord::generation,
        Runs.workflow to RunRecord::workflow,
        Runs.version to RunRecord::version,
        Runs.fingerprint to RunRecord::fingerprint,
        Runs.status to { it.status().name },
        Runs.input to RunRecord::input,
        Runs.output to RunRecord::output,
        Runs.error to RunRecord::error,
        Runs.context to RunRecord::context,
        Runs.contextSeq to RunRecord::contextSeq,
        Runs.createdAt to RunRecord::createdAt,
        Runs.updatedAt to RunRecord::updatedAt,
        Runs.finishedAt to RunRecord::finishedAt,
        Runs.deadlineAt to RunRecord::deadlineAt,
        Runs.parent to RunRecord::parent,
        Runs.wakeAt to RunRecord::wakeAt,
        Runs.queue to { it.placement().queue() },
        Runs.priority to { it.placement().priority() },
        Runs.startAt to { it.placement().startAt() },
        Runs.beganAt to { it.placement().beganAt() },
        Runs.dedupKey to { it.placement().dedupKey() },
    )

/** What an update always changes of a run, in the order in which its statements bind it. */
internal val updated: List<Pair<Column<*>, (RunUpdate) -> Any?>> =
    listOf(
        Runs.status to { it.status().name },
        Runs.output to RunUpdate::output,
        Runs.error to RunUpdate::error,
        Runs.updatedAt to RunUpdate::updatedAt,
        Runs.finishedAt to RunUpdate::finishedAt,
    )

internal fun ResultRow.toRun(): RunRecord =
    readable("run", this[Runs.id], "row in table runs") {
        RunRecord(
            this[Runs.id],
            this[Runs.generation],
            this[Runs.workflow],
            this[Runs.version],
            this[Runs.fingerprint],
            RunStatus.valueOf(this[Runs.status]),
            this[Runs.input],
            this[Runs.output],
            this[Runs.error],
            this[Runs.context],
            this[Runs.contextSeq],
            this[Runs.createdAt],
            this[Runs.updatedAt],
            this[Runs.finishedAt],
            this[Runs.deadlineAt],
            this[Runs.parent],
            this[Runs.wakeAt],
            toPlacement(),
        )
    }

private fun ResultRow.toPlacement(): Placement {
    val placement =
        Placement(
            this[Runs.queue],
            this[Runs.priority],
            this[Runs.startAt],
            this[Runs.beganAt],
            this[Runs.dedupKey],
        )
    return if (placement == Placement.NONE) Placement.NONE else placement
}

internal fun ResultRow.toQueue(): QueueRecord =
    readable("queue", this[Queues.name], "row in table queues") {
        QueueRecord(
            this[Queues.name],
            this[Queues.concurrency],
            this[Queues.rate],
            this[Queues.periodMillis],
            this[Queues.updatedAt],
        )
    }

/** The row of a run's journal at the cursor; the columns are those that are [appended]. */
internal fun ResultSet.toStep(runId: String): Row = StepValues { getObject(it + 1) }.toStep(runId)

internal fun ResultRow.toStep(runId: String): Row = StepValues { this[appended[it].first] }.toStep(runId)

/**
 * What the columns hold that are [appended]. Not what getLong and its like say of them: these make a zero of a text that is no
 * number.
 */
private class StepValues(
    private val value: (Int) -> Any?,
) {
    fun toStep(runId: String): Row =
        readable("run", runId, "row in table steps") {
            Row(
                long(1),
                text(2),
                textOrNull(3),
                textOrNull(4),
                text(5),
                int(6),
                StepStatus.valueOf(text(7)),
                textOrNull(8),
                textOrNull(9),
                textOrNull(10),
                textOrNull(11),
                textOrNull(12),
                longOrNull(13),
                longOrNull(14),
                longOrNull(15),
                longOrNull(16)?.let(Math::toIntExact),
                textOrNull(17),
                textOrNull(18),
                int(19),
            )
        }

    private fun textOrNull(column: Int): String? = value(column) as String?

    private fun text(column: Int): String = textOrNull(column)!!

    private fun longOrNull(column: Int): Long? = (value(column) as Number?)?.toLong()

    private fun long(column: Int): Long = longOrNull(column)!!

    private fun int(column: Int): Int = Math.toIntExact(long(column))
}

internal fun ResultRow.toRunStatus(): RunStatus =
    readable("run", this[Runs.id], "row in table runs") { RunStatus.valueOf(this[Runs.status]) }

internal fun ResultRow.toSignal(): SignalRecord =
    readable("run", this[Signals.runId], "row in table signals") {
        SignalRecord(
            this[Signals.seq],
            this[Signals.name],
            this[Signals.payload],
            this[Signals.dedupKey],
            this[Signals.createdAt],
        )
    }

internal fun ResultRow.toStoredSignal(): StoredSignal =
    StoredSignal(toSignal(), this[Signals.consumedAt], this[Signals.consumedBy])

internal fun ResultRow.toSchedule(): ScheduleRecord =
    readable("schedule", this[Schedules.name], "row in table schedules") {
        ScheduleRecord(
            this[Schedules.name],
            this[Schedules.workflow],
            this[Schedules.spec],
            this[Schedules.input],
            this[Schedules.nextAt],
            this[Schedules.lastAt],
            this[Schedules.createdAt],
            this[Schedules.updatedAt],
        )
    }

internal fun ResultRow.toDefinition(): DefinitionRecord =
    readable("definition", this[Definitions.name], "row in table definitions") {
        DefinitionRecord(
            this[Definitions.name],
            this[Definitions.version],
            this[Definitions.text],
            this[Definitions.createdAt],
        )
    }

/** What a conversion throws may show the value that it could not read, so that it is not even kept as the cause. */
private inline fun <T> readable(
    owner: String,
    name: String,
    what: String,
    read: () -> T,
): T =
    try {
        read()
    } catch (unreadable: RuntimeException) {
        throw StoreException(
            ErrorCode.CORRUPT_ROW,
            "$owner ${Names.quoted(name)}: its $what holds a value of the wrong type or an unknown status " +
                "(${unreadable.javaClass.simpleName}). Restore the row from a backup, or give up the $owner",
            false,
            null,
        )
    }
