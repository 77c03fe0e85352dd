package dev.perdure.storage.rounds

import dev.perdure.core.Json
import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import dev.perdure.core.spi.Recorded
import dev.perdure.core.spi.Store
import java.time.Duration

/**
 * A run that was started.
 *
 * @property endedLeases how many leases were over before it was
 */
internal class StartedRun(
    val id: String,
    val number: Int,
    val waits: Boolean,
    val endedLeases: Int,
)

/**
 * Holds what is recorded, what bodies noted and what is in the application's table to what must be (I1 to I4, I6, I8, I10, I11).
 *
 * That no step starts again after its success is recorded is seen by the numbers of attempts, and needs no clock: whoever takes
 * a run over records, before it starts a body, that the attempt before was interrupted. So an owner that read the success
 * starts nothing; one that starts all the same does so with a later attempt than the one that succeeded, or with one that was
 * started before. What a former owner still starts has an attempt of before it was taken over.
 */
internal class RoundChecks(
    private val store: Store,
    private val database: RoundDatabase,
    lines: List<BodyLine>,
) {
    private val starts = lines.filter { it.isStart }.groupBy { it.key }
    private val ends = lines.filterNot { it.isStart }.groupBy { it.key }
    private val rowsOfApplication =
        database
            .column(
                "SELECT run || ' ' || path || ' ' || value FROM ${database.table}",
            ).groupingBy { it }
            .eachCount()
    private val broken = mutableListOf<String>()
    private val endedLeases = database.endedLeases()

    /**
     * @param findings what was found before
     * @throws IllegalStateException with what is not as it must be
     */
    fun check(
        started: List<StartedRun>,
        findings: List<String>,
    ) {
        broken += findings
        started.chunked(CHUNK).forEach { runs ->
            val found = store.recorded(runs.map { it.id }).associateBy { it.run().id() }
            runs.forEach { run ->
                found[run.id]?.let { check(run, it) }
                    ?: say("${run.id} was acknowledged, and is lost")
            }
        }
        checkStrays(started.map { it.id }.toSet())
        checkLeftovers()
        check(broken.isEmpty()) { "${broken.size} findings:\n  ${broken.take(MOST).joinToString("\n  ")}" }
    }

    private fun say(finding: String) {
        broken += finding
    }

    private fun check(
        started: StartedRun,
        recorded: Recorded,
    ) {
        val reference = RoundReference(recorded)
        checkEnd(reference, recorded)
        checkSuccesses(reference, recorded)
        reference.paths.forEach { path ->
            checkStarts(StepKey(started.id, path), reference, recorded, started.endedLeases)
        }
        val row = "${started.id} debit ${reference.value("debit")}"
        if (rowsOfApplication[row] != 1) {
            say("$row is in the application's table ${rowsOfApplication[row] ?: 0} times")
        }
    }

    private fun checkEnd(
        reference: RoundReference,
        recorded: Recorded,
    ) {
        val run = recorded.run()
        if (run.status() != RunStatus.COMPLETED) {
            return say("${run.id()} is ${run.status()}: ${run.error()}")
        }
        val output = Json.read(run.output()!!)
        if (output != reference.value("last")) {
            say("${run.id()} yields $output, expected ${reference.value("last")}")
        }
        val context = Json.read(run.context()!!)
        if (context != reference.context()) {
            say("${run.id()} has the context $context, expected ${reference.context()}")
        }
        val naps = recorded.rows().filter { it.kind() == "sleep" && it.status() == StepStatus.COMPLETED }
        naps.map { it.finishedAt()!! - it.startedAt()!! }.filter { it !in NAPS }.forEach {
            say(
                "${run.id()} slept for $it ms by what is recorded, expected ${RoundWorkflow.NAP} or a little more",
            )
        }
        val open = recorded.rows().filter { it.status() == StepStatus.RUNNING || it.status() == StepStatus.WAITING }
        if (open.isNotEmpty() || recorded.signals().isNotEmpty()) {
            say("${run.id()} has ended, and left over are $open and ${recorded.signals().size} signals")
        }
    }

    private fun checkSuccesses(
        reference: RoundReference,
        recorded: Recorded,
    ) {
        val id = recorded.run().id()
        val successes = reference.successes(recorded.rows())
        val paths = successes.map { it.path() }
        if (paths.toSet() != reference.paths || paths.size != reference.paths.size) {
            say("$id has successes of $paths, expected one of each of ${reference.paths}")
        }
        successes.forEach { row ->
            val value = Json.read(row.output()!!)
            val isYielded =
                ends[StepKey(id, row.path())].orEmpty().any { it.text == value && it.attempt == row.attempt() }
            if (!isYielded) {
                say("$id ${row.path()} attempt ${row.attempt()} is recorded with $value, which no body yielded")
            }
        }
    }

    private fun checkStarts(
        step: StepKey,
        reference: RoundReference,
        recorded: Recorded,
        endedBefore: Int,
    ) {
        val own = starts[step].orEmpty()
        val given = reference.given(step.path)
        own.filter { it.text != given }.forEach { say("$it; what is recorded is $given") }
        val rows = recorded.rows().filter { it.path() == step.path }
        val success = rows.firstOrNull { it.status() == StepStatus.COMPLETED } ?: return
        own.filter { it.attempt > success.attempt() }.forEach {
            say("$it, after attempt ${success.attempt()} was recorded as a success")
        }
        // What an atomic step does in a transaction that is not committed is done again, as the same attempt.
        val again =
            if (step.path ==
                ATOMIC
            ) {
                emptySet()
            } else {
                own.groupBy { it.attempt }.filterValues { it.size > 1 }.keys
            }
        if (again.isNotEmpty()) {
            say("$step attempts $again started more than once: ${own.joinToString()}")
        }
        val failures = rows.count { it.status() == StepStatus.FAILED }
        val most = 1 + failures + endedLeases - endedBefore
        if (success.attempt() > most || (failures > 1 && step.path != ATOMIC)) {
            say("$step took ${success.attempt()} attempts, $failures of which failed; expected $most at most")
        }
    }

    /** What nobody asked for. */
    private fun checkStrays(runs: Set<String>) {
        (starts.keys.map { it.run } - runs).toSet().forEach { say("$it runs, and nobody started it") }
        val twice =
            ends.values
                .flatten()
                .groupBy { it.text }
                .filterValues { it.size > 1 }
                .keys
        if (twice.isNotEmpty()) say("values are not unique, so the test is wrong: $twice")
        val rows = rowsOfApplication.values.sum()
        if (rows != runs.size) say("the application's table has $rows rows, expected ${runs.size}")
        val all = database.count("runs", "true")
        if (all != runs.size) say("there are $all runs, expected ${runs.size}")
    }

    private fun checkLeftovers() {
        listOf(
            "leases that are held" to database.count("engines", "released_at IS NULL AND superseded_by IS NULL"),
            "runs that an engine has" to database.count("runs", "owner IS NOT NULL"),
            "runs that are to be woken" to database.count("runs", "wake_at IS NOT NULL"),
            "runs in the queue" to database.count("runs", "queue <> '' AND finished_at IS NULL"),
            "steps that are open" to database.count("steps", "status IN ('RUNNING', 'WAITING')"),
            "signals that nobody took" to database.count("signals", "consumed_at IS NULL"),
        ).filter { it.second != 0 }.forEach { (what, count) -> say("left over: $count $what") }
    }

    private companion object {
        /** Engines' clocks may differ by what is tolerated; nobody may have been there for a while. */
        val NAPS = RoundWorkflow.NAP.toMillis() - 150..Duration.ofMinutes(10).toMillis()
        const val ATOMIC = "debit"
        const val CHUNK = 50
        const val MOST = 20
    }
}
