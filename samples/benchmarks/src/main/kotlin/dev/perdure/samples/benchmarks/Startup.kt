package dev.perdure.samples.benchmarks

/** B9: how long a JVM takes from its start to its first recorded step, against a program of plain JDBC. */
internal class Startup(private val scale: Scale) {
    fun measure(): List<Result> {
        val medians =
            scale
                .rounds(
                    raw = { child("dev.perdure.samples.benchmarks.BareJdbcKt") },
                    perdure = { child("dev.perdure.samples.benchmarks.FirstStepKt") },
                ).medians { it }
        return listOf(
            Result(
                "B9",
                "JVM start to the first recorded step",
                "ms",
                medians.perdure,
                medians.raw,
                medians.ratio,
                "at most 3.00",
                medians.ratio <= MOST,
            ),
        )
    }

    private fun child(mainClass: String): Double {
        val file = scale.directory.resolve("b9.db")
        val child = ChildJvm.run(mainClass, listOf(file.toString()))
        check(child.lines == listOf(RECORDED)) { "$mainClass printed ${child.lines}" }
        delete(file)
        return child.firstLineMillis
    }

    companion object {
        const val RECORDED = "recorded"
        private const val MOST = 3.0
    }
}
