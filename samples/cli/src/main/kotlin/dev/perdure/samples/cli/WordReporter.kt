package dev.perdure.samples.cli

import dev.perdure.core.Path
import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import dev.perdure.core.engine.EngineEvent
import dev.perdure.core.journal.RunRecord
import java.time.Duration
import java.time.Instant

/**
 * A line for each step that ends, on standard error; and the run's output, as JSON, on standard output. Where somebody
 * watches, the last line is a bar that is drawn again and again.
 */
internal class WordReporter(private val terminal: Terminal) : Reporter {
    private lateinit var id: String
    private lateinit var count: StepCount

    override fun begin(
        runId: String,
        count: StepCount,
    ) {
        id = runId
        this.count = count
    }

    @Synchronized
    override fun onEvent(event: EngineEvent) {
        val isOwn = event.runId() == id
        if (isOwn && event is EngineEvent.BlockStarted) {
            count.began(event.path(), event.branches())
        }
        if (isOwn && event is EngineEvent.StepCompleted) {
            count.completed(event.path())
        }
        words(event)?.let { line(if (isOwn || event.runId().isEmpty()) it else "${event.runId()}: $it") }
    }

    override fun end(run: RunRecord) {
        clearBar()
        if (run.status() == RunStatus.COMPLETED) {
            terminal.out.println(run.output() ?: "null")
        } else {
            val why = run.failure()?.let { ": ${it.describe()}" }.orEmpty()
            terminal.err.println("run ${run.id()} is ${run.status()}$why")
            run.advice()?.let { terminal.err.println(it) }
        }
    }

    private fun words(event: EngineEvent): String? =
        when (event) {
            is EngineEvent.RunStarted -> "run ${event.runId()} of ${event.workflow()} starts"
            is EngineEvent.RunResumed -> resumed(event)
            is EngineEvent.StepCompleted -> completed(event)
            is EngineEvent.StepFailed -> failed(event)
            is EngineEvent.StepInterrupted -> step("INTERRUPTED", event.path(), "attempt ${event.attempt()}")
            is EngineEvent.StepCancelled -> step("CANCELLED", event.path(), "")
            is EngineEvent.WaitStarted -> step("WAITING", event.path(), event.due()?.let { "until $it" }.orEmpty())
            is EngineEvent.WaitCompleted -> step(if (event.isTimedOut) "TIMED_OUT" else "COMPLETED", event.path(), "")
            is EngineEvent.Warned -> step("WARNING", event.path(), event.message())
            is EngineEvent.StoreUnavailable -> "the store does not take commits at present: ${event.reason()}"
            is EngineEvent.StoreRecovered -> "the store takes commits again"
            else -> null
        }

    private fun resumed(event: EngineEvent.RunResumed) =
        "run ${event.runId()} of ${event.workflow()} goes on, ${event.recorded()} rows are recorded"

    private fun completed(event: EngineEvent.StepCompleted): String? {
        val took = "${Duration.between(event.startedAt(), event.at()).toMillis()} ms"
        val detail = if (event.attempt() == 1) took else "$took, attempt ${event.attempt()}"
        return if (event.runId() != id || count.isStep(event.path())) step("COMPLETED", event.path(), detail) else null
    }

    private fun failed(event: EngineEvent.StepFailed): String {
        val again = event.retryAt()?.let { ", again in ${millisUntil(event.at(), it)} ms" }.orEmpty()
        val status = if (event.status() == StepStatus.TIMED_OUT) "TIMED_OUT" else "FAILED"
        return step(status, event.path(), "attempt ${event.attempt()}$again: ${event.failure().message()}")
    }

    private fun millisUntil(
        from: Instant,
        to: Instant,
    ) = Duration.between(from, to).toMillis()

    private fun step(
        status: String,
        path: Path,
        detail: String,
    ): String = "  %-11s %s%s".format(status, path, if (detail.isEmpty()) "" else " ($detail)")

    private fun line(text: String) {
        clearBar()
        terminal.err.println(text)
        if (terminal.isInteractive) {
            terminal.err.print(bar(count.done, count.total))
            terminal.err.flush()
        }
    }

    private fun clearBar() {
        if (terminal.isInteractive) {
            terminal.err.print(CLEAR_LINE)
        }
    }

    internal companion object {
        private const val CLEAR_LINE = "\r\u001b[K"
        private const val WIDTH = 30

        /** How far it is, without a line's end. */
        fun bar(
            done: Int,
            total: Int,
        ): String {
            val filled = if (total == 0) 0 else done * WIDTH / total
            return "[${"#".repeat(filled)}${".".repeat(WIDTH - filled)}] $done of $total steps"
        }
    }
}
