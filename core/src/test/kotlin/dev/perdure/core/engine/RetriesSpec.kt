package dev.perdure.core.engine

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.ints.shouldBeGreaterThanOrEqual

/** Invariant 3 of the design: more with `-Dperdure.retries.seeds=20000`, others with `-Dperdure.retries.first=1000000`. */
class RetriesSpec :
    FunSpec({
        test(
            "a crash refills no budget, loses no attempt and shortens no delay, and repeats nothing that it must not",
        ) {
            val first = java.lang.Long.getLong("perdure.retries.first", 0)
            val seeds = java.lang.Long.getLong("perdure.retries.seeds", 500)
            val count = (first until first + seeds).sumOf { RetryHarness(it).check(STATES) }
            println("crash-state resumes: $count")
            count shouldBeGreaterThanOrEqual seeds.toInt()
        }
    })

private const val STATES = 20
