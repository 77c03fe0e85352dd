package dev.perdure.core.engine

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.ints.shouldBeGreaterThanOrEqual
import java.util.concurrent.Callable
import java.util.concurrent.Executors

/**
 * Invariants 1 to 7, 9 and 10 of the design on real engines: other seeds with `-Dperdure.live.first=1000000`, more with
 * `-Dperdure.live.seeds=20000`.
 */
class LiveFlowsSpec :
    FunSpec({
        val first = java.lang.Long.getLong("perdure.live.first", 0)
        val seeds = java.lang.Long.getLong("perdure.live.seeds", 300)

        /** Each seed is a world of its own, and waits now and then. */
        fun tried(trial: (Long) -> Int): Int {
            val pool = Executors.newFixedThreadPool(THREADS)
            try {
                val all = (first until first + seeds).map { seed -> pool.submit(Callable { repeatable(seed, trial) }) }
                return all.sumOf { it.get() }
            } finally {
                pool.shutdownNow()
            }
        }

        test("made-up workflows mean what a plain interpreter says, whatever engines die on the way") {
            val engines = tried { LiveHarness(it).check() }
            println("engines that ran made-up workflows: $engines")
            engines shouldBeGreaterThanOrEqual seeds.toInt()
        }

        test("made-up workflows mean what a plain interpreter says, whatever calls of their stores go wrong") {
            val stricken =
                Trouble {
                    store,
                    random,
                    ->
                    StrickenStore(store, FaultPlan.random(random.nextLong())).asStore()
                }
            val engines = tried { LiveHarness(it, stricken).check() }
            println("engines whose stores went wrong: $engines")
            engines shouldBeGreaterThanOrEqual seeds.toInt()
        }

        test("an engine that was taken over from records nothing more, wherever it stood") {
            val takeovers = tried { if (TakeoverHarness(it).check()) 1 else 0 }
            println("takeovers: $takeovers")
            takeovers shouldBeGreaterThanOrEqual seeds.toInt() / 3
        }

        test("signals count once and a cancel stays, whatever engines die or lose the answer of their store") {
            val engines = tried { MessageHarness(it).check() }
            println("engines that were sent messages: $engines")
            engines shouldBeGreaterThanOrEqual seeds.toInt()
        }
    })

private const val THREADS = 4

private fun repeatable(
    seed: Long,
    trial: (Long) -> Int,
): Int =
    try {
        trial(seed)
    } catch (broken: IllegalStateException) {
        val command =
            "mvn -q -Dquick test -pl core -Dtest=LiveFlowsSpec -Dperdure.live.first=$seed -Dperdure.live.seeds=1"
        throw IllegalStateException("${broken.message}\n  repeat it: $command", broken)
    }
