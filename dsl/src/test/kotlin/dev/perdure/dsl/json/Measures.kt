package dev.perdure.dsl.json

import java.lang.management.ManagementFactory

/** What reading a definition of a usual size may take at most, in nanoseconds of CPU. */
internal const val MOST_CPU = 100_000_000L

/** A quarter of the stack that threads have by themselves, since the frames of an application are below ours. */
private const val SMALL_STACK = 256L shl 10

private val threads = ManagementFactory.getThreadMXBean()

/** Runs [work] on a thread of its own, which has a small stack; what it throws is thrown here. */
internal fun onSmallStack(work: () -> Unit) {
    var escaped: Throwable? = null
    val thread = Thread(null, { escaped = runCatching(work).exceptionOrNull() }, "small stack", SMALL_STACK)
    thread.start()
    thread.join()
    escaped?.let { throw it }
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
