package dev.perdure.core.engine

import dev.perdure.core.ErrorCode
import dev.perdure.core.PerdureException
import dev.perdure.core.StepStatus
import dev.perdure.core.definition.Workflow
import dev.perdure.core.spi.Store
import dev.perdure.core.spi.StoreException
import java.lang.reflect.InvocationTargetException
import java.lang.reflect.Method
import java.lang.reflect.Proxy
import java.util.concurrent.CompletableFuture
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicBoolean
import java.util.concurrent.atomic.AtomicInteger

/** What may go wrong at a call of a store. */
enum class Fault(
    val isDone: Boolean,
    val isDeadly: Boolean,
    val calls: Int = 1,
) {
    CRASH_BEFORE(isDone = false, isDeadly = true),
    CRASH_AFTER(isDone = true, isDeadly = true),
    THROW_BEFORE(isDone = false, isDeadly = false),
    THROW_AFTER(isDone = true, isDeadly = false),

    /** Somebody else has the store for a while: three calls in a row are refused. */
    BUSY(isDone = false, isDeadly = false, calls = 3),
}

/**
 * A store that something goes wrong with at its call number [at] (from 1), once or from then on. After a deadly fault it takes
 * nothing any more, as if the process had died.
 */
class StrickenStore(
    private val store: Store,
    private val at: Int,
    private val fault: Fault,
    private val isLasting: Boolean,
) {
    private val calls = AtomicInteger()
    private val isDead = AtomicBoolean()
    private val struck = AtomicBoolean()

    /** Whether it came to the fault. */
    val isStruck: Boolean get() = struck.get()

    fun asStore(): Store =
        Proxy.newProxyInstance(Store::class.java.classLoader, arrayOf(Store::class.java)) { _, method, args ->
            call(method, args ?: emptyArray())
        } as Store

    private fun call(
        method: Method,
        args: Array<out Any?>,
    ): Any? {
        if (method.name in UNHURT) return invoke(method, args)
        if (isDead.get()) return if (method.name == "release") null else throw dead()
        val number = calls.incrementAndGet()
        val isFaulty = if (isLasting) number >= at else number in at until at + fault.calls
        if (!isFaulty || method.name == "release") return invoke(method, args)
        struck.set(true)
        if (fault.isDone) invoke(method, args)
        if (fault.isDeadly) isDead.set(true)
        throw if (fault.isDeadly) {
            dead()
        } else {
            StoreException(
                ErrorCode.STORE_UNAVAILABLE,
                "$fault at call $number",
                true,
                null,
            )
        }
    }

    private fun invoke(
        method: Method,
        args: Array<out Any?>,
    ): Any? =
        try {
            method.invoke(store, *args)
        } catch (thrown: InvocationTargetException) {
            throw thrown.targetException
        }

    private fun dead() = StoreException(ErrorCode.STORE_UNAVAILABLE, "the process is dead", false, null)

    private companion object {
        val UNHURT = setOf("describe", "isShared", "lanes", "close", "toString", "hashCode", "equals")
    }
}

/**
 * Runs a workflow with every fault at every call of its store, once and from then on, and then on a store without faults: the
 * run has to be there, with what was recorded of it, and to end as [check] says.
 */
class FaultMatrix(
    private val newData: () -> Stores,
    private val workflow: Workflow<*, *>,
    private val input: Any?,
    private val check: (Run) -> Unit,
) {
    /** How many runs met a fault. */
    fun run(most: Int = Int.MAX_VALUE): Int {
        var faults = 0
        for (fault in Fault.entries) {
            for (isLasting in listOf(false, true)) {
                var at = 1
                while (faults < most && strike(at, fault, isLasting)) {
                    faults++
                    at++
                }
            }
        }
        return faults
    }

    private fun strike(
        at: Int,
        fault: Fault,
        isLasting: Boolean,
    ): Boolean {
        val data = newData()
        val stricken = StrickenStore(data.open(), at, fault, isLasting)
        try {
            firstLife(stricken.asStore())
            secondLife(data)
        } catch (broken: Exception) {
            throw IllegalStateException(
                "${workflow.name()}: $fault at call $at, ${if (isLasting) "and from then on" else "once"}: ${broken.message}",
                broken,
            )
        }
        return stricken.isStruck
    }

    /** Ends with the run, with the engine, or when the store is found to be out of reach. */
    private fun firstLife(store: Store) {
        val trouble = CompletableFuture<Any?>()
        val listener =
            EngineListener { event ->
                if (event is EngineEvent.EngineStopped || event is EngineEvent.StoreUnavailable) trouble.complete(event)
            }
        try {
            store.engine(workflow) { listener(listener) }.use { engine ->
                val ended =
                    engine.startAsync(workflow.name(), "r", input).thenCompose { it.outcome() }.handle { row, _ -> row }
                CompletableFuture.anyOf(ended, trouble).get(20, TimeUnit.SECONDS)
                if (!ended.isDone) ended.completeOnTimeout(null, 50, TimeUnit.MILLISECONDS).join()
            }
        } catch (unopened: PerdureException) {
            store.close() // it cannot be opened as it is, or could not be closed
        }
    }

    private fun secondLife(data: Stores) {
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
}
