package dev.perdure.samples.cli

import dev.perdure.core.ErrorCode
import dev.perdure.core.PerdureException
import dev.perdure.core.engine.EngineEvent
import dev.perdure.core.engine.EngineListener
import dev.perdure.core.journal.RunRecord
import java.time.Clock
import java.util.concurrent.LinkedBlockingQueue
import kotlin.time.Duration

/**
 * Waits until a run has ended or stopped, or nothing of it or of the runs that it calls happens any more without
 * somebody else. Told by the engine's threads, asked by one.
 *
 * @param patience waits that end by themselves within this time are waited for
 */
internal class Follower(
    private val runId: String,
    private val store: FamilyStore,
    private val patience: Duration,
    private val clock: Clock = Clock.systemUTC(),
) : EngineListener {
    private sealed interface Sign

    private object PerhapsIdle : Sign

    private object Ended : Sign

    private class Stopped(val why: PerdureException) : Sign

    private val signs = LinkedBlockingQueue<Sign>()

    override fun onEvent(event: EngineEvent) {
        when (event) {
            is EngineEvent.RunEnded -> signs += if (event.runId() == runId) Ended else PerhapsIdle
            is EngineEvent.RunSuspended, is EngineEvent.RunPaused -> signs += PerhapsIdle
            is EngineEvent.RunUnresolved -> signs += Stopped(unresolved(event))
            is EngineEvent.EngineStopped -> signs += Stopped(PerdureException(ErrorCode.OWNERSHIP_LOST, event.reason()))
            else -> Unit
        }
    }

    /** The run's row as it is then. */
    fun follow(): RunRecord {
        signs += PerhapsIdle
        while (true) {
            when (val sign = signs.take()) {
                is Ended -> return store.find(runId).orElseThrow()
                is Stopped -> throw sign.why
                is PerhapsIdle -> idle()?.let { return it }
            }
        }
    }

    /** The run as it was when it and its family were found to wait; null where something is at work. */
    private fun idle(): RunRecord? {
        val until = clock.millis() + patience.inWholeMilliseconds
        val open = store.open()
        return if (open.all { it.onlyWaits(until) }) open.firstOrNull { it.id() == runId } else null
    }

    private fun unresolved(event: EngineEvent.RunUnresolved) =
        PerdureException(
            ErrorCode.UNKNOWN_WORKFLOW,
            "run \"${event.runId()}\" cannot go on: it is of workflow \"${event.workflow()}\" version " +
                "${event.version()}, of which the store has no text that can be used here",
        )
}
