package dev.perdure.core.engine

import dev.perdure.core.ErrorCode
import dev.perdure.core.PerdureException
import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import dev.perdure.core.definition.Workflow
import dev.perdure.core.journal.RunUpdate
import kotlin.random.Random

/**
 * Edits a made-up workflow while a crash has left a run of it somewhere: the run goes on as the edited text says from what is
 * recorded, with nothing recorded done again; or it is refused with the place that does not fit, before anything runs, and the
 * former text goes on with it.
 */
class EditHarness(
    private val seed: Long,
) {
    private val random = Random(seed)
    private val flow = RandomFlow(seed)
    private val former = RandomFlows(1).build(flow)

    /** Whether the edit was refused. */
    fun check(): Boolean {
        val edit = RandomEdit.of(flow.parts, random)
        try {
            return checkEdit(edit, state())
        } catch (broken: RuntimeException) {
            throw IllegalStateException(
                "seed $seed, ${edit.what}: ${broken.message}\n  repeat it: ${command()}\n  ${flow.parts}\n  ${edit.parts}",
                broken,
            )
        }
    }

    private fun command() =
        "mvn -q -Dquick test -pl core -Dtest=RandomEditsSpec -Dperdure.edits.first=$seed -Dperdure.edits.seeds=1"

    /** What a crash leaves of a run that has not ended. */
    private fun state(): Image {
        val run = SimulatedRun.begin(former, "null", RandomFlows.noScopes)
        drive(run)
        return run.images.filter { !it.record.status().isTerminal }.random(random)
    }

    private fun checkEdit(
        edit: RandomEdit,
        state: Image,
    ): Boolean {
        val started = mutableListOf<String>()
        val run =
            try {
                resume(RandomFlows(2).build(edit.parts), state, started)
            } catch (refused: PerdureException) {
                requireRefusal(refused, started)
                val stopped = Image(state.record.with(stop), state.rows)
                Reference(drive(resume(former, stopped, mutableListOf())).image).check(flow)
                return true
            }
        val end = drive(run).image
        requireKept(state, end)
        Reference(end).check(edit.parts)
        return false
    }

    private fun resume(
        workflow: Workflow<*, *>,
        state: Image,
        started: MutableList<String>,
    ): SimulatedRun {
        val recorded = completed(state).map { it.path() }.toSet()
        return SimulatedRun.resume(workflow, state, RandomFlows.noScopes) { path, _, _ ->
            check("$path" !in recorded) { "$path ran again, and was recorded" }
            started += "$path"
        }
    }

    private fun requireRefusal(
        refused: PerdureException,
        started: List<String>,
    ) {
        check(refused.code() == ErrorCode.INCOMPATIBLE) { "it is refused as ${refused.code()}: ${refused.message}" }
        check(refused.path() != null) { "the refusal names no path: ${refused.message}" }
        check(started.isEmpty()) { "$started ran before it was refused: ${refused.message}" }
    }

    private fun drive(run: SimulatedRun): SimulatedRun {
        var moves = 0
        while (!run.isOver) {
            check(run.pending.isNotEmpty()) { "the run waits for nothing, with ${run.image.rows}" }
            check(moves++ < BOUND) { "the run does not end" }
            run.deliver(run.pending.random(random))
        }
        return run
    }

    private fun requireKept(
        from: Image,
        end: Image,
    ) {
        val outputs = completed(end).associate { it.path() to it.output() }
        completed(from).forEach { row ->
            check(outputs[row.path()] == row.output()) { "what ${row.path()} recorded is another value now" }
        }
    }

    private fun completed(image: Image) =
        image.rows.filter { it.status() == StepStatus.COMPLETED && it.kind() == "step" }

    private companion object {
        const val BOUND = 10_000
        val stop = RunUpdate.toStatus(RunStatus.INCOMPATIBLE, null, 0)
    }
}
