package dev.perdure.samples.benchmarks

import dev.perdure.core.Path
import dev.perdure.core.RunStatus
import dev.perdure.core.definition.Workflow
import dev.perdure.core.journal.Changes
import dev.perdure.core.journal.Entry
import dev.perdure.core.journal.Payload
import dev.perdure.core.journal.RowFormat
import dev.perdure.core.journal.RunRecord
import dev.perdure.core.spi.EngineIdentity
import dev.perdure.core.spi.Write
import dev.perdure.core.spi.WriteResult
import dev.perdure.dsl.engine
import dev.perdure.dsl.workflow
import dev.perdure.storage.SqliteStore
import kotlinx.coroutines.awaitCancellation
import java.time.Instant
import java.util.Locale
import java.util.concurrent.CompletableFuture
import java.util.concurrent.TimeUnit

/** B4: how long a run with many recorded steps takes from the opening of an engine to the body of its next step. */
internal class Resume(private val scale: Scale) {
    @Volatile
    private var resumed = CompletableFuture<Unit>()

    fun measure(): List<Result> {
        measure("warm-up", scale.of(MIDDLE)) // the target is for a warm JVM
        val lengths = listOf("B4-1K" to SHORT, "B4-10K" to MIDDLE, "B4-100K" to LONG)
        return lengths.map { (id, steps) -> measure(id, scale.of(steps)) }
    }

    private fun measure(
        id: String,
        steps: Int,
    ): Result {
        val workflow = waitingAfter(steps)
        val file = scale.directory.resolve("$id.db")
        record(file, workflow, steps)
        val empty = scale.directory.resolve("$id-empty.db")
        val opened = mutableListOf<Double>()
        val pairs =
            scale.rounds(
                raw = { timed { RawSqlite(file, Ids(0)).use { check(it.read(RUN) >= steps) } } },
                perdure = {
                    opened += open(empty, workflow, isAwaited = false)
                    open(file, workflow, isAwaited = true).also { forgetInterruption(file, steps) }
                },
            )
        delete(file)
        delete(empty)
        val medians = pairs.medians { it }
        val empties = median(opened)
        val net = (medians.perdure - empties) / medians.raw
        return Result(
            id,
            "resume after %,d steps".format(Locale.ROOT, steps),
            "ms",
            medians.perdure,
            medians.raw,
            medians.ratio,
            "at most 3.00",
            medians.ratio <= MOST,
            "%.1f ms of it is to open an engine with nothing to resume; %.2f without that".format(
                Locale.ROOT,
                empties,
                net,
            ),
            curve =
                Curve(
                    "resume",
                    "recorded steps",
                    "ms",
                    listOf(
                        Series("Perdure", listOf(Point(steps.toDouble(), medians.perdure))),
                        Series("raw read", listOf(Point(steps.toDouble(), medians.raw))),
                    ),
                ),
        )
    }

    /** Each opening interrupts the waiting step, and a step that is interrupted ten times has failed. */
    private fun forgetInterruption(
        file: java.nio.file.Path,
        steps: Int,
    ) {
        RawSqlite(file, Ids(0)).use { it.truncate(RUN, steps) }
    }

    private fun waitingAfter(steps: Int): Workflow<String, String> =
        workflow<String, String>("sequence") {
            repeat(steps) { step("step-${it + 1}") { OUTPUT } }
            step("waiting") {
                resumed.complete(Unit)
                awaitCancellation()
            }
        }

    /** As the engine would have recorded it, without running it. */
    private fun record(
        file: java.nio.file.Path,
        workflow: Workflow<*, *>,
        steps: Int,
    ) {
        SqliteStore.open(file).use { store ->
            val lease = store.acquire(EngineIdentity("recorder", ProcessHandle.current().pid(), "here"))
            store.commit(lease, listOf(Write.StartRun(run(workflow))))
            (1..steps).chunked(BATCH).forEach { seqs ->
                val rows =
                    seqs.map { seq ->
                        val path = Path.ROOT.child("step-$seq")
                        val now = Instant.now()
                        val entry = Entry.StepCompleted(path, 1, Payload.of(OUTPUT), Changes.NONE, now, now)
                        RowFormat.toRow(entry, seq.toLong(), workflow.places().getValue(path))
                    }
                check(
                    store.commit(lease, listOf(Write.Append(RUN, rows, listOf(), listOf(), null, null))) ==
                        listOf(WriteResult.DONE),
                )
            }
            store.release(lease)
        }
    }

    private fun run(workflow: Workflow<*, *>): RunRecord {
        val now = System.currentTimeMillis()
        return RunRecord(
            RUN,
            1,
            workflow.name(),
            workflow.version(),
            workflow.fingerprint(),
            RunStatus.RUNNING,
            Payload.of(INPUT).text(),
            null,
            null,
            null,
            0,
            now,
            now,
            null,
            null,
            null,
            null,
        )
    }

    private fun open(
        file: java.nio.file.Path,
        workflow: Workflow<*, *>,
        isAwaited: Boolean,
    ): Double {
        val opened = CompletableFuture<Unit>()
        resumed = opened
        val before = System.nanoTime()
        SqliteStore.open(file).engine(workflow).use {
            if (isAwaited) {
                opened.get(LONGEST_SECONDS, TimeUnit.SECONDS)
            }
            return (System.nanoTime() - before) / NANOS_PER_MILLI
        }
    }

    private companion object {
        const val RUN = "resumed"
        const val SHORT = 1_000
        const val MIDDLE = 10_000
        const val LONG = 100_000
        const val BATCH = 1_000
        const val MOST = 3.0
        const val LONGEST_SECONDS = 300L
    }
}

internal inline fun timed(work: () -> Unit): Double {
    val before = System.nanoTime()
    work()
    return (System.nanoTime() - before) / NANOS_PER_MILLI
}
