package dev.perdure.core.fuzz

/**
 * How Jazzer ended, and what it printed.
 *
 * @param crash the input that something escaped with
 */
class FuzzReport(
    val exit: Int,
    val lines: List<String>,
    val crash: ByteArray?,
) {
    val inputs: Long = last(Regex("stat::number_of_executed_units: (\\d+)"))

    /** How many places in the code the inputs reached. */
    val coverage: Long = last(Regex("cov: (\\d+)"))

    /** What there is to be seen of a failure, without the lines about each input that reached something new. */
    fun story(): String = lines.filterNot { NOISE.containsMatchIn(it) }.takeLast(MOST).joinToString("\n")

    private fun last(number: Regex): Long =
        lines.asReversed().firstNotNullOfOrNull { number.find(it) }?.run { groupValues[1].toLong() } ?: 0

    private companion object {
        const val MOST = 80
        val NOISE = Regex("^#\\d+\\s|^INFO: ")
    }
}
