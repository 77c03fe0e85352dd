package dev.perdure.core.engine

import com.code_intelligence.jazzer.api.FuzzedDataProvider
import dev.perdure.core.EncodedText
import dev.perdure.core.PerdureException
import dev.perdure.core.StepStatus
import dev.perdure.core.journal.Row
import dev.perdure.core.machine.IncompatibleJournalException
import kotlin.math.abs

/**
 * The input says which recorded run, and in the lines after the first what somebody wrote over its rows. The run is read and
 * goes on as an engine would have it, without the engine around: to its end, to a wait, or it is refused in words.
 */
object RecordTarget {
    private const val BOUND = 10_000

    /** Some 35,000 years in milliseconds: what is due later is not waited for. */
    private const val LAST = 1L shl 50
    private val scopes = RandomFlows.noScopes

    /** Before the first input, which is held to take no longer than the others. */
    @JvmStatic
    fun fuzzerInitialize() {
        check(Recordings.all.isNotEmpty()) { "nothing is recorded" }
    }

    @JvmStatic
    fun fuzzerTestOneInput(data: FuzzedDataProvider) {
        val lines = data.consumeRemainingAsString().split('\n')
        val number = lines[0].fold(0) { sum, digit -> sum * 10 + (digit - '0') }
        val recording = Recordings.all[number.mod(Recordings.all.size)]
        val edited = EditedRecords(recording.image).apply { lines.drop(1).forEach(::edit) }.image()
        val run = unlessRefused(recording, edited) ?: return
        if (edited.rows.all { it.isTimely() }) drive(run)
    }

    /** As it is taken up, where whatever is wrong with it has a name. */
    private fun unlessRefused(
        recording: Recording,
        edited: Image,
    ): SimulatedRun? =
        try {
            listOfNotNull(edited.record.input(), edited.record.output(), edited.record.context())
                .forEach(EncodedText::requireReadable)
            SimulatedRun.resume(recording.workflow, edited, scopes)
        } catch (refused: PerdureException) {
            check(refused.message.orEmpty().none { it.isISOControl() }) { "not one line: ${refused.message}" }
            null
        }

    private fun drive(run: SimulatedRun) {
        var moves = 0
        while (!run.isOver && run.pending.isNotEmpty()) {
            check(moves++ < BOUND) { "the run does not end, with ${run.image.rows.takeLast(9)}" }
            try {
                run.deliver(run.pending.first())
            } catch (_: IncompatibleJournalException) {
                return
            }
        }
        check(run.isOver || run.image.rows.any { it.isOpen() }) { "the run waits for nothing, with ${run.image.rows}" }
    }

    private fun Row.isTimely() = listOfNotNull(startedAt(), finishedAt(), retryAt()).all { abs(it) < LAST }

    private fun Row.isOpen() = status() == StepStatus.WAITING || kind() == "pause"
}
