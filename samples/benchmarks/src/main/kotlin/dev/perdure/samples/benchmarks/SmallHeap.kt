package dev.perdure.samples.benchmarks

import dev.perdure.core.definition.Workflow
import dev.perdure.dsl.engine
import dev.perdure.dsl.join
import dev.perdure.dsl.start
import dev.perdure.dsl.workflow
import dev.perdure.storage.SqliteStore
import kotlinx.coroutines.runBlocking
import java.lang.management.ManagementFactory
import java.nio.file.Path
import java.util.concurrent.atomic.AtomicInteger

/**
 * B8's program: `sequence` or `items`, a file, a number of steps. Prints the number of steps done and the heap's size after a
 * collection ten times, then its steps and raw commits a second.
 */
fun main(args: Array<String>) {
    val (kind, path, count) = args
    val steps = count.toInt()
    val watch = HeapWatch(steps)
    val isLoop = kind == "items"
    val workflow = if (isLoop) items(steps, watch) else longSequence(steps, watch)
    val file = Path.of(path)
    val before = System.nanoTime()
    SqliteStore.open(file).engine(workflow).use { engine ->
        runBlocking { engine.start(workflow, INPUT).join() }
    }
    val rate = steps * NANOS_PER_SECOND / (System.nanoTime() - before - watch.nanos)
    val commits = if (isLoop) List(steps / AT_ONCE) { AT_ONCE } else List(steps) { 1 }
    val raw = RawSqlite(file, Ids(1)).use { it.sample(1, 1, commits) }
    println("$rate ${raw.perSecond}")
}

private fun longSequence(
    steps: Int,
    watch: HeapWatch,
): Workflow<String, String> =
    workflow<String, String>("sequence") {
        (1..steps)
            .map { number ->
                step("step-$number") {
                    watch.done()
                    OUTPUT
                }
            }.last()
    }

private fun items(
    count: Int,
    watch: HeapWatch,
): Workflow<String, Unit> =
    workflow<String, Unit>("items") {
        forEach("each", { (1..count).toList() }, concurrency = AT_ONCE) { _ ->
            step("work") {
                watch.done()
                OUTPUT
            }
        }
        step("end") {}
    }

/** Looks at the heap ten times while [steps] steps are done. */
private class HeapWatch(private val steps: Int) {
    private val done = AtomicInteger()

    /** What looking took. */
    var nanos = 0L
        private set

    fun done() {
        val number = done.incrementAndGet()
        if (number % (steps / LOOKS).coerceAtLeast(1) == 0) {
            val before = System.nanoTime()
            println("$number ${usedAfterCollection()}")
            nanos += System.nanoTime() - before
        }
    }
}

private const val LOOKS = 10
private const val AT_ONCE = 64

internal fun usedAfterCollection(): Long {
    System.gc()
    return ManagementFactory.getMemoryMXBean().heapMemoryUsage.used
}
