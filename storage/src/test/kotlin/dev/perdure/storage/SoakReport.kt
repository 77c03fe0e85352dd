package dev.perdure.storage

/**
 * What a process held when all that it had begun was done, in bytes and numbers.
 *
 * @property log the largest since the sample before
 * @property resident all of the process's memory; 0 where the system does not say
 */
internal data class SoakSample(
    val steps: Long,
    val heap: Long,
    val log: Long,
    val handles: Long,
    val threads: Long,
    val file: Long,
    val resident: Long,
) {
    fun line() = "$SAMPLE$steps $heap $log $handles $threads $file $resident"

    companion object {
        private const val SAMPLE = "sample "

        /** Those among the lines. */
        fun all(lines: List<String>): List<SoakSample> =
            numbers(lines, SAMPLE).map { SoakSample(it[0], it[1], it[2], it[3], it[4], it[5], it[6]) }
    }
}

/**
 * What was done so far.
 *
 * @property runs were purged
 * @property steps are recorded of these
 * @property bodies ended, of these and of the runs that are left
 * @property left is how many runs the store has
 * @property waiting is how many of these wait
 */
internal data class SoakCount(
    val runs: Int,
    val steps: Int,
    val bodies: Int,
    val left: Int,
    val waiting: Int,
) {
    fun line() = "$COUNT$runs $steps $bodies $left $waiting"

    companion object {
        private const val COUNT = "count "

        /** Those among the lines. */
        fun all(lines: List<String>): List<SoakCount> =
            numbers(lines, COUNT).map { it.map(Long::toInt) }.map { SoakCount(it[0], it[1], it[2], it[3], it[4]) }
    }
}

private fun numbers(
    lines: List<String>,
    word: String,
): List<List<Long>> =
    lines.filter { it.startsWith(word) }.map { line -> line.removePrefix(word).split(' ').map { it.toLong() } }

/** What samples say about growth. The first quarter is not looked at: classes are loaded and pools filled then. */
internal class SoakReport(
    private val samples: List<SoakSample>,
) {
    private val warm = samples.drop(samples.size / 4)

    /** How much more heap each 100,000 steps leave behind: the slope of the line that fits best, in KiB. */
    val heapSlope: Double
        get() {
            val steps = warm.map { it.steps }.average()
            val heap = warm.map { it.heap }.average()
            val covariance = warm.sumOf { (it.steps - steps) * (it.heap - heap) }
            return covariance / warm.sumOf { (it.steps - steps) * (it.steps - steps) } * 100_000 / 1024
        }

    private val largestLog = samples.maxOf { it.log }

    /** How much larger the largest of the last samples is than that of the first ones. */
    private fun growth(figure: (SoakSample) -> Long): Long =
        warm.takeLast(FEW).maxOf(figure) - warm.take(FEW).maxOf(figure)

    /** What grows that should not, in words. */
    fun findings(): List<String> =
        listOfNotNull(
            "the heap grows by %.0f KiB with each 100,000 steps".format(heapSlope).takeIf {
                heapSlope >= HEAP_SLOPE && growth { sample -> sample.heap } > HEAP
            },
            // A commit that finds 4 MiB in it moves the log's content away. What reads here is short, so that it can.
            "the log had $largestLog bytes".takeIf { largestLog > SqliteFile.LOG_SIZE },
            "the file grew by ${growth { it.file }} bytes".takeIf { growth { it.file } > FILE },
            // What libraries take outside of the heap comes in chunks of many MiB.
            "the process grew by ${growth { it.resident }} bytes".takeIf { growth { it.resident } > RESIDENT },
            "${growth { it.handles }} more file handles are open".takeIf { growth { it.handles } > HANDLES },
            // Pools have as many as work came at once.
            "${growth { it.threads }} more threads are there".takeIf { growth { it.threads } > THREADS },
        )

    override fun toString(): String {
        val last = samples.last()
        return "soak: ${last.steps} steps, heap slope %.0f KiB per 100,000 steps, ".format(heapSlope) +
            "heap ${last.heap shr 10} KiB, log at most ${largestLog shr 10} KiB, " +
            "file ${last.file shr 10} KiB (${growth { it.file } shr 10} more), " +
            "process ${last.resident shr 20} MiB (${growth { it.resident } shr 20} more), " +
            "${last.handles} file handles (${growth { it.handles }} more), " +
            "${last.threads} threads (${growth { it.threads }} more)"
    }

    private companion object {
        const val FEW = 5

        /** In KiB per 100,000 steps. */
        const val HEAP_SLOPE = 1024

        /** Less may be chance where there are few steps. */
        const val HEAP = 256L shl 10
        const val FILE = 4L shl 20
        const val RESIDENT = 48L shl 20
        const val HANDLES = 2
        const val THREADS = 8
    }
}
