package dev.perdure.storage

import org.slf4j.LoggerFactory
import java.io.IOException
import java.nio.file.Files

/**
 * Warns when the write-ahead log grows beyond what it is cut back to: then some process keeps a transaction open, and SQLite
 * cannot move the log's content into the database behind its back. Asks for the log's size only, and never opens it.
 *
 * Confined to the thread that writes.
 */
internal class LogWatch(
    private val path: StorePath,
) {
    private var commits = 0
    private var warnAt = 2 * SqliteFile.LOG_SIZE

    /** To be called after each commit; looks now and then. */
    fun committed() {
        if (++commits % EACH == 0) {
            look(size())
        }
    }

    private fun look(size: Long) {
        if (size >= warnAt) {
            warnAt = 2 * size
            log.warn(
                "Store {} has a write-ahead log of {} MiB, which cannot be emptied while a process reads in one long " +
                    "transaction. Look for it (lsof {}) and end it; nothing is lost meanwhile, but the disk fills up",
                path,
                size shr MIB,
                path,
            )
        } else if (size <= SqliteFile.LOG_SIZE) {
            warnAt = 2 * SqliteFile.LOG_SIZE
        }
    }

    private fun size(): Long =
        try {
            Files.size(path.log)
        } catch (_: IOException) {
            0
        }

    private companion object {
        const val EACH = 16
        const val MIB = 20
        val log = LoggerFactory.getLogger(SqliteStore::class.java)
    }
}
