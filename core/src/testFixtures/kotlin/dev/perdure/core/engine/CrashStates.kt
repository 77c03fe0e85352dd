package dev.perdure.core.engine

import dev.perdure.core.Failure
import dev.perdure.core.Json
import dev.perdure.core.Path
import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import dev.perdure.core.ValueType
import dev.perdure.core.definition.Body
import dev.perdure.core.definition.BodyContext
import dev.perdure.core.definition.Workflow
import dev.perdure.core.journal.Payload
import dev.perdure.core.journal.RunRecord
import dev.perdure.core.machine.Action
import dev.perdure.core.machine.BodyOutcome
import dev.perdure.core.machine.Event
import dev.perdure.core.machine.Transition
import dev.perdure.core.memory.MemoryStore
import dev.perdure.core.spi.BodyScopes
import dev.perdure.core.spi.BodyTask
import dev.perdure.core.spi.EngineIdentity
import dev.perdure.core.spi.Write
import java.time.Instant
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicInteger

/** How a run ended, as its users see it. */
data class RunEnd(
    val status: RunStatus,
    val output: String?,
    val context: Map<String, Any?>,
    val errorType: String?,
)

fun Run.end(): RunEnd {
    val record = ended()
    return RunEnd(
        record.status(),
        record.output(),
        context(),
        record.error()?.let { (Json.read(it) as Map<*, *>)["type"] as String },
    )
}

/**
 * Every state that a crash can leave of a run, built without a crash: the machine is driven by hand, and after each commit
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
    /** A store as a crash left it, after the outcomes [delivered]. */
    class State(
        val store: MemoryStore,
        val delivered: List<String>,
        val isOver: Boolean,
    )

    /** All states, each order of outcomes apart where [isOrderSensitive], else each set of outcomes once. */
    fun all(isOrderSensitive: Boolean = false): List<State> {
        val found = mutableListOf<State>()
        val seen = HashSet<Any>()
        val open = ArrayDeque(listOf(listOf<String>()))
        while (open.isNotEmpty()) {
            val order = open.removeFirst()
            val drive = Drive(order)
            found.add(State(drive.store, order, drive.isOver))
            drive.deliverable().forEach { next ->
                val longer = order + next
                if (seen.add(if (isOrderSensitive) longer else longer.toSet())) open.add(longer)
            }
        }
        return found
    }

    override fun close() = scopes.close()

    /** One run, driven by hand through the outcomes of [order]. */
    private inner class Drive(
        order: List<String>,
    ) {
        val store = MemoryStore()
        private val lease = store.acquire(EngineIdentity("driven", 1, "here"))
        private val record = newRecord()
        private val replay = Replay.fresh(record, workflow)
        private val pending = LinkedHashMap<String, Event>()
        val isOver get() = replay.machine().end() != null

        init {
            store.commit(lease, listOf(Write.StartRun(record)))
            carryOut(replay.machine().start(Instant.now()))
            order.forEach { name -> carryOut(replay.machine().on(pending.remove(name)!!)) }
        }

        fun deliverable(): Set<String> = pending.keys.toSet()

        private fun carryOut(transition: Transition) {
            if (transition.entries().isNotEmpty()) {
                val machine = replay.machine()
                val append = replay.journal().write(transition.entries(), machine.context(), machine.rest())
                store.commit(lease, listOf(append))
            }
            transition.actions().forEach { action ->
                when (action) {
                    is Action.StartBody -> {
                        pending[name(action.path(), action.attempt())] = run(action)
                    }

                    is Action.CancelBody -> {
                        pending[name(action.path(), action.attempt())] =
                            ended(action.path(), action.attempt(), BodyOutcome.Cancelled())
                    }

                    is Action.SetTimer -> {
                        val fired = Event.TimerFired(action.path(), action.attempt(), action.kind(), action.due())
                        pending["${action.kind()} ${name(action.path(), action.attempt())}"] = fired
                    }

                    is Action.StartCode, is Action.Reply -> {
                        error("workflow code is not driven by hand: $action")
                    }

                    is Action.MakeToken, is Action.AttendChild, is Action.CancelChild -> {
                        error("callbacks and child runs are not driven by hand: $action")
                    }

                    is Action.OpenScope, is Action.CloseScope -> {
                        // Bodies run to their end where they are started.
                    }
                }
            }
        }

        private fun run(start: Action.StartBody): Event {
            val identity =
                AttemptContext.RunIdentity(
                    record.id(),
                    1,
                    workflow.name(),
                    Payload(input),
                )
            val context = AttemptContext(identity, start, replay.machine().values(), null)
            val task = OutcomeTask(start, context)
            scopes.open(record.id(), workflow.name()).launch(task)
            return ended(start.path(), start.attempt(), task.outcome())
        }

        private fun ended(
            path: Path,
            attempt: Int,
            outcome: BodyOutcome,
        ) = Event.BodyEnded(path, attempt, outcome, Instant.now(), Instant.now(), 0.5)

        private fun name(
            path: Path,
            attempt: Int,
        ) = "$path~$attempt"
    }

    private fun newRecord(): RunRecord {
        val now = System.currentTimeMillis()
        return RunRecord(
            "r",
            1,
            workflow.name(),
            workflow.version(),
            workflow.fingerprint(),
            RunStatus.RUNNING,
            input,
            null,
            null,
            null,
            0,
            now,
            now,
            null,
            null,
            null,
            null,
        )
    }

    private class OutcomeTask(
        private val start: Action.StartBody,
        private val context: AttemptContext,
    ) : BodyTask {
        private val ended = CountDownLatch(1)
        private var result: BodyOutcome? = null

        fun outcome(): BodyOutcome {
            check(ended.await(10, TimeUnit.SECONDS)) { "a body waits for something; it must not here" }
            return result!!
        }

        override fun body(): Body = start.step().body()

        override fun context(): BodyContext = context

        override fun loggingContext(): Map<String, String> = emptyMap()

        override fun completed(value: Any?) {
            @Suppress("UNCHECKED_CAST")
            val type = start.step().output() as ValueType<Any?>
            val payload =
                Payload
                    .of(type.encode(value))
            end(BodyOutcome.Completed(payload, context.changes(), context.warnings()))
        }

        override fun failed(thrown: Throwable) =
            end(
                BodyOutcome.Failed(
                    dev.perdure.core.Failure
                        .of(thrown),
                    start
                        .step()
                        .retry()
                        .condition()
                        .test(thrown),
                ),
            )

        override fun cancelled() = end(BodyOutcome.Cancelled())

        private fun end(outcome: BodyOutcome) {
            result = outcome
            ended.countDown()
        }
    }

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
            val recorded =
                state.store
                    .journal("r")
                    .filter { it.status() == StepStatus.COMPLETED }
                    .map { it.path() }
                    .toSet()
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
                val again = started.keys.intersect(recorded)
                check(again.isEmpty()) { "recorded steps ran again: $again, after ${state.delivered}" }
                val twice =
                    run
                        .journal()
                        .filter { it.status() == StepStatus.COMPLETED }
                        .groupingBy { it.path() }
                        .eachCount()
                        .filterValues { it > 1 }
                check(twice.isEmpty()) { "paths with two successes: $twice, after ${state.delivered}" }
                check(run.journal().none { it.status() == StepStatus.RUNNING }) { "a RUNNING row is left" }
                return end
            }
        }
    }
}
