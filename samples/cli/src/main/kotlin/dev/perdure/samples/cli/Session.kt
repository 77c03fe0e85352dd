package dev.perdure.samples.cli

import dev.perdure.core.ErrorCode
import dev.perdure.core.PerdureException
import dev.perdure.core.definition.Workflow
import dev.perdure.core.engine.Engine
import dev.perdure.core.engine.Run
import dev.perdure.core.journal.RunRecord
import dev.perdure.core.spi.Store
import dev.perdure.dsl.json.Agents
import dev.perdure.dsl.json.JsonWorkflows
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CompletionException
import kotlin.time.Duration

/** A workflow file that was read, and the text that the store keeps of it. */
internal class ReadFile(val workflow: Workflow<Any?, Any?>, val text: String)

/**
 * One command's work on one run: opens an engine that sees this run and those that it calls, does something with it,
 * and goes on until the run has ended or only waits.
 *
 * @property patience see [Follower]
 */
internal class Session(
    private val store: Store,
    private val agents: Agents,
    private val reporter: Reporter,
    private val patience: Duration,
) {
    /**
     * Does it, and closes the store.
     *
     * @param files the workflow that a new run follows, and others that it calls; none where the run is in the store
     * @param act begins, and returns whether the run is to be followed
     * @throws PerdureException UNKNOWN_RUN, INVALID_DEFINITION where the texts of the run's workflow cannot be used
     */
    fun work(
        runId: String,
        files: List<ReadFile>,
        act: (Engine) -> Boolean,
    ): RunRecord {
        val family = FamilyStore(store, runId)
        val follower = Follower(runId, family, patience)
        val found = store.find(runId).orElse(null)
        if (found == null && files.isEmpty()) {
            throw unknownRun(store, runId)
        }
        val workflows = workflows(files)
        requireUsable(found, workflows)
        val drawn = files.firstOrNull()?.workflow ?: workflows.usable.first { found != null && it.isOf(found) }
        reporter.begin(runId, StepCount(drawn, store.journal(runId)))
        return engine(family, workflows, files, follower).use { engine ->
            if (act(engine)) follower.follow() else store.find(runId).orElseThrow()
        }
    }

    private class Texts(val usable: List<Workflow<Any?, Any?>>, val unusable: Map<Pair<String, Int>, PerdureException>)

    private fun workflows(files: List<ReadFile>): Texts {
        val stored = JsonWorkflows.stored(store, agents)
        val given = files.map { it.workflow.name() to it.workflow.version() }
        val others = stored.workflows.filterNot { (it.name() to it.version()) in given }
        return Texts(others + files.map { it.workflow }, stored.unusable.mapKeys { it.key.name() to it.key.version() })
    }

    private fun requireUsable(
        run: RunRecord?,
        workflows: Texts,
    ) {
        if (run == null || workflows.usable.any { it.isOf(run) }) {
            return
        }
        throw workflows.unusable[run.workflow() to run.version()] ?: PerdureException(
            ErrorCode.UNKNOWN_WORKFLOW,
            "run \"${run.id()}\" is of workflow \"${run.workflow()}\" version ${run.version()}, " +
                "of which ${store.describe()} has no text",
        )
    }

    private fun engine(
        family: FamilyStore,
        workflows: Texts,
        files: List<ReadFile>,
        follower: Follower,
    ): Engine {
        val builder = Engine.builder(family).listener(reporter).listener(follower)
        workflows.usable.filter { usable -> files.none { it.workflow === usable } }.forEach { builder.register(it) }
        files.forEach { builder.register(it.workflow, it.text) }
        return builder.open()
    }
}

private fun Workflow<*, *>.isOf(run: RunRecord) = name() == run.workflow() && version() == run.version()

internal fun unknownRun(
    store: Store,
    runId: String,
) = PerdureException(ErrorCode.UNKNOWN_RUN, "there is no run \"$runId\" in ${store.describe()}")

internal fun Engine.required(runId: String): Run =
    find(runId).orElseThrow { PerdureException(ErrorCode.UNKNOWN_RUN, "there is no run \"$runId\" in the store") }

/** What the future comes to; throws what the engine refused with. */
internal fun <T> CompletableFuture<T>.orRefusal(): T =
    try {
        join()
    } catch (failed: CompletionException) {
        throw failed.cause ?: failed
    }
