package dev.perdure.samples.benchmarks

import dev.perdure.core.definition.Workflow
import dev.perdure.dsl.workflow
import java.util.Random
import java.util.UUID

/** What every step yields: 50 bytes as JSON. */
internal const val OUTPUT = "012345678901234567890123456789012345678901234567"

internal const val INPUT = "a benchmark"

/** [steps] steps, one after the other, that do nothing. */
internal fun sequence(steps: Int): Workflow<String, String> =
    workflow<String, String>("sequence") { (1..steps).map { step("step-$it") { OUTPUT } }.last() }

/** A step, [branches] steps at the same time, a step. */
internal fun fanOut(branches: Int): Workflow<String, String> =
    workflow<String, String>("fan_out") {
        step("first") { OUTPUT }
        parallel("block") { repeat(branches) { step("branch-$it") { OUTPUT } } }
        step("last") { OUTPUT }
    }

/** Steps that each add a key to a context that the first one fills with [kilobytes] values of 1 KB; [onFilled] comes between. */
internal fun growingContext(
    kilobytes: Int,
    steps: Int,
    onFilled: () -> Unit,
): Workflow<String, String> =
    workflow<String, String>("growing_context") {
        step("fill") { repeat(kilobytes) { put("filled-$it", KILOBYTE) } }
        step("filled") { onFilled() }
        (1..steps)
            .map { number ->
                step("step-$number") {
                    put("key-$number", number)
                    OUTPUT
                }
            }.last()
    }

/** Ids like those that a run has unless it is given one, from a seed. */
internal class Ids(seed: Long) {
    private val random = Random(seed)

    fun next(): String = UUID(random.nextLong(), random.nextLong()).toString()
}

private val KILOBYTE = "x".repeat(1_000)
