package dev.perdure.samples.benchmarks

import dev.perdure.core.RunStatus
import dev.perdure.core.definition.Workflow
import dev.perdure.core.engine.Engine
import dev.perdure.core.spi.Store
import dev.perdure.dsl.engine
import dev.perdure.dsl.join
import dev.perdure.dsl.start
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import java.util.concurrent.atomic.AtomicInteger

/** What runs took, and what of it was commits. */
internal class RunsSample(val all: Sample, val commits: Commits)

/** An engine on [store], which it owns, that runs [workflow], of [steps] steps. */
internal class OpenEngine(
    store: Store,
    private val workflow: Workflow<String, *>,
    private val steps: Int,
) : AutoCloseable {
    private val commits = CommitMeter(store)
    private val engine = commits.store.engine(workflow)

    /** Runs until the JVM has compiled what a run needs: a service is up for hours, not for the seconds of a measurement. */
    fun warmUp(
        scale: Scale,
        inFlight: Int,
    ) {
        engine.runAll(workflow, scale.of(WARM_UP_STEPS) / steps, MANY)
        engine.runAll(workflow, scale.of(OWN_WARM_UP_STEPS) / steps, inFlight)
    }

    /** Does [runs] runs, [inFlight] at any time. */
    fun sample(
        runs: Int,
        inFlight: Int,
    ): RunsSample {
        val before = commits.read()
        val all = sample(runs * steps.toLong()) { engine.runAll(workflow, runs, inFlight) }
        return RunsSample(all, commits.read() - before)
    }

    override fun close() {
        engine.close()
    }

    private companion object {
        const val WARM_UP_STEPS = 200_000
        const val OWN_WARM_UP_STEPS = 40_000
        const val MANY = 64
    }
}

private fun Engine.runAll(
    workflow: Workflow<String, *>,
    runs: Int,
    inFlight: Int,
) {
    val left = AtomicInteger(runs)
    runBlocking(Dispatchers.Default) {
        repeat(inFlight) {
            launch {
                while (left.getAndDecrement() > 0) {
                    val ended = start(workflow, INPUT).join()
                    check(ended.status() == RunStatus.COMPLETED) { "a run ended as $ended" }
                }
            }
        }
    }
}
