package dev.perdure.samples.cli

import dev.perdure.core.Failure
import dev.perdure.core.Json
import dev.perdure.core.RunStatus
import dev.perdure.core.engine.EngineListener
import dev.perdure.core.journal.RunRecord

/** Tells of a run while a command works on it. Told by the engine's threads, one event at a time. */
internal interface Reporter : EngineListener {
    /** Called once, before the engine opens. */
    fun begin(
        runId: String,
        count: StepCount,
    )

    /** Called once, after the engine is closed. */
    fun end(run: RunRecord)

    companion object {
        /** A JSON object a line; or words, with a bar below them where somebody watches. */
        fun of(
            terminal: Terminal,
            isJson: Boolean,
        ): Reporter = if (isJson) JsonReporter(terminal.out) else WordReporter(terminal)
    }
}

/** Why the run ended as it did; null where it is no failure. */
internal fun RunRecord.failure(): Failure? = error()?.let { Failure.fromPlain(Json.read(it)) }

/** What to do about a run that did not complete, in words. */
internal fun RunRecord.advice(): String? =
    when (status()) {
        RunStatus.FAILED, RunStatus.CANCELLED, RunStatus.COMPENSATION_FAILED,
        -> "perdure retry ${id()} goes on from what failed"

        RunStatus.INCOMPATIBLE, RunStatus.BLOCKED -> "perdure explain ${id()} says what stopped it"

        RunStatus.WAITING, RunStatus.PAUSED -> "perdure explain ${id()} says what for"

        else -> null
    }
