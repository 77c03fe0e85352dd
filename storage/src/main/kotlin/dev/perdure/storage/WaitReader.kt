package dev.perdure.storage

import dev.perdure.core.journal.ScheduleRecord
import dev.perdure.core.journal.SignalRecord
import dev.perdure.core.journal.StoredSignal
import dev.perdure.core.journal.WaitRecord
import org.jetbrains.exposed.v1.core.SortOrder
import org.jetbrains.exposed.v1.core.and
import org.jetbrains.exposed.v1.core.eq
import org.jetbrains.exposed.v1.core.greater
import org.jetbrains.exposed.v1.core.inList
import org.jetbrains.exposed.v1.core.isNull
import org.jetbrains.exposed.v1.core.lessEq
import org.jetbrains.exposed.v1.jdbc.Query
import org.jetbrains.exposed.v1.jdbc.select
import org.jetbrains.exposed.v1.jdbc.selectAll

/** Reads what runs wait for, and when. Thread-safe: each read is one statement, and so sees one state of the store. */
internal class WaitReader(
    private val sessions: Sessions,
) {
    fun signals(runId: String): List<SignalRecord> =
        sessions.transaction { selectSignals(listOf(runId)).map { it.toSignal() } }

    fun storedSignals(runId: String): List<StoredSignal> =
        sessions.transaction {
            Signals
                .selectAll()
                .where { Signals.runId eq runId }
                .orderBy(Signals.seq)
                .map { it.toStoredSignal() }
        }

    fun due(
        at: Long,
        limit: Int,
    ): List<String> = sessions.transaction { selectDue(at, limit).map { it[Runs.id] } }

    fun unheard(): List<String> =
        sessions.transaction { (selectSignalled() + selectCalling()).map { it[Runs.id] }.distinct() }

    fun nextWake(after: Long): Long? =
        sessions.transaction {
            listOfNotNull(
                selectNext(after).singleOrNull()?.get(Runs.wakeAt),
                QueueReader.selectNextStart(after).singleOrNull()?.get(Runs.startAt),
            ).minOrNull()
        }

    fun waits(
        kind: String,
        limit: Int,
        offset: Int,
    ): List<WaitRecord> =
        sessions.transaction {
            selectWaits(kind, limit, offset).map { WaitRecord(it[Steps.runId], it.toStep(it[Steps.runId])) }
        }

    fun schedules(): List<ScheduleRecord> =
        sessions.transaction { Schedules.selectAll().orderBy(Schedules.name).map { it.toSchedule() } }

    companion object {
        /** Those of each run by seq. */
        fun selectSignals(runIds: List<String>): Query =
            Signals
                .selectAll()
                .where { (Signals.runId inList runIds) and Signals.consumedAt.isNull() }
                .orderBy(Signals.seq)

        fun selectDue(
            at: Long,
            limit: Int,
        ): Query =
            Runs
                .select(Runs.id)
                .where { WaitingRuns and (Runs.wakeAt lessEq at) }
                .orderBy(Runs.wakeAt to SortOrder.ASC, Runs.id to SortOrder.ASC)
                .limit(limit)

        fun selectSignalled(): Query =
            Signals
                .crossJoin(Runs)
                .select(Runs.id)
                .where { (Runs.id eq Signals.runId) and Signals.consumedAt.isNull() and WaitingRunsOfJoin }

        fun selectCalling(): Query =
            Steps
                .crossJoin(Runs)
                .select(Runs.id)
                .where { (Runs.id eq Steps.runId) and WaitingSteps and (Steps.kind eq "call") and WaitingRunsOfJoin }

        fun selectNext(after: Long): Query =
            Runs
                .select(Runs.wakeAt)
                .where { WaitingRuns and (Runs.wakeAt greater after) }
                .orderBy(Runs.wakeAt)
                .limit(1)

        /** A cross join, which SQLite never turns around: it would read all open runs to find few waits. */
        fun selectWaits(
            kind: String,
            limit: Int,
            offset: Int,
        ): Query =
            Steps
                .crossJoin(Runs)
                .select(appended.map { it.first })
                .where { (Runs.id eq Steps.runId) and WaitingSteps and (Steps.kind eq kind) and OpenRunsOfJoin }
                .orderBy(Steps.startedAt to SortOrder.ASC, Steps.runId to SortOrder.ASC, Steps.seq to SortOrder.ASC)
                .limit(limit)
                .offset(offset.toLong())
    }
}
