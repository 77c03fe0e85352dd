package dev.perdure.samples.benchmarks

import dev.perdure.dsl.await
import dev.perdure.dsl.engine
import dev.perdure.dsl.start
import dev.perdure.dsl.workflow
import dev.perdure.storage.SqliteStore
import kotlinx.coroutines.runBlocking
import java.lang.management.ManagementFactory
import java.nio.file.Path

/** B8's program: prints the step and the heap's size after a collection ten times, then its steps and raw commits a second. */
fun main(args: Array<String>) {
    val file = Path.of(args[0])
    val steps = args[1].toInt()
    val every = (steps / LOOKS).coerceAtLeast(1)
    var looking = 0L
    val workflow =
        workflow<String, String>("sequence") {
            (1..steps)
                .map { number ->
                    step("step-$number") {
                        if (number % every == 0) {
                            val before = System.nanoTime()
                            println("$number ${usedAfterCollection()}")
                            looking += System.nanoTime() - before
                        }
                        OUTPUT
                    }
                }.last()
        }
    val before = System.nanoTime()
    SqliteStore.open(file).engine(workflow).use { engine ->
        runBlocking { engine.start(workflow, INPUT).await<String>() }
    }
    val rate = steps * NANOS_PER_SECOND / (System.nanoTime() - before - looking)
    val raw = RawSqlite(file, Ids(1)).use { it.sample(1, 1, List(steps) { 1 }) }
    println("$rate ${raw.perSecond}")
}

private const val LOOKS = 10

private fun usedAfterCollection(): Long {
    System.gc()
    return ManagementFactory.getMemoryMXBean().heapMemoryUsage.used
}
