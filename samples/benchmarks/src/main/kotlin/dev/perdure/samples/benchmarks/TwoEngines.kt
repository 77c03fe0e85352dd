package dev.perdure.samples.benchmarks

import java.util.concurrent.Executors
import java.util.concurrent.Future

/** B13: what two engines carry together, each with half of the runs, against one with all of them. */
internal class TwoEngines(private val scale: Scale) {
    fun measure(): List<Result> {
        val runs = scale.of(RUNS)
        val medians =
            engines("b13-one", 1).use { one ->
                engines("b13-two", 2).use { two ->
                    scale
                        .rounds(raw = { one.sample(runs) }, perdure = { two.sample(runs) })
                        .medians { it.perSecond }
                }
            }
        listOf("b13-one", "b13-two").forEach(scale.databases::drop)
        return listOf(
            Result(
                "B13",
                "B2 by two engines",
                "steps/s",
                medians.perdure,
                medians.raw,
                medians.ratio,
                "at least 1.20",
                medians.ratio >= LEAST,
                "raw is one engine; both are in one JVM, and the server is on the same processors",
            ),
        )
    }

    private fun engines(
        database: String,
        count: Int,
    ) = Engines(List(count) { OpenEngine(scale.databases.store(database), sequence(STEPS), STEPS) })

    private class Engines(private val engines: List<OpenEngine>) : AutoCloseable {
        private val callers = Executors.newFixedThreadPool(engines.size)

        init {
            engines.forEach { it.warmUp(IN_FLIGHT) }
        }

        fun sample(runs: Int): Sample =
            sample(runs * STEPS.toLong()) {
                val parts: List<Future<*>> =
                    engines.map { callers.submit { it.sample(runs / engines.size, IN_FLIGHT / engines.size) } }
                parts.forEach { it.get() }
            }

        override fun close() {
            callers.shutdown()
            engines.forEach { it.close() }
        }
    }

    private companion object {
        const val STEPS = 10
        const val RUNS = 2_000
        const val IN_FLIGHT = 64
        const val LEAST = 1.2
    }
}
