package dev.perdure.samples.benchmarks

import java.util.Locale
import java.util.concurrent.Executors
import java.util.concurrent.Future

/** B13: what two engines carry together, each with half of the runs and as many of them in flight as one alone, against that one. */
internal class TwoEngines(private val scale: Scale) {
    fun measure(): List<Result> {
        val runs = scale.of(RUNS)
        val loads = HashMap<Int, MutableList<Double>>()
        val medians =
            engines("b13-one", 1).use { one ->
                engines("b13-two", 2).use { two ->
                    scale
                        .rounds(raw = { one.sample(runs, loads) }, perdure = { two.sample(runs, loads) })
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
                "raw is one engine; both are in one JVM, with the server on the same processors: " + told(loads),
            ),
        )
    }

    private fun told(loads: Map<Int, List<Double>>): String =
        loads.toSortedMap().entries.joinToString(" and ", prefix = "busy for ") { (engines, each) ->
            "%.0f %% with $engines".format(Locale.ROOT, PERCENT * median(each))
        }

    private fun engines(
        database: String,
        count: Int,
    ) = Engines(List(count) { OpenEngine(scale.databases.store(database), sequence(STEPS), STEPS) })

    private inner class Engines(private val engines: List<OpenEngine>) : AutoCloseable {
        private val callers = Executors.newFixedThreadPool(engines.size)

        init {
            engines.forEach { it.warmUp(scale, IN_FLIGHT) }
        }

        fun sample(
            runs: Int,
            loads: MutableMap<Int, MutableList<Double>>,
        ): Sample {
            processorLoad()
            val sample =
                sample(runs * STEPS.toLong()) {
                    val parts: List<Future<*>> =
                        engines.map { callers.submit { it.sample(runs / engines.size, IN_FLIGHT) } }
                    parts.forEach { it.get() }
                }
            loads.getOrPut(engines.size, ::ArrayList) += processorLoad()
            return sample
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
        const val PERCENT = 100
    }
}
