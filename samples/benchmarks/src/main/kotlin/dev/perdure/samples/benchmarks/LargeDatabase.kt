package dev.perdure.samples.benchmarks

import dev.perdure.storage.SqliteStore
import java.util.Locale

/** B6: B2 in a database that holds many steps already, against B2 in an empty one. */
internal class LargeDatabase(private val scale: Scale) {
    fun measure(): List<Result> {
        val held = scale.of(HELD)
        val file = scale.directory.resolve("b6.db")
        RawSqlite(file, Ids(1), synchronous = "OFF").use {
            it.pragma("cache_size = -400000")
            it.write(held / STEPS, FILL_RUNS, List(STEPS) { 1 }, hasRunRows = true)
            it.pragma("wal_checkpoint(TRUNCATE)")
        }
        val runs = scale.of(RUNS)
        val workflow = sequence(STEPS)
        val empty = scale.directory.resolve("b6-empty.db")
        val medians =
            OpenEngine(SqliteStore.open(empty), workflow, STEPS).use { small ->
                OpenEngine(SqliteStore.open(file), workflow, STEPS).use { large ->
                    scale
                        .rounds(
                            raw = { small.sample(runs, IN_FLIGHT).all },
                            perdure = { large.sample(runs, IN_FLIGHT).all },
                        ).medians { it.perSecond }
                }
            }
        delete(empty)
        delete(file)
        return listOf(
            Result(
                "B6",
                "B2 beside %,d step rows".format(Locale.ROOT, held),
                "steps/s",
                medians.perdure,
                medians.raw,
                medians.ratio,
                "at least 0.85",
                medians.ratio >= LEAST,
                "raw is B2 in an empty database" + if (scale.isFull) "" else "; the full workload holds 5,000,000 rows",
            ),
        )
    }

    private companion object {
        const val HELD = 5_000_000
        const val STEPS = 10
        const val RUNS = 2_000
        const val IN_FLIGHT = 64
        const val FILL_RUNS = 1_000
        const val LEAST = 0.85
    }
}
