package dev.perdure.storage

import com.sun.management.UnixOperatingSystemMXBean
import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import dev.perdure.core.engine.EngineEvent
import dev.perdure.core.engine.EngineListener
import dev.perdure.core.spi.RunArchive
import dev.perdure.core.spi.Store
import java.io.IOException
import java.lang.management.ManagementFactory
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.atomic.AtomicLong

/** Looks at what its process holds. The store's files are asked for their sizes only, and never opened. */
internal class SoakLook(
    private val file: Path,
) : EngineListener {
    private val log = file.resolveSibling("${file.fileName}-wal")
    private val largestLog = AtomicLong()
    private val status = Path.of("/proc/self/status")
    private val system = ManagementFactory.getOperatingSystemMXBean()
    private val threads = ManagementFactory.getThreadMXBean()

    override fun onEvent(event: EngineEvent) {
        if (event is EngineEvent.RunEnded) largestLog.accumulateAndGet(Files.size(log), Math::max)
    }

    fun sample(steps: Long) =
        SoakSample(
            steps,
            retainedHeap(),
            largestLog.getAndSet(0),
            (system as? UnixOperatingSystemMXBean)?.openFileDescriptorCount ?: 0,
            threads.threadCount.toLong(),
            Files.size(file),
            resident(),
        )

    private fun resident(): Long =
        if (Files.exists(status)) {
            val line = Files.readAllLines(status).single { it.startsWith("VmRSS:") }
            line.filter { it.isDigit() }.toLong() * 1024
        } else {
            0
        }

    /** The least of a few looks: a collection that runs late only ever adds. */
    private fun retainedHeap(): Long {
        val runtime = Runtime.getRuntime()
        return (1..4).minOf {
            System.gc()
            runtime.totalMemory() - runtime.freeMemory()
        }
    }
}

/** Takes what is purged, and counts what is recorded of it. Confined to one thread. */
internal class SoakTally : RunArchive {
    var runs = 0
        private set
    var steps = 0
        private set

    override fun write(
        store: Store,
        runId: String,
    ) {
        val status = store.find(runId).get().status()
        if (status != RunStatus.COMPLETED) throw IOException("$runId is $status")
        val done = store.journal(runId).filter { it.kind() == "step" && it.status() == StepStatus.COMPLETED }
        val twice = done.groupingBy { it.path() }.eachCount().filterValues { it > 1 }
        if (twice.isNotEmpty()) throw IOException("$runId has recorded more than once: $twice")
        runs++
        steps += done.size
    }

    override fun flush() = Unit
}
