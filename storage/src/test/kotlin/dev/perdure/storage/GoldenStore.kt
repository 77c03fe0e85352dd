package dev.perdure.storage

import dev.perdure.core.engine.CrashingStore
import dev.perdure.core.engine.Suspensions
import dev.perdure.core.engine.ended
import dev.perdure.core.engine.engine
import dev.perdure.core.journal.RunRecord
import dev.perdure.core.schedule.Schedule
import dev.perdure.core.spi.RunQuery
import dev.perdure.core.spi.Store
import dev.perdure.core.testing.VirtualClock
import java.nio.file.Path
import java.time.Duration
import java.time.Instant

/** Writes stores as a version of this library leaves them, for all later ones to read. */
internal object GoldenStore {
    val BEGIN: Instant = Instant.parse("2026-01-01T00:00:00Z")

    fun write(
        file: Path,
        version: Int,
    ) {
        SqliteStore.open(file).close()
        if (version == 1) {
            GoldenRuns().first.forEach { leave(file, it) }
            SqliteMigrations(file).migrateTo(1)
        } else {
            execute(file, "CREATE TABLE effects (label TEXT)")
            GoldenRuns().all.forEach { leave(file, it) }
            schedule(file)
        }
        // Which process on which host wrote it is nobody's business.
        execute(file, "UPDATE engines SET process_id = 1, host = 'golden', engine_id = 'golden'", "VACUUM")
    }

    private fun leave(
        file: Path,
        run: GoldenRun,
    ) {
        val told = Suspensions()
        val crash = (run.left as? Left.Crashed)?.let { CrashingStore(SqliteStore.open(file), true, it.point) }
        val store: Store = crash ?: SqliteStore.open(file)
        store
            .engine(run.workflow, *run.others.toTypedArray()) {
                clock(VirtualClock(BEGIN))
                listener(told)
            }.use { engine ->
                val started = engine.startAsync(run.id, run.id, run.id)
                when (run.left) {
                    is Left.Crashed -> checkNotNull(crash).awaitCrash()
                    is Left.Waiting -> told.await(run.left.path)
                    Left.Ended -> started.get().ended()
                }
            }
    }

    private fun schedule(file: Path) {
        val workflow = GoldenRuns().first.first().workflow
        SqliteStore.open(file).engine(workflow) { clock(VirtualClock(BEGIN)) }.use { engine ->
            engine.schedule("yearly", Schedule.every(Duration.ofDays(365)), "completed", "completed")
        }
    }

    /** All that a store says, a line for each run, row, waiting signal and schedule; without times. */
    fun describe(store: Store): String {
        val runs = store.list(RunQuery.all()).sortedBy { it.id() }
        val schedules = store.schedules().map { "schedule ${it.name()} ${it.workflow()} ${it.spec()} ${it.input()}" }
        return (runs.flatMap { describe(store, it) } + schedules).joinToString("\n", postfix = "\n")
    }

    private fun describe(
        store: Store,
        run: RunRecord,
    ): List<String> {
        val head = "run ${run.id()} ${run.status()} ${run.input()} ${run.output()} ${run.context()} ${run.parent()}"
        val rows =
            store.journal(run.id()).map { row ->
                "  ${row.seq()} ${row.kind()} ${row.path()} ${row.attempt()} ${row.status()} " +
                    "${row.output()} ${row.changes()}"
            }
        return listOf(head) + rows + store.signals(run.id()).map { "  signal ${it.name()} ${it.payload()}" }
    }
}
