package dev.perdure.dsl.json

import java.lang.management.ManagementFactory
import java.util.concurrent.ConcurrentLinkedQueue

/** What reading a definition of a usual size may take at most, in nanoseconds of CPU. */
internal const val MOST_CPU = 100_000_000L

/** A quarter of the stack that threads have by themselves, since the frames of an application are below ours. */
private const val SMALL_STACK = 256L shl 10

/** What it may allocate at most, in bytes. */
internal const val MOST_MEMORY = 64L shl 20

private val threads = ManagementFactory.getThreadMXBean() as com.sun.management.ThreadMXBean

/** The bytes that this thread has allocated so far. */
internal fun allocated(): Long = threads.currentThreadAllocatedBytes

/** Runs [work] on a thread of its own, which has a small stack; what it throws is thrown here. */
internal fun onSmallStack(work: () -> Unit): Unit = onSmallStacks(1) { work() }

/** Runs [work] for each of the numbers below [count], each on a thread like that, at the same time. */
internal fun onSmallStacks(
    count: Int,
    work: (Int) -> Unit,
) {
    val escaped = ConcurrentLinkedQueue<Throwable>()
    val threads =
        List(count) { number ->
            Thread(null, { runCatching { work(number) }.onFailure(escaped::add) }, "small stack $number", SMALL_STACK)
        }
    threads.forEach { it.start() }
    threads.forEach { it.join() }
    escaped.poll()?.let { throw it }
}

/**
 * The nanoseconds of CPU that [work] takes of this thread, which other load on the machine does not change. Where that
 * is more than [MOST_CPU], it is the better one of two, because code that was just compiled is slow once.
 */
internal fun cpuOf(work: () -> Unit): Long {
    val first = cpuOnce(work)
    return if (first < MOST_CPU) first else minOf(first, cpuOnce(work))
}

private inline fun cpuOnce(work: () -> Unit): Long {
    val before = threads.currentThreadCpuTime
    work()
    return threads.currentThreadCpuTime - before
}
