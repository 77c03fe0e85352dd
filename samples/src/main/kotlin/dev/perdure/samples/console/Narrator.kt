package dev.perdure.samples.console

import dev.perdure.core.engine.EngineEvent
import dev.perdure.core.engine.EngineListener
import java.io.PrintStream

/** Tells what the engine does. */
internal class Narrator(private val out: PrintStream) : EngineListener {
    override fun onEvent(event: EngineEvent) {
        describe(event)?.let { out.println("  $it") }
    }

    private fun describe(event: EngineEvent): String? =
        when (event) {
            is EngineEvent.RunStarted -> "${event.runId()}: started"
            is EngineEvent.RunResumed -> "${event.runId()}: goes on; ${event.recorded()} row(s) are recorded"
            is EngineEvent.StepStarted -> "${event.path()}: attempt ${event.attempt()} runs"
            is EngineEvent.StepCompleted -> "${event.path()}: recorded"
            is EngineEvent.StepInterrupted -> "${event.path()}: attempt ${event.attempt()} was cut off"
            is EngineEvent.StepFailed -> "${event.path()}: attempt ${event.attempt()} failed"
            is EngineEvent.RunEnded -> "${event.runId()}: ${event.status()}"
            else -> null
        }
}

/** Halts the JVM once something beyond the employee's record is recorded, or when the last step starts. */
internal class Plug(private val out: PrintStream) : EngineListener {
    override fun onEvent(event: EngineEvent) {
        val isRecorded = event is EngineEvent.StepCompleted && event.path().toString() != RECORD
        val isLast = event is EngineEvent.StepStarted && event.path().toString() == EMAIL
        if (isRecorded || isLast) {
            out.println("  *** the JVM halts ***")
            out.flush()
            Runtime.getRuntime().halt(ConsoleExit.HALTED)
        }
    }
}
