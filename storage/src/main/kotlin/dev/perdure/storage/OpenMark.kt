package dev.perdure.storage

import dev.perdure.core.ErrorCode
import dev.perdure.core.spi.StoreException
import org.sqlite.JDBC

/**
 * Says that this JVM has a database file open, and through which copy of SQLite. Each class loader that loads the driver
 * has a copy of its own; two of them on one file drop each other's locks, and commits get lost.
 *
 * Thread-safe. The marks are system properties, `<copy> <count>`, which all class loaders share.
 */
internal class OpenMark private constructor(
    private val key: String,
) : AutoCloseable {
    private var isSet = true

    @Synchronized
    override fun close() {
        if (isSet) {
            isSet = false
            System.getProperties().compute(key) { _, value -> mark(count(value) - 1) }
        }
    }

    companion object {
        private const val PREFIX = "dev.perdure.storage.open."
        private val copy = Integer.toHexString(System.identityHashCode(JDBC::class.java))

        /** Throws STORE_IN_USE when another copy of SQLite has the file open. The file must exist. */
        fun set(path: StorePath): OpenMark {
            val key = PREFIX + path.identity()
            val mark =
                System.getProperties().compute(key) { _, value ->
                    if (value == null || isOurs(value)) mark(count(value) + 1) else value
                }
            if (!isOurs(mark)) {
                throw StoreException(
                    ErrorCode.STORE_IN_USE,
                    "store $path is in use in this JVM through another class loader's copy of SQLite, " +
                        "and two copies lose data: load sqlite-jdbc in one class loader that all share",
                    true,
                    null,
                )
            }
            return OpenMark(key)
        }

        private fun isOurs(mark: Any?): Boolean = mark.toString().startsWith("$copy ")

        private fun count(mark: Any?): Int = mark?.toString()?.substringAfter(' ')?.toInt() ?: 0

        private fun mark(count: Int): String? = if (count > 0) "$copy $count" else null
    }
}
