package dev.perdure.core.spi

import dev.perdure.core.Path
import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import dev.perdure.core.journal.Changes
import dev.perdure.core.journal.DefinitionRecord
import dev.perdure.core.journal.Entry
import dev.perdure.core.journal.NodePlace
import dev.perdure.core.journal.Payload
import dev.perdure.core.journal.Row
import dev.perdure.core.journal.RowFormat
import dev.perdure.core.journal.RunRecord
import dev.perdure.core.journal.RunUpdate
import dev.perdure.core.journal.ScheduleRecord
import dev.perdure.core.journal.SignalRecord
import java.time.Instant

/** Records for tests of stores. */
object StoreRecords {
    const val NOW = 1_700_000_000_000L

    fun engine(id: String) = EngineIdentity(id, ProcessHandle.current().pid(), "localhost")

    fun run(
        id: String,
        workflow: String = "onboard",
        input: String = "{\"name\":\"Ada\"}",
        createdAt: Long = NOW,
        parent: String? = null,
    ) = RunRecord(
        id,
        1,
        workflow,
        3,
        "f1e2",
        RunStatus.RUNNING,
        input,
        null,
        null,
        null,
        0,
        createdAt,
        createdAt,
        null,
        NOW + 60_000,
        parent,
        null,
    )

    fun row(
        seq: Long,
        path: String = "step_$seq",
        output: String? = "\"out-$seq\"",
    ) = Row(
        seq,
        path,
        null,
        null,
        "step",
        1,
        StepStatus.COMPLETED,
        output,
        null,
        null,
        null,
        null,
        NOW,
        NOW + 5,
        null,
        null,
        null,
        null,
        seq.toInt() * -7,
    )

    /** A row with every column set, those that only repeat the others if [isMonitored]. */
    fun fullRow(
        seq: Long,
        isMonitored: Boolean = true,
    ) = Row(
        seq,
        "setup/mail",
        "setup",
        "mail",
        "parallel",
        4,
        StepStatus.TIMED_OUT,
        "1",
        "{\"put\":{\"a\":1}}",
        "{\"type\":\"T\"}",
        "{\"failed\":1}",
        "all",
        NOW,
        NOW + 1,
        NOW + 2,
        if (isMonitored) 7 else null,
        if (isMonitored) "true" else null,
        if (isMonitored) "mail" else null,
        Int.MIN_VALUE,
    )

    fun append(
        runId: String,
        vararg rows: Row,
        superseded: List<Long> = emptyList(),
        consumed: List<Long> = emptyList(),
        update: RunUpdate? = null,
        wakes: String? = null,
    ) = Write.Append(runId, rows.toList(), superseded, consumed, update, wakes)

    fun finished(
        status: RunStatus,
        context: String? = null,
        contextSeq: Long = 0,
    ) = RunUpdate(status, "\"done\"", null, context, contextSeq, NOW + 9, NOW + 9, null)

    /** The run has the status, and is to be taken up at [wakeAt] if that is WAITING. */
    fun parked(
        wakeAt: Long?,
        status: RunStatus = RunStatus.WAITING,
    ) = RunUpdate(status, null, null, null, 0, NOW + 3, null, wakeAt)

    /** A wait that has not ended. */
    fun wait(
        seq: Long,
        kind: String = "signal",
        startedAt: Long = NOW,
    ) = Row(
        seq,
        "wait_$seq",
        null,
        null,
        kind,
        1,
        StepStatus.WAITING,
        null,
        null,
        null,
        "{\"signal\":\"paid\"}",
        null,
        startedAt,
        null,
        NOW + 100,
        null,
        null,
        null,
        seq.toInt() * 11,
    )

    fun signal(
        name: String = "paid",
        payload: String = "1",
        key: String? = null,
        seq: Long = 0,
    ) = SignalRecord(seq, name, payload, key, NOW + 2)

    fun definition(
        name: String,
        version: Int,
        text: String = "{}",
        createdAt: Long = NOW,
    ) = DefinitionRecord(name, version, text, createdAt)

    fun schedule(
        name: String,
        input: String = "{}",
        nextAt: Long? = NOW + 1000,
        lastAt: Long? = null,
    ) = ScheduleRecord(name, "onboard", "{\"every\":1000}", input, nextAt, lastAt, NOW, NOW)
}

/** Rows as the library writes them, with checksums that fit. */
object ImportRows {
    private val at: Instant = Instant.ofEpochMilli(StoreRecords.NOW)
    private val done = Path.parse("setup/mail")
    private val wait = Path.parse("wait")

    val valid: List<Row> =
        listOf(
            RowFormat.toRow(
                Entry.StepCompleted(done, 2, Payload.of(listOf("漢", null, 1.5)), Changes.NONE, at, at.plusMillis(3)),
                1,
                NodePlace("step", "mail"),
            ),
            RowFormat.toRow(
                Entry.WaitCompleted(wait, Payload.of("go"), listOf(2), false, at, at.plusMillis(4)),
                4,
                NodePlace("signal", null),
            ),
        )
}
