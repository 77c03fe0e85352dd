package dev.perdure.samples.benchmarks

/** How one quantity grows with another. Curves of the same [name] are parts of one drawing. */
internal data class Curve(
    val name: String,
    val xTitle: String,
    val yTitle: String,
    val series: List<Series>,
) {
    /** This one with what [other] has besides: points of the same series come together. */
    fun with(other: Curve): Curve {
        val names = (series + other.series).map { it.name }.distinct()
        val merged =
            names.map { name ->
                Series(name, (series + other.series).filter { it.name == name }.flatMap { it.points })
            }
        return copy(series = merged)
    }
}

internal data class Series(val name: String, val points: List<Point>)

internal data class Point(val x: Double, val y: Double)

/** One curve for each name, in the order in which they came. */
internal fun List<Curve>.merged(): List<Curve> = groupBy { it.name }.values.map { parts -> parts.reduce(Curve::with) }
