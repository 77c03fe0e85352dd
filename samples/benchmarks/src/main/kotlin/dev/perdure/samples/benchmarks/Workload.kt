package dev.perdure.samples.benchmarks

import java.nio.file.Path

/**
 * How much is measured.
 *
 * @property rounds measured after one that warms up
 * @property factor what part of a full workload one round does
 * @property directory for databases
 * @property databases where those workloads are measured that are not of SQLite alone
 */
internal class Scale(
    val rounds: Int,
    private val factor: Double,
    val directory: Path,
    val databases: Databases = SqliteFiles(directory),
) {
    val isFull: Boolean get() = factor == 1.0

    fun of(full: Int): Int = (full * factor).toInt().coerceAtLeast(1)

    companion object {
        fun full(
            directory: Path,
            databases: Databases,
        ): Scale = Scale(rounds = 11, factor = 1.0, directory, databases)

        fun quick(
            directory: Path,
            databases: Databases,
        ): Scale = Scale(rounds = 3, factor = 0.2, directory, databases)
    }
}

/**
 * Something that is measured beside what it is compared to. One may have several results.
 *
 * @property stores where it can be measured
 */
internal class Workload(
    val id: String,
    val title: String,
    val stores: Set<StoreKind>,
    val measure: (Scale) -> List<Result>,
)

/** Each round's two samples, the pair's order changing from round to round. */
internal fun <T> Scale.rounds(
    raw: () -> T,
    perdure: () -> T,
): List<Pair<T, T>> =
    (0..rounds)
        .map { round ->
            if (round % 2 == 0) {
                val first = raw()
                perdure() to first
            } else {
                perdure() to raw()
            }
        }.drop(1)

/** The medians of [value] over the rounds, of Perdure and of raw, and of their ratio. */
internal fun <T> List<Pair<T, T>>.medians(value: (T) -> Double): Medians =
    Medians(
        median(map { (perdure, _) -> value(perdure) }),
        median(map { (_, raw) -> value(raw) }),
        median(map { (perdure, raw) -> value(perdure) / value(raw) }),
    )

internal data class Medians(val perdure: Double, val raw: Double, val ratio: Double)
