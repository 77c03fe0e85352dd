package dev.perdure.core.engine

import dev.perdure.core.Json
import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import dev.perdure.core.definition.Workflow
import dev.perdure.core.journal.Row
import dev.perdure.core.journal.RunRecord
import dev.perdure.core.memory.MemoryStore
import dev.perdure.core.spi.BodyScopes
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.atomic.AtomicInteger

/** How a run ended, as its users see it. */
data class RunEnd(
    val status: RunStatus,
    val output: String?,
    val context: Map<String, Any?>,
    val errorType: String?,
)

fun Run.end(): RunEnd = ended().end()

@Suppress("UNCHECKED_CAST") // a context is stored as a map
fun RunRecord.end() =
    RunEnd(
        status(),
        output(),
        context()?.let { Json.read(it) as Map<String, Any?> } ?: emptyMap(),
        error()?.let { (Json.read(it) as Map<*, *>)["type"] as String },
    )

/**
 * Every state that a crash can leave of a run, built without a crash: a [SimulatedRun] is driven by hand, and after each commit
 * any of the bodies that are under way may be the next to end. So each prefix of every order that parallel branches can end
 * in (every order ideal of the commits, and every order of it) becomes a store, from which a new engine goes on.
 *
 * Bodies have to be functions of what they see, and must not wait for each other.
 */
class CrashStates(
    private val workflow: Workflow<*, *>,
    private val input: String = "null",
    private val scopes: BodyScopes = ThreadBodyScopes(),
) : AutoCloseable {
    /** What a crash left, after the outcomes [delivered]. */
    class State(
        val image: Image,
        val delivered: List<String>,
        val isOver: Boolean,
    ) {
        val store: MemoryStore by lazy { image.toStore() }
    }

    /** All states, each order of outcomes apart where [isOrderSensitive], else each set of outcomes once. */
    fun all(isOrderSensitive: Boolean = false): List<State> {
        val found = mutableListOf<State>()
        val seen = HashSet<Any>()
        val open = ArrayDeque(listOf(listOf<String>()))
        while (open.isNotEmpty()) {
            val order = open.removeFirst()
            val run = SimulatedRun.begin(workflow, input, scopes)
            order.forEach(run::deliver)
            found.add(State(run.image, order, run.isOver))
            run.pending.forEach { next ->
                val longer = order + next
                if (seen.add(if (isOrderSensitive) longer else longer.toSet())) open.add(longer)
            }
        }
        return found
    }

    /**
     * Resumes [state] by hand and returns how the run ended: hundreds of times faster than an engine.
     *
     * @throws IllegalStateException as [Companion.resume] does
     */
    fun simulate(state: State): RunEnd {
        val recorded = recorded(state.image.rows)
        val run =
            SimulatedRun.resume(workflow, state.image, scopes) { path, _, _ ->
                check(path.toString() !in recorded) { "recorded step $path ran again, after ${state.delivered}" }
            }
        while (!run.isOver) {
            val next = checkNotNull(run.pending.firstOrNull()) { "the run waits for nothing, after ${state.delivered}" }
            run.deliver(next)
        }
        requireSound(run.image.rows, state)
        return run.image.record.end()
    }

    override fun close() = scopes.close()

    companion object {
        /**
         * Resumes [state] on a new engine and returns how the run ended.
         *
         * @throws IllegalStateException when a recorded step ran again, or a path has two successes
         */
        fun resume(
            state: State,
            workflow: Workflow<*, *>,
        ): RunEnd {
            val started = ConcurrentHashMap<String, AtomicInteger>()
            val listener =
                EngineListener { event ->
                    if (event is EngineEvent.StepStarted) {
                        started.computeIfAbsent(event.path().toString()) { AtomicInteger() }.incrementAndGet()
                    }
                }
            state.store.engine(workflow) { listener(listener) }.use { engine ->
                val run = engine.find("r").get()
                val end = run.end()
                val again = started.keys.intersect(recorded(state.image.rows))
                check(again.isEmpty()) { "recorded steps ran again: $again, after ${state.delivered}" }
                requireSound(run.journal(), state)
                return end
            }
        }

        private fun recorded(rows: List<Row>): Set<String> =
            rows
                .filter { it.status() == StepStatus.COMPLETED }
                .map { it.path() }
                .toSet()

        private fun requireSound(
            rows: List<Row>,
            state: State,
        ) {
            val twice =
                rows
                    .filter { it.status() == StepStatus.COMPLETED }
                    .groupingBy { it.path() }
                    .eachCount()
                    .filterValues { it > 1 }
            check(twice.isEmpty()) { "paths with two successes: $twice, after ${state.delivered}" }
            check(rows.none { it.status() == StepStatus.RUNNING }) { "a RUNNING row is left" }
        }
    }
}
