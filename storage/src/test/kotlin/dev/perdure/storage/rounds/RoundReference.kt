package dev.perdure.storage.rounds

import dev.perdure.core.Json
import dev.perdure.core.StepStatus
import dev.perdure.core.journal.Row
import dev.perdure.core.spi.Recorded

/**
 * What a [RoundWorkflow] means, said a second time and without an engine: from the values that are recorded, what each body must
 * have been given, and how the run ends.
 */
internal class RoundReference(
    recorded: Recorded,
) {
    private val input = Json.read(recorded.run().input()) as Map<*, *>
    private val done =
        recorded
            .rows()
            .filter { it.status() == StepStatus.COMPLETED }
            .groupBy { it.path() }
            .mapValues { it.value.last() }
    private val isWaiting = input["waits"] as Boolean

    /** The paths of the steps, each of which succeeds once. */
    val paths: Set<String> =
        listOf("first", "flaky", A, "race/left/b", RIGHT, "sums/x", "sums/y", "debit", "last")
            .plus(packs())
            .plus(if (isWaiting) listOf(HEARD) else listOf())
            .toSet()

    private fun packs() = (0 until RoundWorkflow.ITEMS).map { "items[$it]/pack" }

    /** What a step yielded; "nothing" where that is not recorded. */
    fun value(path: String): String = done[path]?.output()?.let { "${Json.read(it)}" } ?: "nothing"

    private fun seq(path: String): Long = done[path]?.seq() ?: 0

    private fun winner() = value(if (seq("race/left") > seq(RIGHT)) A else RIGHT)

    /** What every attempt of a step must have been given. */
    fun given(path: String): String =
        RoundWorkflow.line(
            when (path) {
                "first" -> listOf(input["number"])
                "flaky" -> listOf(value("first"))
                A, RIGHT -> listOf(value("flaky"))
                "race/left/b" -> listOf(value(A))
                "sums/x", "sums/y" -> listOf(winner())
                "debit" -> listOf(RoundWorkflow.flatten(packed()))
                HEARD -> listOf(signal(input["number"]), value("debit"))
                "last" -> listOf(value("debit"), winner(), 2)
                in packs() -> listOf(path.substringAfter('[').substringBefore(']'), winner())
                else -> listOf("$path is no step")
            },
        )

    private fun packed() = packs().map(::value)

    /** The context at the run's end. */
    fun context(): Map<String, Any?> =
        mapOf(
            RoundWorkflow.WINNER to winner(),
            RoundWorkflow.ALL to listOf(value("sums/x"), value("sums/y")),
            RoundWorkflow.COUNT to 2L,
            RoundWorkflow.PACKED to packed(),
        )

    /** The rows of steps, other than those of failed and interrupted attempts. */
    fun successes(rows: List<Row>): List<Row> =
        rows.filter { it.kind() == "step" && it.status() == StepStatus.COMPLETED }

    companion object {
        private const val A = "race/left/a"
        private const val RIGHT = "race/right"
        private const val HEARD = "wait/yes/heard"

        /** The payload of a run's signal. */
        fun signal(number: Any?): String = "go $number"
    }
}
