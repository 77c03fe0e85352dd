package dev.perdure.core.engine

import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.ints.shouldBeGreaterThan

/**
 * Each call of a store goes wrong in each way, once and from then on, for a run that begins and for one that is resumed. Every
 * call is struck with `-Dperdure.faults.stride=1`, and recoveries from more crashes with `-Dperdure.faults.crashes=5`.
 *
 * @param stride which calls are struck, if nobody says otherwise: each, or each second …
 * @param threads how many runs there are at once; most of the time goes by in the pauses before a store is asked again
 */
fun faultMatrixContract(
    newData: () -> Stores,
    stride: Int,
    threads: Int,
) = funSpec {
    val step = Integer.getInteger("perdure.faults.stride", stride)
    val crashes = (1..Integer.getInteger("perdure.faults.crashes", 1)).map { 5 * it }

    fun strike(matrices: List<FaultMatrix>) {
        val faults = FaultMatrix.run(matrices.flatMap { it.parts(step) }, threads)
        println("faults: $faults")
        faults shouldBeGreaterThan 10 * LEAST_CALLS * matrices.size / step
    }

    test("no fault of a store loses a run, or changes how it ends") { strike(FaultMatrix.ofSamples(newData)) }

    test("no fault of a store while a run is resumed loses it, or changes how it ends") {
        strike(crashes.flatMap { FaultMatrix.ofSamples(newData, it) })
    }
}

/** What a run of a sample, or the rest of one, asks of its store at least: it is struck in ten ways at each. */
private const val LEAST_CALLS = 5
