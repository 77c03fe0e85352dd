package dev.perdure.samples.benchmarks

/** The value in the middle; the mean of the two there for an even count. */
internal fun median(values: List<Double>): Double {
    require(values.isNotEmpty()) { "there is no median of nothing" }
    val sorted = values.sorted()
    val middle = sorted.size / 2
    return if (sorted.size % 2 == 1) sorted[middle] else (sorted[middle - 1] + sorted[middle]) / 2
}

/** How much y grows for each 1 of x, by least squares; 0 when x does not vary. */
internal fun slope(points: List<Pair<Double, Double>>): Double {
    val meanX = points.map { it.first }.average()
    val meanY = points.map { it.second }.average()
    val spread = points.sumOf { (x, _) -> (x - meanX) * (x - meanX) }
    return if (spread == 0.0) 0.0 else points.sumOf { (x, y) -> (x - meanX) * (y - meanY) } / spread
}
