package dev.perdure.samples.benchmarks

import dev.perdure.core.Json
import java.util.Locale

/**
 * What a workload was measured at.
 *
 * @property rate the median of what Perdure took or did, in [unit]
 * @property rawRate the same of what it is compared to
 * @property ratio the median of the rounds' ratios, each of two neighbours in time: noise that lasts is in both of them
 * @property target what is asked for; empty where nothing is, which is met
 * @property note what else was seen
 * @property curve what it adds to a drawing
 */
internal data class Result(
    val id: String,
    val title: String,
    val unit: String,
    val rate: Double,
    val rawRate: Double,
    val ratio: Double,
    val target: String,
    val isMet: Boolean,
    val note: String = "",
    val store: String = "sqlite",
    val curve: Curve? = null,
) {
    fun toJson(): String =
        Json.write(
            linkedMapOf(
                "id" to id,
                "store" to store,
                "rate" to rounded(rate),
                "raw_rate" to rounded(rawRate),
                "ratio" to rounded(ratio),
                "unit" to unit,
                "target" to target,
                "met" to isMet,
                "note" to note,
            ),
        )

    fun toLine(): String {
        val verdict = if (target.isEmpty()) "" else " $target: " + if (isMet) "met" else "missed"
        val figures =
            "%-9s %-38s %12s %12s %7.2f  %-12s".format(
                Locale.ROOT,
                id,
                title,
                text(rate),
                text(rawRate),
                ratio,
                unit,
            )
        return "$figures$verdict".trimEnd() + if (note.isEmpty()) "" else "\n          $note"
    }

    companion object {
        val HEADER: String =
            "%-9s %-38s %12s %12s %7s  %-12s %s".format(
                Locale.ROOT,
                "id",
                "workload",
                "perdure",
                "raw",
                "ratio",
                "unit",
                "target",
            )

        private const val THOUSANDTHS = 1_000.0

        private fun text(value: Double): String =
            if (value < THOUSANDTHS) "%.2f".format(Locale.ROOT, value) else "%,.0f".format(Locale.ROOT, value)

        private fun rounded(value: Double): Double = Math.round(value * THOUSANDTHS) / THOUSANDTHS
    }
}
