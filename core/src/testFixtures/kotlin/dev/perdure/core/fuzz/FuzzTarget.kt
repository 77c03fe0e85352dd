package dev.perdure.core.fuzz

/**
 * What is fuzzed: a class with a static method `fuzzerTestOneInput`.
 *
 * @param name also that of its directory below `src/test/corpus`, whose files are inputs
 * @param seeds other inputs to begin with
 * @param runs how many inputs are tried in each build
 * @param coverage how many places in the code those reach at least
 */
class FuzzTarget(
    val name: String,
    val entry: Class<*>,
    val seeds: List<String>,
    val runs: Int,
    val coverage: Int,
)
