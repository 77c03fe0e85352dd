package dev.perdure.core.engine

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.ints.shouldBeGreaterThan

/**
 * Invariant 8 of the design: made-up edits of made-up workflows, each met by a run that a crash left somewhere. Other seeds with
 * `-Dperdure.edits.first=1000000`, more with `-Dperdure.edits.seeds=20000`.
 */
class RandomEditsSpec :
    FunSpec({
        test("an edited definition goes on with what is recorded, or is refused before anything runs") {
            val first = java.lang.Long.getLong("perdure.edits.first", 0)
            val seeds = java.lang.Long.getLong("perdure.edits.seeds", 1_000)
            val refused = (first until first + seeds).count { EditHarness(it).check() }
            println("definition edits: $seeds, of them refused: $refused")
            if (seeds > 100) {
                refused shouldBeGreaterThan (seeds / 10).toInt()
                (seeds - refused).toInt() shouldBeGreaterThan (seeds / 10).toInt()
            }
        }
    })
