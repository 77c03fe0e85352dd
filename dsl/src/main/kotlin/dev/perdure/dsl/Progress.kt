package dev.perdure.dsl

import dev.perdure.core.Path
import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import dev.perdure.core.definition.Workflow
import dev.perdure.core.engine.EngineEvent
import dev.perdure.core.engine.Run
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.job
import kotlinx.coroutines.withContext

/**
 * How far a run is. Immutable.
 *
 * @property status where the run stands; CANCELLING while bodies are being stopped
 * @property recorded the steps whose output is recorded
 * @property running the steps whose body this engine runs now
 * @property total how many steps the workflow has; null when it is not registered here, or loops, which says how often only
 *     as it goes
 */
public data class Progress(
    val status: RunStatus,
    val recorded: Set<Path>,
    val running: Set<Path>,
    val total: Int?,
) {
    /** @param steps the places of the workflow's steps; whatever else has a body is not counted */
    internal fun after(
        event: EngineEvent,
        steps: Set<Path>,
    ): Progress =
        when (event) {
            is EngineEvent.StepStarted -> {
                if (event.path().inDefinition() in steps) with(event.path()) else this
            }

            is EngineEvent.StepRecordedRunning -> {
                if (event.path().inDefinition() in steps) with(event.path()) else this
            }

            is EngineEvent.StepCompleted -> {
                if (event.path().inDefinition() in steps) without(event.path(), true) else this
            }

            is EngineEvent.StepFailed -> {
                without(event.path(), false)
            }

            is EngineEvent.StepCancelled -> {
                without(event.path(), false)
            }

            is EngineEvent.StepInterrupted -> {
                without(event.path(), false)
            }

            is EngineEvent.BodyAbandoned -> {
                without(event.path(), false)
            }

            is EngineEvent.RunStarted, is EngineEvent.RunResumed, is EngineEvent.RunSuspended -> {
                copy(status = RunStatus.RUNNING)
            }

            is EngineEvent.RunRetried, is EngineEvent.RunUnpaused -> {
                copy(status = RunStatus.RUNNING)
            }

            is EngineEvent.RunPaused -> {
                copy(status = RunStatus.PAUSED)
            }

            is EngineEvent.CompensationStarted -> {
                copy(status = RunStatus.COMPENSATING)
            }

            is EngineEvent.CancelRequested -> {
                copy(status = RunStatus.CANCELLING)
            }

            is EngineEvent.RunEnded -> {
                copy(status = event.status(), running = emptySet())
            }

            is EngineEvent.BlockStarted, is EngineEvent.BlockEnded -> {
                this
            }

            is EngineEvent.WaitStarted, is EngineEvent.WaitCompleted -> {
                this
            }

            is EngineEvent.Warned, is EngineEvent.RunUnresolved -> {
                this
            }

            is EngineEvent.StoreUnavailable, is EngineEvent.StoreRecovered, is EngineEvent.OwnershipLost,
            is EngineEvent.EngineStopped,
            is EngineEvent.ScheduleFailed,
            -> {
                this
            }
        }

    private fun with(step: Path): Progress = copy(running = running + step)

    private fun without(
        step: Path,
        isRecorded: Boolean,
    ): Progress = copy(recorded = if (isRecorded) recorded + step else recorded, running = running - step)
}

/**
 * How far this run is, now and as it goes on, until [scope] ends. Reads the store once, then follows the engine's events, which
 * never wait for a collector: a slow one sees the newest state only. A step that began before this call shows as running once
 * it is recorded so, after a second. Joins, merges, conditions and other parts of nodes are not counted as steps.
 *
 * ```
 * run.progress(this).takeWhile { !it.status.isTerminal }.collect { bar.stepTo(it.recorded.size, it.total) }
 * ```
 *
 * @throws dev.perdure.core.PerdureException UNKNOWN_RUN when the run was reset
 */
public suspend fun Run.progress(scope: CoroutineScope): StateFlow<Progress> {
    val state = MutableStateFlow(NOTHING_HEARD)
    val steps = withContext(Dispatchers.IO) { definition()?.steps().orEmpty() }
    val listening = engine().listen { event -> if (event.runId() == id()) state.update { it.after(event, steps) } }
    scope.coroutineContext.job.invokeOnCompletion { listening.close() }
    val stored = withContext(Dispatchers.IO) { storedProgress() }
    // What was heard meanwhile is newer than what was read, or the same.
    state.update { heard ->
        val recorded = stored.recorded + heard.recorded
        val status = if (heard.status == NOTHING_HEARD.status) stored.status else heard.status
        val running = if (status.isTerminal) emptySet() else stored.running + heard.running - recorded
        Progress(status, recorded, running, stored.total)
    }
    return state.asStateFlow()
}

private val NOTHING_HEARD = Progress(RunStatus.PENDING, emptySet(), emptySet(), null)

private fun Run.storedProgress(): Progress {
    val record = record()
    val last = journal().filter { it.kind() == STEP }.associateBy { Path.parse(it.path()) }
    return Progress(
        record.status(),
        last.filterValues { it.status() == StepStatus.COMPLETED }.keys,
        last.filterValues { it.status() == StepStatus.RUNNING }.keys,
        definition()?.steps()?.takeIf { steps -> steps.none { EACH in it.toString() } }?.size,
    )
}

private fun Run.definition(): Workflow<*, *>? =
    record().let {
        engine().workflow(it.workflow(), it.version()).orElse(null)
    }

private fun Workflow<*, *>.steps(): Set<Path> = places().filterValues { it.kind() == STEP }.keys

/** What stands for all items of a loop in the place of a step. */
private const val EACH = "[*]"

private const val STEP = "step"
