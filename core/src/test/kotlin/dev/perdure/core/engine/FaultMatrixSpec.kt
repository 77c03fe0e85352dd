package dev.perdure.core.engine

import dev.perdure.core.memory.MemoryStore
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import java.util.concurrent.Callable
import java.util.concurrent.Executors

/** Each call of a store goes wrong in each way, once and from then on. More with `-Dperdure.faults.seeds=1000`. */
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
            return Callable { FaultMatrix(::inMemory, RandomFlows().build(flow), "in", check).run() }
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
            val seeds = 0L until java.lang.Long.getLong("perdure.faults.seeds", 22)
            val pool = Executors.newFixedThreadPool(THREADS)
            try {
                val faults = pool.invokeAll(samples + seeds.map(::random)).sumOf { it.get() }
                println("faults: $faults")
                faults shouldBeGreaterThan 1_000
            } finally {
                pool.shutdownNow()
            }
        }
    })

/** Most of the time is spent in the pauses before a store is asked again. */
private const val THREADS = 8
