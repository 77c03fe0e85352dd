package dev.perdure.core.engine

import dev.perdure.core.Path
import dev.perdure.core.StepStatus
import dev.perdure.core.definition.Workflow
import kotlin.random.Random

/**
 * Runs a made-up workflow in some orders, resumes it from states that crashes leave, now and then from one that a crash of a
 * resumed run leaves, and holds each end to the [Reference] and the invariants.
 */
class CrashHarness(
    private val seed: Long,
) {
    private val random = Random(seed)
    private val flow = RandomFlow(seed)
    private val workflow: Workflow<*, *> = RandomFlows().build(flow)

    /** How many runs were resumed. Does at most [most] of them. */
    fun check(most: Int): Int {
        try {
            val images = List(ORDERS) { drive(SimulatedRun.begin(workflow, "null", scopes), null) }.flatten()
            val states = images.shuffled(random).take(most)
            states.forEach { state ->
                val resumed = resume(state)
                if (random.nextInt(DOUBLE) == 0) resume(resumed.random(random))
            }
            return states.size
        } catch (broken: RuntimeException) {
            throw IllegalStateException(
                "seed $seed: ${broken.message}\n  repeat it: ${command()}\n  ${flow.parts}",
                broken,
            )
        }
    }

    private fun command() =
        "mvn -q -Dquick test -pl core -Dtest=RandomFlowsSpec -Dperdure.flows.first=$seed -Dperdure.flows.seeds=1 " +
            "-Dperdure.flows.states=1000000"

    private fun resume(state: Image): List<Image> {
        if (state.record.status().isTerminal) return listOf(state)
        val recorded =
            state.rows
                .filter { it.status() == StepStatus.COMPLETED }
                .map { it.path() }
                .toSet()
        val run =
            SimulatedRun.resume(workflow, state, scopes) { path, now, _ ->
                check("$path" !in recorded) { "$path ran again, and was recorded" }
                requireAlive(path, now)
            }
        return drive(run, state)
    }

    /** I9: nothing starts below a node that has ended. */
    private fun requireAlive(
        path: Path,
        now: Image,
    ) {
        val over =
            now.rows.firstOrNull { row ->
                row.status() in ENDED && "$path".startsWith("${row.path()}/")
            }
        check(over == null) { "$path starts after $over" }
    }

    private fun drive(
        run: SimulatedRun,
        from: Image?,
    ): List<Image> {
        var moves = 0
        while (!run.isOver) {
            check(run.pending.isNotEmpty()) { "the run waits for nothing, with ${run.image.rows}" }
            check(moves++ < BOUND) { "the run does not end" }
            run.deliver(run.pending.random(random))
        }
        requireKept(from, run.image)
        Reference(run.image).check(flow)
        if (from == null || random.nextInt(REPLAYS) == 0) ReplayCheck.requireSame(workflow, run.image)
        return run.images
    }

    /** I3: what was recorded stays as it was, once for each path. */
    private fun requireKept(
        from: Image?,
        end: Image,
    ) {
        val found = end.rows.filter { it.status() == StepStatus.COMPLETED && it.kind() == "step" }
        check(found.map { it.path() }.toSet().size == found.size) { "a path has two successes" }
        val outputs = found.associate { it.path() to it.output() }
        from?.rows?.filter { it.status() == StepStatus.COMPLETED && it.kind() == "step" }?.forEach { row ->
            check(outputs[row.path()] == row.output()) { "what ${row.path()} recorded is another value now" }
        }
    }

    private companion object {
        const val ORDERS = 3
        const val DOUBLE = 10
        const val REPLAYS = 5
        const val BOUND = 10_000
        val ENDED = setOf(StepStatus.COMPLETED, StepStatus.FAILED, StepStatus.CANCELLED)
        val scopes = RandomFlows.noScopes
    }
}
