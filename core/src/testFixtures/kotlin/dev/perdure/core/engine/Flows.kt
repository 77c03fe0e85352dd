package dev.perdure.core.engine

import dev.perdure.core.Failure
import dev.perdure.core.Json
import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import dev.perdure.core.definition.Branch
import dev.perdure.core.definition.ParallelBuilder
import dev.perdure.core.definition.Ref
import dev.perdure.core.definition.Retry
import dev.perdure.core.definition.SequenceBuilder
import dev.perdure.core.definition.StepContext
import dev.perdure.core.definition.StepOptions
import dev.perdure.core.definition.Workflow
import dev.perdure.core.definition.WorkflowBuilder
import dev.perdure.core.journal.Row
import dev.perdure.core.journal.RunRecord
import dev.perdure.core.spi.Store
import java.time.Duration
import java.util.concurrent.CompletableFuture
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit
import java.util.concurrent.TimeoutException
import java.util.concurrent.atomic.AtomicInteger

/** Opens the store under test again and again; what it holds outlives each engine. */
fun interface Stores {
    fun open(): Store
}

/** How often bodies ran, over all engines. */
class Ledger {
    private val counts = ConcurrentHashMap<String, AtomicInteger>()

    fun ran(name: String): Int = counts.computeIfAbsent(name) { AtomicInteger() }.incrementAndGet()

    operator fun get(name: String): Int = counts[name]?.get() ?: 0

    fun clear() = counts.clear()
}

/** A workflow with any input whose output is that of the last step that [content] returns. */
fun flow(
    name: String,
    version: Int = 1,
    content: WorkflowBuilder<Any>.() -> Ref<String>,
): Workflow<Any, String> = Workflow.define(name, version, Any::class.java, String::class.java) { it.content() }

/** A step that does something and yields its own name. */
fun SequenceBuilder<Any>.does(
    name: String,
    options: StepOptions = StepOptions.DEFAULT,
    body: (StepContext<Any>) -> Unit = {},
): Ref<String> =
    step(name, String::class.java, options) { context ->
        body(context)
        name
    }

/** A branch that does something and yields its own name. */
fun ParallelBuilder<Any>.does(
    name: String,
    options: StepOptions = StepOptions.DEFAULT,
    body: (StepContext<Any>) -> Unit = {},
): Branch<String> =
    step(name, String::class.java, options) { context ->
        body(context)
        name
    }

fun SequenceBuilder<Any>.together(
    name: String = "block",
    content: ParallelBuilder<Any>.() -> Unit,
) = parallel(name) { block -> block.content() }

fun Store.engine(
    vararg workflows: Workflow<*, *>,
    configure: EngineBuilder.() -> Unit = {},
): Engine =
    Engine
        .builder(this)
        .register(*workflows)
        .apply(configure)
        .open()

/**
 * Waits for what is to come soon.
 *
 * @param who waits for it
 * @throws IllegalStateException where it does not come
 */
fun <T> CompletableFuture<T>.soon(who: () -> String): T =
    try {
        get(20, TimeUnit.SECONDS)
    } catch (late: TimeoutException) {
        throw IllegalStateException("${who()} waits for nothing", late)
    }

/** Waits for the run's end or stop. */
fun Run.ended(): RunRecord = outcome().soon { "whoever asks how ${id()} ends" }

fun Run.endsCompleted(): Run =
    apply {
        val record = ended()
        check(record.status() == RunStatus.COMPLETED) { "run is ${record.status()}: ${record.error()}" }
    }

/** Waits for the run's output, in plain data. */
fun Run.output(): Any? = Json.read(endsCompleted().record().output()!!)

/** The rows of a node, in order. */
fun Run.rows(path: String): List<Row> = journal().filter { it.path() == path && it.kind() != "warning" }

fun Run.statuses(path: String): List<StepStatus> = rows(path).map { it.status() }

fun CountDownLatch.passed() = check(await(10, TimeUnit.SECONDS)) { "nobody opened the latch" }

/** As a body waits that must not. */
fun CountDownLatch.passedUninterruptibly() {
    while (count > 0) {
        try {
            await()
        } catch (_: InterruptedException) {
            // its cancel is what the test is about
        }
    }
}

/** Why a run that ended or stopped did so. */
fun RunRecord.failure(): Failure = Failure.fromPlain(Json.read(error()!!))

/** So many attempts, with the same delay between any two. */
fun retries(
    attempts: Int,
    delay: Duration = Duration.ZERO,
): StepOptions = StepOptions.DEFAULT.retry(Retry.fixed(attempts, delay))

/** Starts one run of a workflow and shows it to [check]. */
fun Stores.run(
    content: WorkflowBuilder<Any>.() -> Ref<String>,
    check: (Run) -> Unit,
) {
    open().engine(flow("case", content = content)).use { check(it.start("case", "r", null)) }
}
