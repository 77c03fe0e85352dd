package dev.perdure.core.engine

import dev.perdure.core.PerdureException
import dev.perdure.core.StepStatus
import dev.perdure.core.definition.Workflow
import dev.perdure.core.memory.MemoryStore
import io.kotest.matchers.shouldBe
import java.util.concurrent.Callable
import java.util.concurrent.CompletableFuture
import java.util.concurrent.Executors
import java.util.concurrent.TimeUnit

/**
 * Runs a workflow with every fault at every call of its store, once and from then on, and then on a store without faults: the
 * run has to be there, with what was recorded of it, and to end as [check] says.
 *
 * @param crash after which call the process died that began the run, so that the faults meet its recovery; null for none
 */
class FaultMatrix(
    private val newData: () -> Stores,
    private val workflow: Workflow<*, *>,
    private val input: Any?,
    private val crash: Int? = null,
    private val check: (Run) -> Unit,
) {
    /** What can be done at once; each says how many runs met a fault: at each call of the store, or at each [stride]-th. */
    fun parts(stride: Int = 1): List<Callable<Int>> =
        Fault.entries.flatMap { fault ->
            listOf(false, true).map { isLasting ->
                Callable { generateSequence(1) { it + stride }.takeWhile { strike(it, fault, isLasting) }.count() }
            }
        }

    private fun strike(
        at: Int,
        fault: Fault,
        isLasting: Boolean,
    ): Boolean {
        val data = newData()
        if (crash != null) strickenLife(StrickenStore(data.open(), FaultPlan.at(crash, Fault.CRASH_AFTER)))
        val stricken = StrickenStore(data.open(), FaultPlan.at(at, fault, isLasting))
        try {
            strickenLife(stricken)
            soundLife(data)
        } catch (broken: Exception) {
            throw IllegalStateException(
                "${workflow.name()}: $fault at call $at, ${if (isLasting) "and from then on" else "once"}: ${broken.message}",
                broken,
            )
        }
        return stricken.isStruck
    }

    /** Ends with the run, with the engine, or when the store is found to be out of reach, where a run may be waiting for it. */
    private fun strickenLife(stricken: StrickenStore) {
        val store = stricken.asStore()
        val trouble = CompletableFuture<Any?>()
        val listener =
            EngineListener { event ->
                if (event is EngineEvent.EngineStopped || event is EngineEvent.StoreUnavailable) trouble.complete(event)
            }
        try {
            store.engine(workflow) { listener(listener) }.use { engine ->
                val ended =
                    engine.startAsync(workflow.name(), "r", input).thenCompose { it.outcome() }.handle { row, _ -> row }
                CompletableFuture.anyOf(ended, trouble, stricken.hopeless()).get(20, TimeUnit.SECONDS)
                if (!ended.isDone) ended.completeOnTimeout(null, 50, TimeUnit.MILLISECONDS).join()
            }
        } catch (unopened: PerdureException) {
            store.close() // it cannot be opened as it is, or could not be closed
        }
    }

    private fun soundLife(data: Stores) {
        data.open().engine(workflow).use { engine ->
            val recorded =
                engine
                    .find("r")
                    .map { run ->
                        run.journal().filter { it.status() == StepStatus.COMPLETED }
                    }.orElse(emptyList())
            val run = engine.start(workflow.name(), "r", input)
            run.ended()
            val outputs = run.journal().filter { it.status() == StepStatus.COMPLETED }.groupBy { it.path() }
            recorded.forEach { row ->
                check(outputs[row.path()]?.all { it.output() == row.output() } == true) {
                    "what ${row.path()} recorded is another value now, or gone"
                }
            }
            check(run)
            ReplayCheck.requireSame(workflow, Image(run.record(), run.journal()))
        }
    }

    companion object {
        private val flows =
            listOf(
                WholeWorkflows.orderProcessing(JavaAuthoring) to WholeWorkflows.order("physical", "a", "b", "c"),
                WholeWorkflows.orderProcessing(JavaAuthoring) to WholeWorkflows.order("digital", "a", "b"),
                WholeWorkflows.documentApproval(JavaAuthoring) to
                    mapOf("amount" to 5000, "items" to listOf("a", "b")),
                WholeWorkflows.batchMigration(JavaAuthoring) to mapOf("batches" to listOf(1, 2, 3)),
            )

        /** Of workflows that have to end as they do where nothing goes wrong. */
        fun ofSamples(
            newData: () -> Stores,
            crash: Int? = null,
        ): List<FaultMatrix> =
            flows.map { (workflow, input) ->
                val expected = MemoryStore().engine(workflow).use { it.start(workflow.name(), "r", input).end() }
                FaultMatrix(newData, workflow, input, crash) { it.end() shouldBe expected }
            }

        /** How many runs met a fault in all [parts], so many of which are tried at once. */
        fun run(
            parts: List<Callable<Int>>,
            threads: Int,
        ): Int {
            val pool = Executors.newFixedThreadPool(threads)
            try {
                return pool.invokeAll(parts).sumOf { it.get() }
            } finally {
                pool.shutdownNow()
            }
        }
    }
}
