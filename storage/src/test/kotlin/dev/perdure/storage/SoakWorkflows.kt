package dev.perdure.storage

import dev.perdure.core.engine.EngineEvent
import dev.perdure.core.engine.EngineEvent.WaitStarted
import dev.perdure.core.engine.does
import dev.perdure.core.engine.flow
import dev.perdure.dsl.StepScope
import dev.perdure.dsl.WorkflowScope
import dev.perdure.dsl.awaitAll
import dev.perdure.dsl.fixed
import dev.perdure.dsl.procedure
import dev.perdure.dsl.workflow
import java.util.concurrent.atomic.AtomicInteger
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.milliseconds

/** What the service of a soak works on. Each run of [order] (with its child) and of [errand] has [STEPS] steps. */
internal class SoakWorkflows {
    private val ended = AtomicInteger()

    /** How many bodies of steps came to their end. */
    val bodies: Int get() = ended.get()

    private fun <T> ended(value: T): T = value.also { ended.incrementAndGet() }

    private fun StepScope<Int>.work(): String = ended("$path of $input")

    private fun WorkflowScope<Int>.steps(
        name: String,
        count: Int,
    ) = repeat(count) { number ->
        step("$name$number") {
            put("last", "$path")
            work()
        }
    }

    /** On threads, where the others are coroutines. */
    private val parcel =
        flow("parcel") {
            repeat(PART - 1) { number -> does("parcel$number") { ended(it) } }
            does("parcel") { ended(it) }
        }

    private val order =
        workflow<Int, Int>(ORDER) {
            steps("take", 14)
            step("flaky", retry = fixed(3, 1.milliseconds)) {
                check(attempt > 1) { "fails at first" }
                work()
            }
            parallel("pack") {
                repeat(3) { number -> sequence("side$number") { side(number) } }
            }
            forEach("items", { List(10) { it } }, concurrency = 4) { item ->
                step("item") {
                    increment("sum", item())
                    work()
                }
            }
            way()
            steps("close", 7)
            step("end") { ended(get<Int>("sum")) }
        }

    private fun WorkflowScope<Int>.side(number: Int) =
        repeat(4) { part ->
            step("part$part") {
                append("packed", number)
                work()
            }
        }

    /** A signal, a child run, a sleep, or none of that. */
    private fun WorkflowScope<Int>.way() =
        choose("way", { way(input) }) {
            case(Way.SIGNAL.name) {
                awaitSignal<Int>(PAID)
                steps("paid", PART)
            }
            case(Way.CHILD.name) { call<Int, String>("send", "parcel") { input } }
            case(Way.SLEEP.name) {
                sleep("nap", 5.milliseconds)
                steps("rested", PART)
            }
            otherwise { steps("plain", PART) }
        }

    /** As code. */
    private val errand =
        procedure<Int, Int>(ERRAND) {
            repeat(25) { step("go") { work() } }
            step("flaky", retry = fixed(3, 1.milliseconds)) {
                check(attempt > 1) { "fails at first" }
                work()
            }
            val sum = parallel { List(10) { number -> step("shop$number") { ended(number) } }.awaitAll().sum() }
            if (way(input) == Way.SIGNAL.name) awaitSignal<Int>(PAID)
            repeat(13) { step("back") { work() } }
            step("end") { ended(sum) }
        }

    /** Waits for long. */
    private val subscription =
        workflow<Int, String>(SUBSCRIPTION) {
            step("begin") { work() }
            choose("which", { input % 2 }) {
                case(0) { awaitSignal<Int>(STOP, timeout = 365.days) }
                otherwise { awaitSignal<Int>(STOP) }
            }
            step("end") { work() }
        }

    fun all() = arrayOf(parcel, order, errand, subscription)

    companion object {
        const val ORDER = "order"
        const val ERRAND = "errand"
        const val SUBSCRIPTION = "subscription"

        /** The steps of a run, with its child's. */
        const val STEPS = 50
        private const val PART = 5

        /** What runs wait for. */
        const val PAID = "paid"
        const val STOP = "stop"

        private enum class Way { SIGNAL, CHILD, SLEEP, PLAIN }

        private fun way(number: Int): String = Way.entries[number / 3 % Way.entries.size].name

        /** Each third run is code. */
        fun name(number: Int): String = if (number % 3 == 0) ERRAND else ORDER

        fun hasChild(number: Int): Boolean = name(number) == ORDER && way(number) == Way.CHILD.name

        /** Whether a run's signal is there before the run waits for it. */
        fun hasEarlySignal(number: Int): Boolean = way(number) == Way.SIGNAL.name && number % 2 == 0

        /** Whether a run with [PAID] in it waits for that now. */
        fun isAsking(event: EngineEvent): Boolean = event is WaitStarted && event.path().name() == PAID
    }
}
