package dev.perdure.core.spi

import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import dev.perdure.core.journal.Row
import dev.perdure.core.journal.RunRecord
import dev.perdure.core.journal.RunUpdate

/** Records for tests of stores. */
object StoreRecords {
    const val NOW = 1_700_000_000_000L

    fun engine(id: String) = EngineIdentity(id, ProcessHandle.current().pid(), "localhost")

    fun run(
        id: String,
        workflow: String = "onboard",
        input: String = "{\"name\":\"Ada\"}",
        createdAt: Long = NOW,
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
        null,
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
        update: RunUpdate? = null,
    ) = Write.Append(runId, rows.toList(), superseded, emptyList(), update, null)

    fun finished(
        status: RunStatus,
        context: String? = null,
        contextSeq: Long = 0,
    ) = RunUpdate(status, "\"done\"", null, context, contextSeq, NOW + 9, NOW + 9, null)
}
