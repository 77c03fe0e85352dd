package dev.perdure.samples.onboarding

import dev.perdure.core.RunStatus
import dev.perdure.core.engine.Engine
import dev.perdure.core.engine.EngineEvent
import dev.perdure.core.engine.EngineListener
import dev.perdure.samples.support.Arguments
import dev.perdure.samples.support.Progress
import dev.perdure.storage.SqliteStore
import java.nio.file.Path
import java.util.concurrent.atomic.AtomicInteger

/**
 * What a working JVM is told.
 *
 * @property life 1 for the JVM that crashes, 2 for the one that goes on
 * @property count how many employees, from the first
 * @property haltAfter halts the JVM when it has recorded so many steps; null to finish
 * @property speed how much faster than simulated the work is
 */
data class WorkOrder(
    val store: Path,
    val ledger: Path,
    val life: Int,
    val count: Int,
    val haltAfter: Int?,
    val speed: Double,
) {
    fun toArguments(): List<String> {
        val all = listOf("store" to store, "ledger" to ledger, "life" to life, "count" to count, "speed" to speed)
        val halt = haltAfter?.let { listOf("--halt-after", "$it") }.orEmpty()
        return all.flatMap { (name, value) -> listOf("--$name", "$value") } + halt
    }

    companion object {
        private val known = setOf("store", "ledger", "life", "count", "halt-after", "speed")

        fun parse(args: List<String>): WorkOrder {
            val given = Arguments.parse(args, known)
            return WorkOrder(
                Path.of(requireNotNull(given.text("store")) { "--store is missing" }),
                Path.of(requireNotNull(given.text("ledger")) { "--ledger is missing" }),
                given.int("life", 1..2) ?: 1,
                given.int("count", 1..Int.MAX_VALUE) ?: Int.MAX_VALUE,
                given.int("halt-after", 1..Int.MAX_VALUE),
                given.factor("speed") ?: 1.0,
            )
        }
    }
}

/** The child JVM's part: starts, or goes on with, one durable run for each employee. */
class Worker(private val program: OnboardingProgram, private val order: WorkOrder) {
    /** Works until all runs have ended, or halts the JVM; returns the exit code. */
    fun work(): Int {
        val employees = EmployeeCsv.bundled().employees.take(order.count)
        EffectsLedger.open(order.ledger, order.life).use { ledger ->
            val workflow = program.workflow(Office(ledger, order.speed))
            val paths = workflow.stepPaths().toSet()
            val store = SqliteStore.open(order.store)
            val recorded = JournalSnapshot.of(store).completed.size
            Progress.of("steps recorded", recorded.toLong(), employees.size.toLong() * paths.size).use { progress ->
                val engine =
                    Engine
                        .builder(store)
                        .register(workflow)
                        .maxActiveRuns(ACTIVE_RUNS)
                        .listener(Watch(paths, progress, order.haltAfter))
                        .open()
                return engine.use { finishAll(it, workflow.name(), employees) }
            }
        }
    }

    /** Starting a run that the former JVM started attaches to it: the run's id is its idempotency key. */
    private fun finishAll(
        engine: Engine,
        workflow: String,
        employees: List<Employee>,
    ): Int {
        val started = employees.map { engine.startAsync(workflow, runId(it), program.input(it)) }
        val ended = started.map { it.join() }.map { it.outcome().join() }
        val failed = ended.filter { it.status() != RunStatus.COMPLETED }
        failed.take(EXAMPLES).forEach { println("      ${it.id()} is ${it.status()}") }
        return if (failed.isEmpty()) DemoExit.OK else DemoExit.FAILED
    }

    /** Counts recorded steps, and pulls the plug. */
    private class Watch(
        private val paths: Set<String>,
        private val progress: Progress,
        private val haltAfter: Int?,
    ) : EngineListener {
        private val recorded = AtomicInteger()

        override fun onEvent(event: EngineEvent) {
            if (event is EngineEvent.StepCompleted && event.path().toString() in paths) {
                progress.step()
                if (recorded.incrementAndGet() == haltAfter) {
                    Runtime.getRuntime().halt(DemoExit.HALTED)
                }
            }
        }
    }

    companion object {
        private const val ACTIVE_RUNS = 40
        private const val EXAMPLES = 10

        fun runId(employee: Employee): String = "onboard-${employee.id}"
    }
}
