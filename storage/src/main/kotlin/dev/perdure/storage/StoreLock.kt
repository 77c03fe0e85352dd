package dev.perdure.storage

import dev.perdure.core.ErrorCode
import dev.perdure.core.spi.EngineIdentity
import dev.perdure.core.spi.StoreException
import java.io.IOException
import java.io.RandomAccessFile
import java.nio.channels.OverlappingFileLockException
import java.nio.file.Files
import java.time.Instant
import java.util.concurrent.ConcurrentLinkedQueue

/**
 * The right to own the runs of a store, or to change its schema: a lock of the operating system on a file next to the
 * database, gone with the process that holds it. The file stays, and says who held it last.
 *
 * The lock of a file is dropped when its process closes any handle of that file. So nothing here opens the lock file
 * when this JVM may hold it: system properties, which all class loaders share, say so.
 *
 * Confined to its owner, but for [close], which may be called from anywhere.
 */
internal class StoreLock private constructor(
    private val registered: String,
    private val file: RandomAccessFile,
) : AutoCloseable {
    override fun close() {
        try {
            file.close()
        } finally {
            System.clearProperty(registered)
        }
    }

    companion object {
        private const val PREFIX = "dev.perdure.storage.held."

        private val neverClosed = ConcurrentLinkedQueue<RandomAccessFile>()
        private const val MAX_HOLDER_LENGTH = 200

        /** Far behind the text, which others may then read on every system. */
        private const val LOCKED_BYTE = 1L shl 30

        /** Takes the lock or throws STORE_IN_USE, without waiting. The database file must exist. */
        fun take(
            path: StorePath,
            owner: EngineIdentity,
            now: Instant,
        ): StoreLock {
            path.refuseHardLinks()
            val text = "pid ${owner.processId()} on host ${owner.host()} since $now"
            val registered = PREFIX + path.identity()
            val holder = System.getProperties().putIfAbsent(registered, text)
            if (holder != null) {
                throw inUse(path, holder.toString())
            }
            var lock: StoreLock? = null
            try {
                lock = lockFile(path, text, registered)
                return lock
            } catch (e: IOException) {
                throw path.failures.passing("its lock file ${path.lockFile} cannot be written (${e.message})", e)
            } finally {
                if (lock == null) {
                    System.clearProperty(registered)
                }
            }
        }

        private fun lockFile(
            path: StorePath,
            text: String,
            registered: String,
        ): StoreLock {
            val isNew = !Files.exists(path.lockFile)
            val file = RandomAccessFile(path.lockFile.toFile(), "rw")
            var isKept = false
            try {
                if (!isLocked(file)) {
                    throw inUse(path, file.readLine()?.let(::printable) ?: "another process")
                }
                file.setLength(0)
                file.write(text.toByteArray())
                if (isNew) {
                    path.makePrivate(path.lockFile)
                }
                isKept = true
                return StoreLock(registered, file)
            } catch (_: OverlappingFileLockException) {
                // This JVM holds the lock although nobody registered it, and would lose it with this handle.
                isKept = neverClosed.add(file)
                throw inUse(path, "this process")
            } finally {
                if (!isKept) {
                    file.close()
                }
            }
        }

        private fun isLocked(file: RandomAccessFile): Boolean = file.channel.tryLock(LOCKED_BYTE, 1, false) != null

        private fun printable(text: String): String = text.filterNot { it.isISOControl() }.take(MAX_HOLDER_LENGTH)

        private fun inUse(
            path: StorePath,
            holder: String,
        ) = StoreException(
            ErrorCode.STORE_IN_USE,
            "store $path is in use by $holder. Only one engine can own a store: close that one, or use another file",
            true,
            null,
        )
    }
}
