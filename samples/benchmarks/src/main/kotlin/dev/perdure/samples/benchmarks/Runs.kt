package dev.perdure.samples.benchmarks

import dev.perdure.core.RunStatus
import dev.perdure.core.definition.Workflow
import dev.perdure.core.engine.Engine
import dev.perdure.dsl.engine
import dev.perdure.dsl.join
import dev.perdure.dsl.start
import dev.perdure.storage.SqliteStore
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import java.nio.file.Path
import java.util.concurrent.atomic.AtomicInteger

/** What runs took, and what of it was commits. */
internal class RunsSample(val all: Sample, val commits: Commits)

/** Runs of one workflow, [inFlight] at any time, in a database at [file]; [steps] is how many steps one has. */
internal fun sampleRuns(
    file: Path,
    workflow: Workflow<String, *>,
    steps: Int,
    runs: Int,
    inFlight: Int,
): RunsSample {
    val store = CommitMeter(SqliteStore.open(file))
    return store.engine(workflow).use { engine ->
        val before = store.read()
        val all = sample(runs * steps.toLong()) { engine.runAll(workflow, runs, inFlight) }
        RunsSample(all, store.read() - before)
    }
}

private fun Engine.runAll(
    workflow: Workflow<String, *>,
    runs: Int,
    inFlight: Int,
) {
    val left = AtomicInteger(runs)
    runBlocking(Dispatchers.Default) {
        repeat(inFlight) {
            launch {
                while (left.getAndDecrement() > 0) {
                    val ended = start(workflow, INPUT).join()
                    check(ended.status() == RunStatus.COMPLETED) { "a run ended as $ended" }
                }
            }
        }
    }
}

/** As many steps by plain JDBC, with the commits that [commits] says for each run. */
internal fun sampleRaw(
    file: Path,
    runs: Int,
    inFlight: Int,
    commits: List<Int>,
    hasRunRows: Boolean = false,
): Sample =
    RawSqlite(file, Ids(System.nanoTime())).use { raw ->
        sample(runs * commits.sum().toLong()) { raw.write(runs, inFlight, commits, hasRunRows) }
    }
