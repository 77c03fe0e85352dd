package dev.perdure.core.engine

import dev.perdure.core.ErrorCode
import dev.perdure.core.spi.Store
import dev.perdure.core.spi.StoreException
import java.lang.reflect.InvocationTargetException
import java.lang.reflect.Method
import java.lang.reflect.Proxy
import java.util.concurrent.CompletableFuture
import java.util.concurrent.atomic.AtomicBoolean
import java.util.concurrent.atomic.AtomicInteger
import kotlin.random.Random

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

/** Which calls of a store go wrong, by their numbers from 1. Thread-safe. */
fun interface FaultPlan {
    fun faultAt(call: Int): Fault?

    companion object {
        fun at(
            number: Int,
            fault: Fault,
            isLasting: Boolean = false,
        ) = FaultPlan { call ->
            fault.takeIf { if (isLasting) call >= number else call in number until number + fault.calls }
        }

        /** Of 100 calls, about one begins each kind of fault. The same for the same seed. */
        fun random(seed: Long) =
            FaultPlan { call ->
                val latest = (call downTo 1).take(Fault.entries.maxOf { it.calls })
                val begun = latest.map { Fault.entries.getOrNull(Random(seed + it).nextInt(100)) }
                begun.withIndex().firstOrNull { (ago, fault) -> fault != null && ago < fault.calls }?.value
            }
    }
}

/**
 * A store that something goes wrong with where [plan] says so. After a deadly fault it takes nothing any more, as if the process
 * had died.
 */
class StrickenStore(
    private val store: Store,
    private val plan: FaultPlan,
) {
    private val calls = AtomicInteger()
    private val isDead = AtomicBoolean()
    private val strikes = AtomicInteger()
    private val hopeless = CompletableFuture<Any?>()

    /** Whether it came to the fault. */
    val isStruck: Boolean get() = strikes.get() > 0

    /** Completes when so many calls went wrong that whoever makes them will not get any further. */
    fun hopeless(): CompletableFuture<Any?> = hopeless

    fun asStore(): Store =
        Proxy.newProxyInstance(Store::class.java.classLoader, arrayOf(Store::class.java)) { _, method, args ->
            call(method, args ?: emptyArray())
        } as Store

    private fun call(
        method: Method,
        args: Array<out Any?>,
    ): Any? {
        if (method.name in UNHURT) return invoke(method, args)
        if (isDead.get()) {
            if (method.name == "release") return null
            strike()
            throw dead()
        }
        val number = calls.incrementAndGet()
        val fault = if (method.name == "release") null else plan.faultAt(number)
        if (fault == null) return invoke(method, args)
        strike()
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

    private fun strike() {
        if (strikes.incrementAndGet() == HOPELESS) hopeless.complete(null)
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
        const val HOPELESS = 12
        val UNHURT = setOf("describe", "isShared", "lanes", "close", "toString", "hashCode", "equals")
    }
}
