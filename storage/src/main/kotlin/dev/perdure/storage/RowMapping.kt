package dev.perdure.storage

import dev.perdure.core.ErrorCode
import dev.perdure.core.Names
import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import dev.perdure.core.journal.DefinitionRecord
import dev.perdure.core.journal.Row
import dev.perdure.core.journal.RunRecord
import dev.perdure.core.journal.ScheduleRecord
import dev.perdure.core.journal.SignalRecord
import dev.perdure.core.journal.StoredSignal
import dev.perdure.core.spi.StoreException
import org.jetbrains.exposed.v1.core.Column
import org.jetbrains.exposed.v1.core.ResultRow
import org.jetbrains.exposed.v1.core.statements.UpdateBuilder

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

internal fun UpdateBuilder<*>.set(run: RunRecord) {
    this[Runs.generation] = run.generation()
    this[Runs.workflow] = run.workflow()
    this[Runs.version] = run.version()
    this[Runs.fingerprint] = run.fingerprint()
    this[Runs.status] = run.status().name
    this[Runs.input] = run.input()
    this[Runs.output] = run.output()
    this[Runs.error] = run.error()
    this[Runs.context] = run.context()
    this[Runs.contextSeq] = run.contextSeq()
    this[Runs.createdAt] = run.createdAt()
    this[Runs.updatedAt] = run.updatedAt()
    this[Runs.finishedAt] = run.finishedAt()
    this[Runs.deadlineAt] = run.deadlineAt()
    this[Runs.parent] = run.parent()
    this[Runs.wakeAt] = run.wakeAt()
}

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
        )
    }

internal fun ResultRow.toStep(runId: String): Row =
    readable("run", runId, "row in table steps") {
        Row(
            this[Steps.seq],
            this[Steps.path],
            this[Steps.parentPath],
            this[Steps.branch],
            this[Steps.kind],
            this[Steps.attempt],
            StepStatus.valueOf(this[Steps.status]),
            this[Steps.output],
            this[Steps.changes],
            this[Steps.error],
            this[Steps.detail],
            this[Steps.joinPolicy],
            this[Steps.startedAt],
            this[Steps.finishedAt],
            this[Steps.nextAttemptAt],
            this[Steps.iterationIndex],
            this[Steps.conditionResult],
            this[Steps.branchTaken],
            this[Steps.checksum],
        )
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
