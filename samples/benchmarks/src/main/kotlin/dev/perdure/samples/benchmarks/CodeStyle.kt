package dev.perdure.samples.benchmarks

/** B10: B1 and B2 as code in Java, against the graph that the Kotlin DSL builds. */
internal class CodeStyle(private val scale: Scale) {
    fun measure(): List<Result> =
        listOf(
            compare("B10-B1", "B1 as code in Java", scale.of(RUNS_ALONE), 1),
            compare("B10-B2", "B2 as code in Java", scale.of(RUNS_SHARED), IN_FLIGHT),
        )

    private fun compare(
        id: String,
        title: String,
        runs: Int,
        inFlight: Int,
    ): Result {
        val databases = scale.databases
        val names = listOf("b10-graph", "b10-code")
        val medians =
            OpenEngine(databases.store(names[0]), sequence(STEPS), STEPS).use { graph ->
                OpenEngine(databases.store(names[1]), JavaCode.sequence(STEPS, OUTPUT), STEPS).use { code ->
                    listOf(graph, code).forEach { it.warmUp(scale, inFlight) }
                    scale
                        .rounds(
                            raw = { graph.sample(runs, inFlight).all },
                            perdure = { code.sample(runs, inFlight).all },
                        ).medians { it.perSecond }
                }
            }
        names.forEach(databases::drop)
        return Result(
            id,
            title,
            "steps/s",
            medians.perdure,
            medians.raw,
            medians.ratio,
            "at least 0.85",
            medians.ratio >= LEAST,
            "raw is the same as a graph, from Kotlin",
        )
    }

    private companion object {
        const val STEPS = 10
        const val RUNS_ALONE = 120
        const val RUNS_SHARED = 2_000
        const val IN_FLIGHT = 64
        const val LEAST = 0.85
    }
}
