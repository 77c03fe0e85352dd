package dev.perdure.core.machine

import dev.perdure.core.Failure
import dev.perdure.core.Path
import dev.perdure.core.definition.Answer
import dev.perdure.core.definition.Ask
import dev.perdure.core.definition.Workflow
import dev.perdure.core.journal.Changes
import dev.perdure.core.journal.Context
import dev.perdure.core.journal.Entry
import dev.perdure.core.journal.Payload
import dev.perdure.core.journal.Row
import dev.perdure.core.journal.RowFormat
import java.time.Duration
import java.time.Instant

/**
 * One run's machine, driven by hand: an event goes in, entries and actions come out. No body or code ever runs; the test says
 * what comes of them and what they ask for. Whatever is sent says which entries it led to, as in `StepCompleted a`.
 */
internal class Driven private constructor(
    private val workflow: Workflow<*, *>,
    private val deadline: Instant?,
    former: List<Entry>,
) {
    val machine = RunMachine(workflow, Context.EMPTY, START, deadline)
    val journal = former.toMutableList()
    val actions = mutableListOf<Action>()
    private var now = former.maxOfOrNull { it.at() } ?: START
    private var asks = 0L

    private fun take(transition: Transition): List<String> {
        journal += transition.entries()
        actions += transition.actions()
        return transition.entries().map { "${it.javaClass.simpleName} ${it.path()}".trim() }
    }

    fun on(event: Event): List<String> = take(machine.on(event))

    /** Time goes on. */
    fun tick(by: Duration = Duration.ofMillis(1)): Instant = (now + by).also { now = it }

    // Bodies.

    /** How often a body, or code, was started. */
    fun started(path: String): Int = starts(path).size

    private fun starts(path: String): List<Action.StartBody> =
        actions
            .mapNotNull {
                when (it) {
                    is Action.StartBody -> it
                    is Action.StartCode -> it.start()
                    else -> null
                }
            }.filter { it.path() == Path.parse(path) }

    private fun attempt(path: String) = starts(path).last().attempt()

    fun ended(
        path: String,
        outcome: BodyOutcome,
        attempt: Int = attempt(path),
    ) = Event.BodyEnded(Path.parse(path), attempt, outcome, now, tick(), 0.5)

    fun completes(
        path: String,
        value: Any? = path,
        changes: Changes = Changes.NONE,
    ) = on(ended(path, BodyOutcome.Completed(Payload.of(value), changes)))

    fun fails(
        path: String,
        isRetryable: Boolean = true,
    ) = on(ended(path, BodyOutcome.Failed(Failure.of(IllegalStateException("no")), isRetryable)))

    fun stops(path: String) = on(ended(path, BodyOutcome.Cancelled()))

    fun isStopping(path: String): Boolean = Action.CancelBody(Path.parse(path), attempt(path)) in actions

    // Time.

    fun timer(
        kind: TimerKind,
        path: String,
        attempt: Int,
    ) = Event.TimerFired(Path.parse(path), attempt, kind, tick())

    /** The timer that was set last. */
    fun fires(
        kind: TimerKind,
        path: String,
    ): List<String> {
        val set =
            actions.filterIsInstance<Action.SetTimer>().last {
                it.kind() == kind && it.path() ==
                    Path.parse(
                        path,
                    )
            }
        now = maxOf(now, set.due())
        return on(timer(kind, path, set.attempt()))
    }

    // Code.

    /** Asks for something; the number of the question. */
    fun ask(
        what: Ask,
        code: String = "",
    ): Long {
        val number = ++asks
        on(Event.Asked(Path.parse(code), attempt(code), number, what, tick()))
        return number
    }

    fun answer(ask: Long): Answer? = actions.filterIsInstance<Action.Reply>().lastOrNull { it.ask() == ask }?.answer()

    fun givesUp(
        ask: Long,
        code: String = "",
    ): List<String> = on(Event.GaveUp(Path.parse(code), attempt(code), ask, tick()))

    // The run.

    fun cancel() = on(Event.CancelAsked("enough", tick()))

    fun retry() = on(Event.RetryAsked(tick()))

    /** The process dies, and another one goes on with what is recorded, by [changed] definition if there is one. */
    fun crash(changed: Workflow<*, *> = workflow): Driven = resume(changed, journal, deadline)

    /** The rows that a store has of it. */
    fun rows(): List<Row> =
        stored(journal)
            .filter { it !is Entry.RunEnded }
            .mapIndexed { index, entry -> RowFormat.toRow(entry, index + 1L, machine.place(entry.path())) }

    companion object {
        val START: Instant = Instant.parse("2030-01-01T00:00:00Z")

        fun begin(
            workflow: Workflow<*, *>,
            deadline: Instant? = null,
        ) = Driven(workflow, deadline, emptyList()).apply { take(machine.start(START)) }

        fun resume(
            workflow: Workflow<*, *>,
            journal: List<Entry>,
            deadline: Instant? = null,
        ) = Driven(workflow, deadline, journal).apply {
            stored(journal).forEach { if (it is Entry.RunEnded) machine.replayEnd(it) else machine.replay(it, false) }
            take(machine.recover(tick()))
        }

        /** What a store keeps: an outcome takes the place of the row that says that something began, a retry that of the end. */
        private fun stored(journal: List<Entry>): List<Entry> =
            journal.filterIndexed { index, entry ->
                val later = journal.drop(index + 1)
                when (entry) {
                    is Entry.RunEnded -> later.isEmpty()
                    is Entry.WaitStarted, is Entry.StepStarted -> later.none { it.path() == entry.path() }
                    else -> true
                }
            }
    }
}
