package dev.perdure.storage

import dev.perdure.core.spi.StoreException
import org.slf4j.LoggerFactory
import org.sqlite.SQLiteConfig
import org.sqlite.SQLiteOpenMode
import java.sql.Connection
import java.sql.SQLException

/** Opens connections to the database file, and says what is wrong with it. Thread-safe; closed after its connections. */
internal class SqliteFile private constructor(
    val path: StorePath,
    private val options: SqliteOptions,
) : AutoCloseable {
    private var mark: OpenMark? = null

    override fun close() {
        mark?.close()
    }

    /** A connection with this store's settings. A file that went away is not made anew, empty, behind its users' backs. */
    private fun connect(mayCreate: Boolean = false): Connection {
        val isNew = mayCreate && !path.exists()
        val connection = config(mayCreate).createConnection("jdbc:sqlite:$path")
        try {
            if (isNew) {
                path.makePrivate()
            }
            connection.createStatement().use { statement ->
                statement.execute("PRAGMA synchronous = ${options.synchronous}")
                statement.execute("PRAGMA journal_size_limit = $LOG_SIZE")
                options.maxPageCount?.let { statement.execute("PRAGMA max_page_count = $it") }
            }
        } catch (e: SQLException) {
            connection.close()
            throw e
        }
        return connection
    }

    private fun config(mayCreate: Boolean) =
        SQLiteConfig().apply {
            if (!mayCreate) {
                resetOpenMode(SQLiteOpenMode.CREATE)
            }
            busyTimeout = options.busyTimeout.toMillis().toInt()
            enforceForeignKeys(true)
        }

    /**
     * Looks at a file before anything is written to it, and sets up the write-ahead log.
     *
     * The content is checked (`quick_check`) when the file is small, which takes milliseconds, or when SQLite finds
     * damage by itself; the rest of a large file is not read.
     */
    private fun prepare() {
        try {
            connect(mayCreate = true).use { connection ->
                val damage = if (path.size() <= CHECKED_SIZE) check(connection) else null
                if (damage != null) {
                    throw path.failures.lasting(
                        "the file is damaged ($damage); restore it from a backup. Nothing was changed",
                    )
                }
                val mode = connection.text("PRAGMA journal_mode = WAL")
                if (!mode.equals("wal", ignoreCase = true)) {
                    log.warn(
                        "Store {} cannot use a write-ahead log (journal mode {}). Is it on a network file system? " +
                            "These are not supported: their locks may fail",
                        path,
                        mode,
                    )
                }
            }
        } catch (e: SQLException) {
            throw path.failures.translate(e)
        }
    }

    /** The one connection that writes: each transaction has the write lock from its begin on. */
    fun writer(): Sessions = sessions("BEGIN IMMEDIATE", 1)

    fun readers(maxIdle: Int): Sessions = sessions(null, maxIdle)

    private fun sessions(
        beginSql: String?,
        maxIdle: Int,
    ) = Sessions(SqliteConnections({ connect() }, beginSql, maxIdle, path.failures))

    /** The first finding, without what SQLite may quote from the file; null when all is well. */
    private fun check(connection: Connection): String? =
        connection
            .text("PRAGMA quick_check(1)")
            .takeUnless { it == "ok" }
            ?.lineSequence()
            ?.first()

    private fun Connection.text(sql: String): String =
        createStatement().use { statement ->
            statement.executeQuery(sql).use { if (it.next()) it.getString(1) else "" }
        }

    companion object {
        private const val CHECKED_SIZE = 4L shl 20

        /** What the write-ahead log is cut back to, in bytes. */
        const val LOG_SIZE: Long = 64L shl 20
        private val log = LoggerFactory.getLogger(SqliteStore::class.java)

        /** The file at [path], checked and ready to be used. */
        fun open(
            path: StorePath,
            options: SqliteOptions,
        ): SqliteFile {
            val file = SqliteFile(path, options)
            try {
                if (path.exists()) {
                    file.mark = OpenMark.set(path)
                    file.prepare()
                } else {
                    file.prepare()
                    file.mark = OpenMark.set(path)
                }
                return file
            } catch (e: StoreException) {
                file.close()
                throw e
            }
        }
    }
}
