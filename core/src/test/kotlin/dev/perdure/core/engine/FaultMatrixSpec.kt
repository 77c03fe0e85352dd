package dev.perdure.core.engine

import dev.perdure.core.memory.MemoryStore
import dev.perdure.core.spi.StoreException
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import java.util.concurrent.Callable

/**
 * Each call of a store goes wrong in each way, once and from then on. More made-up workflows with `-Dperdure.faults.seeds=1000`,
 * others with `-Dperdure.faults.first=1000000`.
 */
class FaultMatrixSpec :
    FunSpec({
        fun inMemory(): Stores = MemoryStore().let { store -> Stores { store } }

        fun random(seed: Long): Callable<Int> {
            val flow = RandomFlow(seed, isPatient = false)
            val check = { run: Run -> Reference(Image(run.record(), run.journal())).check(flow) }
            val parts = FaultMatrix(::inMemory, RandomFlows().build(flow), "in", check = check).parts()
            return Callable {
                try {
                    parts.sumOf { it.call() }
                } catch (broken: IllegalStateException) {
                    throw IllegalStateException("seed $seed: ${broken.message}\n  repeat it: ${command(seed)}", broken)
                }
            }
        }

        include(faultMatrixContract(::inMemory, 1, THREADS))

        listOf(Fault.CRASH_AFTER to false, Fault.THROW_BEFORE to true).forEach { (fault, isLasting) ->
            test("after a dozen calls in vain since $fault, it is known that there is no hope") {
                val stricken = StrickenStore(MemoryStore(), FaultPlan.at(1, fault, isLasting))
                repeat(12) {
                    stricken.hopeless().isDone shouldBe false
                    shouldThrow<StoreException> { stricken.asStore().find("r") }
                }
                stricken.hopeless().isDone shouldBe true
            }
        }

        test("no fault of a store loses a made-up run, or changes how it ends") {
            val first = java.lang.Long.getLong("perdure.faults.first", 0)
            val seeds = first until first + java.lang.Long.getLong("perdure.faults.seeds", 30)
            val faults = FaultMatrix.run(seeds.map(::random), THREADS)
            println("faults: $faults")
            faults shouldBeGreaterThan 50 * seeds.count()
        }
    })

private const val THREADS = 16

private fun command(seed: Long) =
    "mvn -q -Dquick test -pl core -Dtest=FaultMatrixSpec -Dperdure.faults.first=$seed -Dperdure.faults.seeds=1"
