package dev.perdure.samples.benchmarks

import dev.perdure.core.spi.Store
import java.lang.reflect.InvocationTargetException
import java.lang.reflect.Method
import java.lang.reflect.Proxy
import java.util.concurrent.atomic.AtomicLong

/** Counts the commits that a store is asked for, and how long they take. */
internal class CommitMeter(private val metered: Store) {
    private val commits = AtomicLong()
    private val nanos = AtomicLong()

    /** The store to use. A proxy: Kotlin's delegation leaves out methods that have a body, which tell what a store can do. */
    val store: Store =
        Proxy.newProxyInstance(Store::class.java.classLoader, arrayOf(Store::class.java)) { _, method, arguments ->
            if (method.name == "commit") timed(method, arguments) else call(method, arguments)
        } as Store

    private fun timed(
        method: Method,
        arguments: Array<Any?>?,
    ): Any? {
        val before = System.nanoTime()
        try {
            return call(method, arguments)
        } finally {
            nanos.addAndGet(System.nanoTime() - before)
            commits.incrementAndGet()
        }
    }

    private fun call(
        method: Method,
        arguments: Array<Any?>?,
    ): Any? =
        try {
            method.invoke(metered, *arguments.orEmpty())
        } catch (thrown: InvocationTargetException) {
            throw thrown.targetException
        }

    fun read(): Commits = Commits(commits.get(), nanos.get())
}

/** How many commits there were, and how long they took together. */
internal data class Commits(val count: Long, val nanos: Long) {
    operator fun minus(before: Commits): Commits = Commits(count - before.count, nanos - before.nanos)
}
