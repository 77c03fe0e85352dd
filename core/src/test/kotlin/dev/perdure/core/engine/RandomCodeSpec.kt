package dev.perdure.core.engine

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.ints.shouldBeGreaterThanOrEqual

/** More with `-Dperdure.code.seeds=20000`, others with `-Dperdure.code.first=1000000`. */
class RandomCodeSpec :
    FunSpec({
        test("made-up workflow code gives what a plain interpreter does, whatever crashes in between") {
            val first = java.lang.Long.getLong("perdure.code.first", 0)
            val seeds = java.lang.Long.getLong("perdure.code.seeds", 3_000)
            var crashes = 0
            for (seed in first until first + seeds) crashes += repeatable(seed)
            crashes shouldBeGreaterThanOrEqual seeds.toInt() / 2
            println("random procedures: $seeds, crashes: $crashes")
        }
    })

private fun repeatable(seed: Long): Int =
    try {
        RandomCode(JavaCodeAuthoring, seed).check()
    } catch (broken: IllegalStateException) {
        val command =
            "mvn -q -Dquick test -pl core -Dtest=RandomCodeSpec -Dperdure.code.first=$seed -Dperdure.code.seeds=1"
        throw IllegalStateException("${broken.message}\n  repeat it: $command", broken)
    }
