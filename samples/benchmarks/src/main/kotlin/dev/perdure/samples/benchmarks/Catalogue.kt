package dev.perdure.samples.benchmarks

import java.nio.file.Path

/** A store that is measured. */
internal enum class StoreKind(val word: String) {
    SQLITE("sqlite"),
    POSTGRES("postgres"),
    ;

    fun databases(directory: Path): Databases =
        when (this) {
            SQLITE -> SqliteFiles(directory)
            POSTGRES -> PostgresSchemas(directory)
        }
}

private val SQLITE_ONLY = setOf(StoreKind.SQLITE)
private val POSTGRES_ONLY = setOf(StoreKind.POSTGRES)
private val EITHER = StoreKind.entries.toSet()

/** What is measured, by the ids of the project's issue on speed; B13 is of the one on many nodes. */
internal val workloads: List<Workload> =
    listOf(
        Workload("B1", "10 steps in a sequence, one run at a time", EITHER) { StepRates(it).oneRunAtATime() },
        Workload("B2", "10 steps in a sequence, 64 runs in flight", EITHER) { StepRates(it).manyRuns() },
        Workload("B3", "1 step, 100 parallel steps, 1 step", EITHER) { StepRates(it).fanOut() },
        Workload("B4", "resume of runs with 1,000 to 100,000 recorded steps", SQLITE_ONLY) { Resume(it).measure() },
        Workload("B5", "steps that add a key to a context of 1 KB, 100 KB, 1 MB", SQLITE_ONLY) {
            ContextGrowth(it).measure()
        },
        Workload("B6", "B2 in a database that holds 5,000,000 step rows", SQLITE_ONLY) { LargeDatabase(it).measure() },
        Workload("B7", "100,000 suspended runs; 10,000 timers due at once", SQLITE_ONLY) { Suspended(it).measure() },
        Workload("B8", "20,000 steps in one run, and a loop over 100,000 items, in -Xmx128m", SQLITE_ONLY) {
            LongRun(it).measure()
        },
        Workload("B9", "JVM start to the first recorded step", SQLITE_ONLY) { Startup(it).measure() },
        Workload("B10", "B1 and B2 as code in Java", EITHER) { CodeStyle(it).measure() },
        Workload("B11", "allocation of a step in B2", EITHER) { StepRates(it).allocation() },
        Workload("B12", "CPU time of a step in B2", EITHER) { StepRates(it).cpu() },
        Workload("B13", "B2 by two engines on one database", POSTGRES_ONLY) { TwoEngines(it).measure() },
    )
