package dev.perdure.samples.benchmarks

import java.util.Locale

/** B8: 20,000 steps in one sequence in a small heap, which must not grow with the steps. */
internal class LongRun(private val scale: Scale) {
    fun measure(): List<Result> {
        val file = scale.directory.resolve("b8.db")
        val steps = scale.of(STEPS)
        val child =
            ChildJvm.run(
                "dev.perdure.samples.benchmarks.LongSequenceKt",
                listOf("$file", "$steps"),
                listOf("-Xmx128m"),
            )
        delete(file)
        val (rate, rawRate) =
            child.lines
                .last()
                .split(' ')
                .map { it.toDouble() }
        val heap =
            child.lines.dropLast(1).map { line ->
                val (step, used) = line.split(' ')
                step.toDouble() to used.toDouble()
            }
        val growth = slope(heap)
        return listOf(
            Result(
                "B8-seq",
                "%,d steps in one run, -Xmx128m".format(Locale.ROOT, steps),
                "steps/s",
                rate,
                rawRate,
                rate / rawRate,
                "no slope in the heap",
                growth < LEAST_SLOPE,
                "the heap after collection grows by %.0f bytes a step, from %.1f to %.1f MB; the forEach of B8 cannot be measured yet"
                    .format(Locale.ROOT, growth, heap.first().second / MEGABYTE, heap.last().second / MEGABYTE),
            ),
        )
    }

    private companion object {
        const val STEPS = 20_000
        const val LEAST_SLOPE = 10.0
        const val MEGABYTE = 1e6
    }
}
