package dev.perdure.samples.benchmarks

import dev.perdure.storage.SqliteStore
import java.util.Locale

/** B7: what a run costs that only waits, and how fast many timers are that come due at once. */
internal class Suspended(private val scale: Scale) {
    fun measure(): List<Result> {
        val waiting = scale.of(WAITING)
        val sleeping = scale.of(SLEEPING)
        val file = scale.directory.resolve("b7.db")
        val child =
            ChildJvm.run("dev.perdure.samples.benchmarks.SuspendedRunsKt", listOf("$file", "$waiting", "$sleeping"))
        delete(file)
        val (bytes, timers) =
            child.lines
                .single()
                .split(' ')
                .map { it.toDouble() }
        val steps = stepRate()
        return listOf(
            Result(
                "B7-heap",
                "%,d runs that wait".format(Locale.ROOT, waiting),
                "bytes/run",
                bytes,
                MOST_BYTES,
                bytes / MOST_BYTES,
                "under 100 bytes",
                bytes < MOST_BYTES,
                "raw is the target",
            ),
            Result(
                "B7-timers",
                "%,d timers due at once".format(Locale.ROOT, sleeping),
                "timers/s",
                timers,
                steps,
                timers / steps,
                "at least 1.00",
                timers >= steps,
                rawNote(timers, sleeping),
            ),
        )
    }

    private fun rawNote(
        timers: Double,
        sleeping: Int,
    ): String {
        val file = scale.directory.resolve("b7-raw.db")
        val raw =
            RawTimers(file, Ids(1)).use { limit ->
                median(List(ROUNDS) { limit.sample(sleeping, IN_FLIGHT).perSecond })
            }
        delete(file)
        val note =
            "raw is the steps that B2 records in a second; %.2f of raw JDBC that records the same timers (%,.0f/s)"
        return note.format(Locale.ROOT, timers / raw, raw)
    }

    private fun stepRate(): Double {
        val file = scale.directory.resolve("b7-steps.db")
        val rate =
            OpenEngine(SqliteStore.open(file), sequence(STEPS), STEPS).use { engine ->
                repeat(2) { engine.sample(scale.of(RUNS), IN_FLIGHT) }
                engine.sample(scale.of(RUNS), IN_FLIGHT).all.perSecond
            }
        delete(file)
        return rate
    }

    private companion object {
        const val WAITING = 100_000
        const val SLEEPING = 10_000
        const val MOST_BYTES = 100.0
        const val STEPS = 10
        const val RUNS = 2_000
        const val ROUNDS = 5
        const val IN_FLIGHT = 64
    }
}
