package dev.perdure.storage.rounds

import dev.perdure.core.definition.AtomicContext
import dev.perdure.core.definition.Merge
import dev.perdure.core.definition.ParallelBuilder
import dev.perdure.core.definition.Ref
import dev.perdure.core.definition.Retry
import dev.perdure.core.definition.SequenceBuilder
import dev.perdure.core.definition.StepContext
import dev.perdure.core.definition.StepOptions
import dev.perdure.core.definition.Workflow
import dev.perdure.core.engine.flow
import dev.perdure.core.engine.together
import java.time.Duration

/** What the bodies of a [RoundWorkflow] do. */
internal interface RoundBodies {
    /** Returns a value that no other body ever returns. */
    fun yielded(
        step: StepContext<Any>,
        given: List<Any?>,
    ): String

    /** As [yielded], and adds a row with the value to the application's table. */
    fun debited(
        step: AtomicContext<Any>,
        given: List<Any?>,
    ): String
}

/**
 * Steps that take what earlier ones yielded, in all that a run can be in the middle of: a block in which whoever ends last decides,
 * one in which all count, a step that fails at first, a sleep, a loop, an atomic step, and for some runs a signal.
 */
internal class RoundWorkflow(
    private val bodies: RoundBodies,
) {
    val workflow: Workflow<Any, String> =
        flow(NAME) {
            val first = work("first") { listOf(it.inputs()["number"]) }
            val flaky = flaky(first)
            race(flaky)
            together("sums") {
                listOf("x", "y").forEach { name ->
                    work(name, { listOf(it.context(WINNER)) }) { step, value ->
                        step.append(ALL, value)
                        step.increment(COUNT, 1)
                    }
                }
            }
            sleep("nap", NAP)
            pack()
            val debit =
                atomic("debit", String::class.java, PATIENT) { step ->
                    bodies.debited(step, listOf(flatten(step.get(PACKED, List::class.java))))
                }
            signal(debit)
            work("last") { listOf(it.get(debit), it.context(WINNER), it.context(COUNT)) }
        }

    private fun SequenceBuilder<Any>.flaky(first: Ref<String>): Ref<String> =
        step("flaky", String::class.java, PATIENT) { step ->
            bodies.yielded(step, listOf(step.get(first))).also { check(step.attempt() > 1) { "fails at first" } }
        }

    private fun SequenceBuilder<Any>.race(flaky: Ref<String>) =
        together("race") {
            merge(Merge.LastWins())
            branch("left") { branch ->
                val a =
                    branch.step("a", String::class.java, PATIENT) { step ->
                        bodies.yielded(step, listOf(step.get(flaky))).also { step.put(WINNER, it) }
                    }
                branch.work("b") { listOf(it.get(a)) }
            }
            work("right", { listOf(it.get(flaky)) }) { step, value -> step.put(WINNER, value) }
        }

    private fun SequenceBuilder<Any>.pack() =
        forEach("items", Int::class.javaObjectType, { List(ITEMS) { it } }) { loop, item ->
            loop.concurrency(2)
            loop.step("pack", String::class.java, PATIENT) { step ->
                val given = listOf(step.get(item), step.context(WINNER))
                bodies.yielded(step, given).also { step.append(PACKED, it) }
            }
        }

    private fun SequenceBuilder<Any>.signal(debit: Ref<String>) =
        choose("wait") { choice ->
            choice.on(YES, { it.inputs()["waits"] as Boolean }) { clause ->
                val go = clause.awaitSignal(SIGNAL, String::class.java)
                clause.work("heard") { listOf(it.get(go), it.get(debit)) }
            }
        }

    private fun SequenceBuilder<Any>.work(
        name: String,
        given: (StepContext<Any>) -> List<Any?>,
    ): Ref<String> = step(name, String::class.java, PATIENT) { bodies.yielded(it, given(it)) }

    private fun ParallelBuilder<Any>.work(
        name: String,
        given: (StepContext<Any>) -> List<Any?>,
        write: (StepContext<Any>, String) -> Unit,
    ) = step(name, String::class.java, PATIENT) { step ->
        bodies.yielded(step, given(step)).also { write(step, it) }
    }

    private fun StepContext<Any>.context(key: String): Any? = get(key, Any::class.java)

    companion object {
        const val NAME = "round"
        const val SIGNAL = "go"
        const val WINNER = "winner"
        const val ALL = "all"
        const val COUNT = "count"
        const val PACKED = "packed"
        const val YES = "yes"
        const val ITEMS = 3
        val NAP: Duration = Duration.ofMillis(200)

        /** So many attempts that no number of disturbances uses them up. */
        private val PATIENT = StepOptions.DEFAULT.retry(Retry.fixed(100, Duration.ofMillis(1)))

        /** The input of a run. */
        fun input(
            number: Int,
            waits: Boolean,
        ): Map<String, Any> = mapOf("number" to number, "waits" to waits)

        private fun StepContext<Any>.inputs() = input() as Map<*, *>

        fun flatten(values: List<*>?): String = values.orEmpty().joinToString("+")

        /** What bodies are given, in one line. */
        fun line(given: List<Any?>): String = given.joinToString(" ")
    }
}
