package dev.perdure.samples.benchmarks

import com.sun.management.OperatingSystemMXBean
import com.sun.management.ThreadMXBean
import java.lang.management.ManagementFactory

/**
 * What [units] of work took.
 *
 * @property cpuNanos of the whole process, user and system
 * @property allocated bytes, by the threads that are alive at the end
 */
internal data class Sample(val units: Long, val nanos: Long, val cpuNanos: Long, val allocated: Long) {
    val perSecond: Double get() = units * NANOS_PER_SECOND / nanos
    val cpuMicros: Double get() = cpuNanos / NANOS_PER_MICRO / units
    val bytes: Double get() = allocated.toDouble() / units
}

internal const val NANOS_PER_SECOND = 1e9
internal const val NANOS_PER_MILLI = 1e6
private const val NANOS_PER_MICRO = 1e3

private val threads = ManagementFactory.getThreadMXBean() as ThreadMXBean
private val system = ManagementFactory.getOperatingSystemMXBean() as OperatingSystemMXBean

/** Measures [work], which does [units] of something and must not end the threads that it uses. */
internal inline fun sample(
    units: Long,
    work: () -> Unit,
): Sample {
    val allocatedBefore = allocatedByThread()
    val cpuBefore = system.processCpuTime
    val before = System.nanoTime()
    work()
    val nanos = System.nanoTime() - before
    val cpu = system.processCpuTime - cpuBefore
    val allocated = allocatedByThread().entries.sumOf { (id, bytes) -> bytes - (allocatedBefore[id] ?: 0) }
    return Sample(units, nanos, cpu, allocated)
}

/** How much of all processors was used since this was last asked, by whichever process: 0 to 1. */
internal fun processorLoad(): Double = system.cpuLoad

/** JDK 17 has no count for the whole process. */
private fun allocatedByThread(): Map<Long, Long> {
    val ids = threads.allThreadIds
    return ids.zip(threads.getThreadAllocatedBytes(ids).toList()).toMap()
}
