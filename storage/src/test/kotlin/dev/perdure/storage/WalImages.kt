package dev.perdure.storage

import java.nio.file.Files
import java.nio.file.Path
import java.util.Arrays
import kotlin.random.Random

/** How the end of a write-ahead log got lost. */
internal enum class Damage { CUT, RANDOM_TAIL, ZERO_TAIL, LOST_PAGES }

/** What the database holds when a commit has returned, and how long its log is then. */
internal class Committed(
    val length: Int,
    val content: Long,
    val acknowledged: Set<String>,
)

/** The files that a [WalWriter] left of one store, and what each of its commits did. */
internal class WalRecording(
    directory: Path,
    val name: String,
) {
    private val database = Files.readAllBytes(directory.resolve("$name.db"))
    private val index = Files.readAllBytes(directory.resolve("$name.db-shm"))
    val log: ByteArray = Files.readAllBytes(directory.resolve("$name.db-wal"))
    val commits: List<Committed> = committed(Files.readAllLines(directory.resolve("$name.db.commits")))

    private fun committed(lines: List<String>): List<Committed> {
        val known = HashSet<String>()
        return lines.map { line ->
            val (length, content, steps) = line.split('\t')
            if (steps.isNotEmpty()) known += steps.split(',')
            Committed(length.toInt(), content.toLong(), HashSet(known))
        }
    }

    /** The last commit that is whole in [damaged]: nothing of the log up to its end has changed. */
    fun surviving(damaged: ByteArray): Committed {
        val same = Arrays.mismatch(log, damaged).let { if (it < 0) log.size else it }
        return commits.lastOrNull { it.length <= same } ?: commits.first()
    }

    /** The log with [damage] from the byte [at] on. */
    fun damaged(
        damage: Damage,
        at: Int,
        random: Random,
    ): ByteArray =
        when (damage) {
            Damage.CUT -> log.copyOf(at)
            Damage.RANDOM_TAIL -> log.copyOf().also { random.nextBytes(it, at) }
            Damage.ZERO_TAIL -> log.copyOf().also { it.fill(0, at) }
            Damage.LOST_PAGES -> withoutPages(at, random)
        }

    /** As when the power fails during the commit that wrote the byte [at]: the disk has any of its pages. */
    private fun withoutPages(
        at: Int,
        random: Random,
    ): ByteArray {
        val end = commits.map { it.length }.firstOrNull { it > at } ?: log.size
        val begin = commits.map { it.length }.lastOrNull { it <= at } ?: HEADER
        val damaged = log.copyOf(end)
        (begin until end step FRAME).filter { random.nextBoolean() }.forEach { frame ->
            damaged.fill(0, frame, minOf(frame + FRAME, end))
        }
        return damaged
    }

    /** The store with this log in [directory]; where [hasIndex], with the `-shm` file that the dead process left. */
    fun write(
        directory: Path,
        damaged: ByteArray,
        hasIndex: Boolean,
    ): Path {
        val file = directory.resolve("$name.db")
        Files.write(file, database)
        Files.write(directory.resolve("$name.db-wal"), damaged)
        if (hasIndex) Files.write(directory.resolve("$name.db-shm"), index)
        return file
    }

    companion object {
        const val HEADER = 32
        const val FRAME = 24 + 4096
    }
}
