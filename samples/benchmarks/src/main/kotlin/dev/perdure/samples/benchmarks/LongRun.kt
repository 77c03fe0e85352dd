package dev.perdure.samples.benchmarks

import java.util.Locale

/** B8: many steps in a small heap, which must not grow with them. */
internal class LongRun(private val scale: Scale) {
    fun measure(): List<Result> =
        listOf(
            measure("B8-seq", "sequence", "%,d steps in one run, -Xmx128m", scale.of(STEPS)),
            measure("B8-each", "items", "a loop over %,d items, -Xmx128m", scale.of(ITEMS)),
        )

    private fun measure(
        id: String,
        kind: String,
        title: String,
        steps: Int,
    ): Result {
        val file = scale.directory.resolve("b8.db")
        val args = listOf(kind, "$file", "$steps")
        val child = ChildJvm.run("dev.perdure.samples.benchmarks.SmallHeapKt", args, listOf("-Xmx128m"))
        delete(file)
        val (rate, rawRate) =
            child.lines
                .last()
                .split(' ')
                .map { it.toDouble() }
        val heap = child.lines.dropLast(1).map { line -> line.split(' ').map { it.toDouble() } }
        val growth = slope(heap.map { (step, used) -> step to used })
        return Result(
            id,
            title.format(Locale.ROOT, steps),
            "steps/s",
            rate,
            rawRate,
            rate / rawRate,
            "no slope in the heap",
            growth < LEAST_SLOPE,
            "the heap after collection grows by %.0f bytes a step, from %.1f to %.1f MB"
                .format(Locale.ROOT, growth, heap.first()[1] / MEGABYTE, heap.last()[1] / MEGABYTE),
            curve =
                Curve(
                    "heap",
                    "steps done",
                    "MB after a collection",
                    listOf(Series(kind, heap.map { (done, used) -> Point(done, used / MEGABYTE) })),
                ),
        )
    }

    private companion object {
        const val STEPS = 20_000
        const val ITEMS = 100_000
        const val LEAST_SLOPE = 10.0
        const val MEGABYTE = 1e6
    }
}
