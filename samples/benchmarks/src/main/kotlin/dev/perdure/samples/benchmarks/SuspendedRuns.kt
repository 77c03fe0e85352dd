package dev.perdure.samples.benchmarks

import dev.perdure.core.definition.Workflow
import dev.perdure.core.engine.Engine
import dev.perdure.core.engine.EngineEvent
import dev.perdure.core.engine.EngineListener
import dev.perdure.core.testing.VirtualClock
import dev.perdure.dsl.engine
import dev.perdure.dsl.start
import dev.perdure.dsl.workflow
import dev.perdure.storage.SqliteStore
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import java.nio.file.Path
import java.time.Duration
import java.util.concurrent.CountDownLatch
import java.util.concurrent.atomic.AtomicInteger
import kotlin.time.Duration.Companion.days

/**
 * B7's program: a file, a number of runs that wait for a signal, a number of runs that sleep until one time and end then. Prints the
 * bytes of heap that a waiting run takes, and how many timers a second went off when all were due, in a warm JVM.
 */
fun main(args: Array<String>) {
    val (waiting, sleeping) = args.drop(1).map { it.toInt() }
    val waits = workflow<String, String>("waits") { awaitSignal<String>("never") }
    val sleeps = workflow<String, String>("sleeps") { step("evening") { OUTPUT }.also { sleep("night", 1.days) } }
    val suspended = Suspensions()
    val clock = VirtualClock()
    SqliteStore
        .open(Path.of(args[0]))
        .engine(waits, sleeps) {
            listener(suspended)
            clock(clock)
        }.use { engine ->
            engine.startAll(waits, FEW, suspended)
            val before = usedAfterCollection()
            engine.startAll(waits, waiting, suspended)
            val bytes = (usedAfterCollection() - before).toDouble() / waiting
            val rates =
                List(WARM_UP + ROUNDS) {
                    engine.startAll(sleeps, sleeping, suspended)
                    val ended = suspended.expectEnds(sleeping)
                    val due = System.nanoTime()
                    clock.advance(Duration.ofDays(1))
                    ended.await()
                    sleeping * NANOS_PER_SECOND / (System.nanoTime() - due)
                }
            println("$bytes ${median(rates.drop(WARM_UP))}")
        }
}

private const val WARM_UP = 4
private const val ROUNDS = 5
private const val FEW = 100
private const val STARTERS = 64

/** Starts runs and returns once all of them are out of memory. */
private fun Engine.startAll(
    workflow: Workflow<String, *>,
    runs: Int,
    suspensions: Suspensions,
) {
    val all = suspensions.expect(runs)
    val left = AtomicInteger(runs)
    runBlocking(Dispatchers.Default) {
        repeat(STARTERS) { launch { while (left.getAndDecrement() > 0) start(workflow, INPUT) } }
    }
    all.await()
}

private class Suspensions : EngineListener {
    @Volatile
    private var suspensions = CountDownLatch(0)

    @Volatile
    private var ends = CountDownLatch(0)

    fun expect(count: Int) = CountDownLatch(count).also { suspensions = it }

    fun expectEnds(count: Int) = CountDownLatch(count).also { ends = it }

    override fun onEvent(event: EngineEvent) {
        when (event) {
            is EngineEvent.RunSuspended -> {
                suspensions.countDown()
            }

            is EngineEvent.RunEnded -> {
                ends.countDown()
            }

            else -> {}
        }
    }
}
