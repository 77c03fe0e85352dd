package dev.perdure.core.engine

import dev.perdure.core.memory.MemoryStore
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import java.util.concurrent.Callable
import java.util.concurrent.Executors

/**
 * Each call of a store goes wrong in each way, once and from then on. More with `-Dperdure.faults.seeds=1000`, others with
 * `-Dperdure.faults.first=1000000`.
 */
class FaultMatrixSpec :
    FunSpec({
        fun inMemory(): Stores = MemoryStore().let { store -> Stores { store } }

        fun whole(
            workflow: dev.perdure.core.definition.Workflow<*, *>,
            input: Any,
        ): Callable<Int> {
            val expected = MemoryStore().engine(workflow).use { it.start(workflow.name(), "r", input).end() }
            return Callable { FaultMatrix(::inMemory, workflow, input) { it.end() shouldBe expected }.run() }
        }

        fun random(seed: Long): Callable<Int> {
            val flow = RandomFlow(seed, isPatient = false)
            val check = { run: Run -> Reference(Image(run.record(), run.journal())).check(flow) }
            return Callable {
                try {
                    FaultMatrix(::inMemory, RandomFlows().build(flow), "in", check).run()
                } catch (broken: IllegalStateException) {
                    throw IllegalStateException("seed $seed: ${broken.message}\n  repeat it: ${command(seed)}", broken)
                }
            }
        }

        test("no fault of a store loses a run, or changes how it ends") {
            val migration = mapOf("batches" to listOf(1, 2, 3))
            val document = mapOf("amount" to 5000, "items" to listOf("a", "b"))
            val samples =
                listOf(
                    whole(WholeWorkflows.orderProcessing(JavaAuthoring), WholeWorkflows.order("physical", "a", "b")),
                    whole(WholeWorkflows.documentApproval(JavaAuthoring), document),
                    whole(WholeWorkflows.batchMigration(JavaAuthoring), migration),
                )
            val first = java.lang.Long.getLong("perdure.faults.first", 0)
            val seeds = first until first + java.lang.Long.getLong("perdure.faults.seeds", 30)
            val pool = Executors.newFixedThreadPool(THREADS)
            try {
                val faults = pool.invokeAll(samples + seeds.map(::random)).sumOf { it.get() }
                println("faults: $faults")
                faults shouldBeGreaterThan 150 * seeds.count()
            } finally {
                pool.shutdownNow()
            }
        }
    })

/** Most of the time is spent in the pauses before a store is asked again. */
private const val THREADS = 16

private fun command(seed: Long) =
    "mvn -q -Dquick test -pl core -Dtest=FaultMatrixSpec -Dperdure.faults.first=$seed -Dperdure.faults.seeds=1"
