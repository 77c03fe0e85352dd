package dev.perdure.core.engine

import dev.perdure.core.Failure
import dev.perdure.core.Path
import dev.perdure.core.RunStatus
import dev.perdure.core.ValueType
import dev.perdure.core.definition.BlockingBody
import dev.perdure.core.definition.Body
import dev.perdure.core.definition.BodyContext
import dev.perdure.core.definition.Workflow
import dev.perdure.core.journal.Payload
import dev.perdure.core.journal.Row
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
import java.time.Duration
import java.time.Instant
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit

/** What a store has of one run at one moment: what a crash leaves. */
class Image(
    val record: RunRecord,
    val rows: List<Row>,
) {
    /** As a store in memory, for an engine to go on from. */
    fun toStore(): MemoryStore =
        MemoryStore().also { store ->
            val lease = store.acquire(EngineIdentity("driven", 1, "here"))
            store.commit(lease, listOf(Write.StartRun(record, rows)))
            store.release(lease)
        }

    /** After a commit. */
    fun with(write: Write.Append): Image {
        val kept = (rows.filter { it.seq() !in write.superseded() } + write.rows()).sortedBy { it.seq() }
        return Image(write.update()?.let { record.with(it) } ?: record, kept)
    }

    /** The newest time that is recorded of a node; the present where there is none. */
    fun newest(): Instant =
        rows.flatMap { listOfNotNull(it.startedAt(), it.finishedAt()) }.maxOrNull()?.let(Instant::ofEpochMilli)
            ?: Instant.now()

    companion object {
        /** A run that was started, and nothing more. */
        fun begun(
            workflow: Workflow<*, *>,
            input: String,
        ): Image {
            val now = START.toEpochMilli()
            val record =
                RunRecord(
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
            return Image(record, emptyList())
        }

        private val START = Instant.parse("2030-01-01T00:00:00Z")
    }
}

/**
 * One run, driven by hand and on one thread: the real machine and the real journal, without an engine around them. What comes
 * of a body is known when it starts and [pending] until it is delivered, so any of those that are under way may be the next
 * to end; each commit is kept as an [Image].
 *
 * Time goes on by a little with each event, to when a timer is due, and by a while in which nobody was there. Bodies have to be
 * functions of what they see, and must not wait for each other. [onStart] hears of each
 * body before it runs.
 */
class SimulatedRun private constructor(
    private val workflow: Workflow<*, *>,
    image: Image,
    private val scopes: BodyScopes,
    private val onStart: (Path, Image, Instant) -> Unit,
) {
    private val replay = Replay.of(image.record, workflow, image.rows)
    private val outcomes = LinkedHashMap<String, (Instant) -> Event>()
    private var now = image.newest()
    val images = mutableListOf(image)
    val image: Image get() = images.last()
    val isOver: Boolean get() = replay.machine().end() != null

    /** What may happen next. */
    val pending: List<String> get() = outcomes.keys.toList()

    fun deliver(name: String) {
        val event = requireNotNull(outcomes.remove(name)) { "$name is not under way; $pending are" }
        now = now.plusMillis(1)
        carryOut(replay.machine().on(event(now)))
    }

    private fun carryOut(transition: Transition) {
        if (transition.entries().isNotEmpty()) {
            val machine = replay.machine()
            images += image.with(replay.journal().write(transition.entries(), machine.context(), machine.rest()))
        }
        transition.actions().forEach(::perform)
    }

    private fun perform(action: Action) {
        when (action) {
            is Action.StartBody -> {
                onStart(action.path(), image, now)
                outcomes[name(action.path(), action.attempt())] = run(action)
            }

            is Action.CancelBody -> {
                val name = name(action.path(), action.attempt())
                if (name in outcomes) outcomes[name] = ended(action.path(), action.attempt(), BodyOutcome.Cancelled())
            }

            is Action.SetTimer -> {
                outcomes["${action.kind()} ${name(action.path(), action.attempt())}"] = { fired(action) }
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

    private fun fired(timer: Action.SetTimer): Event {
        now = maxOf(now, timer.due())
        return Event.TimerFired(timer.path(), timer.attempt(), timer.kind(), timer.due())
    }

    private fun run(start: Action.StartBody): (Instant) -> Event {
        val record = image.record
        val identity = AttemptContext.RunIdentity(record.id(), 1, workflow.name(), Payload(record.input()))
        val task = OutcomeTask(start, AttemptContext(identity, start, replay.machine().values(), null))
        val body = start.step().body()
        if (body is BlockingBody) task.perform(body) else scopes.open(record.id(), workflow.name()).launch(task)
        return ended(start.path(), start.attempt(), task.outcome())
    }

    private fun ended(
        path: Path,
        attempt: Int,
        outcome: BodyOutcome,
    ): (Instant) -> Event = now.let { begun -> { at -> Event.BodyEnded(path, attempt, outcome, begun, at, 0.5) } }

    private fun name(
        path: Path,
        attempt: Int,
    ) = "$path~$attempt"

    companion object {
        private val AWAY = Duration.ofMinutes(20)

        fun begin(
            workflow: Workflow<*, *>,
            input: String = "null",
            scopes: BodyScopes,
            onStart: (Path, Image, Instant) -> Unit = { _, _, _ -> },
        ) = SimulatedRun(workflow, Image.begun(workflow, input), scopes, onStart).apply {
            carryOut(replay.machine().start(now))
        }

        /** Goes on from what a crash left, as an engine does. */
        fun resume(
            workflow: Workflow<*, *>,
            image: Image,
            scopes: BodyScopes,
            onStart: (Path, Image, Instant) -> Unit = { _, _, _ -> },
        ) = SimulatedRun(workflow, image, scopes, onStart).apply {
            now += AWAY
            if (!isOver) carryOut(replay.machine().recover(now))
        }
    }
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

    @Suppress("TooGenericExceptionCaught") // whatever a body throws is its step's failure
    fun perform(body: BlockingBody) {
        val value =
            try {
                body.run(context)
            } catch (thrown: Throwable) {
                return failed(thrown)
            }
        completed(value)
    }

    override fun body(): Body = start.step().body()

    override fun context(): BodyContext = context

    override fun loggingContext(): Map<String, String> = emptyMap()

    override fun completed(value: Any?) {
        @Suppress("UNCHECKED_CAST")
        val type = start.step().output() as ValueType<Any?>
        end(BodyOutcome.Completed(Payload.of(type.encode(value)), context.changes(), context.warnings()))
    }

    override fun failed(thrown: Throwable) {
        val isRetryable =
            start
                .step()
                .retry()
                .condition()
                .test(thrown)
        end(BodyOutcome.Failed(Failure.of(thrown), isRetryable))
    }

    override fun cancelled() = end(BodyOutcome.Cancelled())

    private fun end(outcome: BodyOutcome) {
        result = outcome
        ended.countDown()
    }
}
