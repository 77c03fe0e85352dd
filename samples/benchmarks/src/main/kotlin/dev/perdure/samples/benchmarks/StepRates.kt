package dev.perdure.samples.benchmarks

import java.util.Locale

/** B1, B2, B3, B11, B12: what a step of a short run costs. */
internal class StepRates(private val scale: Scale) {
    /** Perdure, raw JDBC that writes the steps, and raw JDBC that writes the runs' own rows too. */
    private class Round(val runs: RunsSample, val raw: Sample, val rawWithRuns: Sample) {
        val perdure get() = runs.all
        val stepsPerCommit get() = perdure.units.toDouble() / runs.commits.count
        val committing get() = runs.commits.nanos.toDouble() / perdure.nanos
    }

    fun oneRunAtATime(): List<Result> {
        val rounds = measure("b1", Shape(scale.of(RUNS_ALONE), 1, List(STEPS) { 1 }))
        return listOf(rates("B1", "10 steps, one run at a time", rounds, least(ALONE, null)))
    }

    fun manyRuns(): List<Result> =
        listOf(rates("B2", "10 steps, 64 runs in flight", measure("b2", many()), least(SHARED, SHARED_ON_POSTGRES)))

    fun fanOut(): List<Result> {
        val rounds = measure("b3", Shape(scale.of(RUNS_FANNED), 1, listOf(1, BRANCHES, 1)))
        return listOf(rates("B3", "1 step, 100 parallel steps, 1 step", rounds, least(SHARED, null)))
    }

    fun allocation(): List<Result> {
        val medians = pairs(measure("b11", many())).medians { it.bytes }
        return listOf(
            Result(
                "B11",
                "allocation of a step in B2",
                "bytes/step",
                medians.perdure,
                medians.raw,
                medians.ratio,
                "at most 12,288 bytes",
                medians.perdure <= MOST_BYTES,
            ),
        )
    }

    fun cpu(): List<Result> {
        val medians = pairs(measure("b12", many())).medians { it.cpuMicros }
        return listOf(
            Result(
                "B12",
                "CPU time of a step in B2",
                "us/step",
                medians.perdure,
                medians.raw,
                medians.ratio,
                "at most 70 us",
                medians.perdure <= MOST_MICROS,
            ),
        )
    }

    private fun many() = Shape(scale.of(RUNS_SHARED), IN_FLIGHT, List(STEPS) { 1 })

    /** [commits]: how many rows each of a run's commits has. */
    private class Shape(val runs: Int, val inFlight: Int, val commits: List<Int>) {
        /** One run at a time is measured in many short turns: it is what other programs' use of the disk disturbs most. */
        val turns = if (inFlight == 1) TURNS else 1
        val steps = commits.sum()
        val workflow = if (commits.any { it > 1 }) fanOut(steps - 2) else sequence(steps)
    }

    /** All three keep their database, and take turns on it. */
    private fun measure(
        name: String,
        shape: Shape,
    ): List<Round> {
        val databases = scale.databases
        val names = listOf("perdure", "raw", "runs").map { "$name-$it" }
        val rounds =
            OpenEngine(databases.store(names[0]), shape.workflow, shape.steps).use { engine ->
                databases.raw(names[1], Ids(1)).use { raw ->
                    databases.raw(names[2], Ids(2)).use { rawWithRuns ->
                        engine.warmUp(scale, shape.inFlight)
                        (0..scale.rounds * shape.turns).map { round(it, shape, engine, raw, rawWithRuns) }
                    }
                }
            }
        names.forEach(databases::drop)
        return rounds.drop(shape.turns)
    }

    private fun round(
        number: Int,
        shape: Shape,
        engine: OpenEngine,
        raw: RawJdbc,
        rawWithRuns: RawJdbc,
    ): Round {
        val before = if (number % 2 == 0) null else raw.sample(shape.runs, shape.inFlight, shape.commits)
        val runs = engine.sample(shape.runs, shape.inFlight)
        val after = before ?: raw.sample(shape.runs, shape.inFlight, shape.commits)
        return Round(runs, after, rawWithRuns.sample(shape.runs, shape.inFlight, shape.commits, hasRunRows = true))
    }

    private fun pairs(rounds: List<Round>) = rounds.map { it.perdure to it.raw }

    /** What is asked for on the store that is measured; null for nothing. */
    private fun least(
        onSqlite: Double,
        onPostgres: Double?,
    ): Double? = if (scale.databases.name == "postgres") onPostgres else onSqlite

    private fun rates(
        id: String,
        title: String,
        rounds: List<Round>,
        least: Double?,
    ): Result {
        val medians = pairs(rounds).medians { it.perSecond }
        return Result(
            id,
            title,
            "steps/s",
            medians.perdure,
            medians.raw,
            medians.ratio,
            least?.let { "at least %.2f".format(Locale.ROOT, it) }.orEmpty(),
            least == null || medians.ratio >= least,
            note(rounds),
        )
    }

    private fun note(rounds: List<Round>): String {
        val withRuns = rounds.map { it.perdure to it.rawWithRuns }.medians { it.perSecond }
        return (
            "%.2f of raw that also writes the runs' own rows (%,.0f steps/s); " +
                "%.1f steps a commit; committing %.0f %% of the time"
        ).format(
            Locale.ROOT,
            withRuns.ratio,
            withRuns.raw,
            median(rounds.map { it.stepsPerCommit }),
            median(rounds.map { it.committing }) * PERCENT,
        )
    }

    private companion object {
        const val STEPS = 10
        const val TURNS = 4
        const val RUNS_ALONE = 30
        const val RUNS_SHARED = 2_000
        const val RUNS_FANNED = 30
        const val BRANCHES = 100
        const val IN_FLIGHT = 64
        const val ALONE = 0.80
        const val SHARED = 0.50
        const val SHARED_ON_POSTGRES = 0.40
        const val PERCENT = 100
        const val MOST_BYTES = 12_288
        const val MOST_MICROS = 70
    }
}
