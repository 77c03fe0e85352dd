package dev.perdure.samples.benchmarks

/** What is measured, by the ids of the project's issue on speed. */
internal val workloads: List<Workload> =
    listOf(
        Workload("B1", "10 steps in a sequence, one run at a time") { StepRates(it).oneRunAtATime() },
        Workload("B2", "10 steps in a sequence, 64 runs in flight") { StepRates(it).manyRuns() },
        Workload("B3", "1 step, 100 parallel steps, 1 step") { StepRates(it).fanOut() },
        Workload("B4", "resume of a run with 1,000 and with 100,000 recorded steps") { Resume(it).measure() },
        Workload("B5", "steps that add a key to a context of 1 KB, 100 KB, 1 MB") { ContextGrowth(it).measure() },
        Workload("B6", "B2 in a database that holds 5,000,000 step rows") { LargeDatabase(it).measure() },
        Workload("B7", "100,000 suspended runs; 10,000 timers due at once") { Suspended(it).measure() },
        Workload("B8", "20,000 steps in one run, and a loop over 100,000 items, in -Xmx128m") { LongRun(it).measure() },
        Workload("B9", "JVM start to the first recorded step") { Startup(it).measure() },
        Workload("B10", "B1 and B2 as code in Java") { CodeStyle(it).measure() },
        Workload("B11", "allocation of a step in B2") { StepRates(it).allocation() },
        Workload("B12", "CPU time of a step in B2") { StepRates(it).cpu() },
    )
