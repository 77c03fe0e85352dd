package dev.perdure.core.engine

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.ints.shouldBeGreaterThan
import java.util.concurrent.Callable
import java.util.concurrent.Executors

/**
 * Invariants 1 to 4 and 9 of the design, in made-up workflows: other seeds with `-Dperdure.flows.first=1000000`, more with
 * `-Dperdure.flows.seeds=50000`, more states of each with `-Dperdure.flows.states=5000`.
 */
class RandomFlowsSpec :
    FunSpec({
        /** On all processors: each seed is a world of its own. */
        fun resumes(
            seeds: Iterable<Long>,
            most: Int,
        ): Int {
            val pool = Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors())
            try {
                val tried = seeds.map { seed -> pool.submit(Callable { CrashHarness(seed).check(most) }) }
                return tried.sumOf { it.get() }
            } finally {
                pool.shutdownNow()
            }
        }

        test("made-up workflows mean what a plain interpreter says, from wherever a crash left them") {
            val first = java.lang.Long.getLong("perdure.flows.first", 0)
            val seeds = java.lang.Long.getLong("perdure.flows.seeds", 3_500)
            val count = resumes(first until first + seeds, Integer.getInteger("perdure.flows.states", 50))
            println("crash-state resumes: $count")
            count shouldBeGreaterThan seeds.toInt()
        }

        test("some made-up workflows are resumed from all their states") {
            val seeds = java.lang.Long.getLong("perdure.flows.exhaustive", 20)
            println("crash-state resumes: ${resumes(0 until seeds, 5_000)}")
        }

        test("seeds that once failed are tried for ever, with all their states") {
            val kept =
                RandomFlowsSpec::class.java
                    .getResource("/seeds/flows.txt")!!
                    .readText()
                    .lines()
            val seeds = kept.filter { it.isNotBlank() && !it.startsWith("#") }.map { it.substringBefore(' ').toLong() }
            val count = resumes(seeds, Int.MAX_VALUE)
            println("crash-state resumes: $count")
            count shouldBeGreaterThan seeds.size
        }
    })
