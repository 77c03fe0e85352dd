package dev.perdure.storage

import dev.perdure.core.engine.FaultMatrix
import dev.perdure.core.engine.JavaAuthoring
import dev.perdure.core.engine.Stores
import dev.perdure.core.engine.WholeWorkflows
import dev.perdure.core.engine.end
import dev.perdure.core.engine.engine
import dev.perdure.core.memory.MemoryStore
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import java.util.concurrent.Callable
import java.util.concurrent.Executors
import java.util.concurrent.atomic.AtomicInteger

/** Each call of a SQLite store goes wrong in each way, once and from then on. */
class SqliteFaultMatrixSpec :
    FunSpec({
        val directory = tempdir().toPath()
        val files = AtomicInteger()

        fun newFile(): Stores =
            directory.resolve("${files.incrementAndGet()}.db").let { file -> Stores { SqliteStore.open(file) } }

        test("no fault of a SQLite store loses a run, or changes how it ends") {
            val flows =
                listOf(
                    WholeWorkflows.orderProcessing(JavaAuthoring) to WholeWorkflows.order("digital", "a", "b"),
                    WholeWorkflows.batchMigration(JavaAuthoring) to mapOf("batches" to listOf(1, 2)),
                    WholeWorkflows.documentApproval(JavaAuthoring) to
                        mapOf("amount" to 5000, "items" to listOf("a", "b")),
                    WholeWorkflows.orderProcessing(JavaAuthoring) to WholeWorkflows.order("physical", "a", "b", "c"),
                )
            val pool = Executors.newFixedThreadPool(flows.size)
            try {
                val tried =
                    flows.map { (workflow, input) ->
                        val expected =
                            MemoryStore()
                                .engine(
                                    workflow,
                                ).use { it.start(workflow.name(), "r", input).end() }
                        pool.submit(
                            Callable { FaultMatrix(::newFile, workflow, input) { it.end() shouldBe expected }.run() },
                        )
                    }
                val faults = tried.sumOf { it.get() }
                println("faults: $faults")
                faults shouldBeGreaterThan 500
            } finally {
                pool.shutdownNow()
            }
        }
    })
