package dev.perdure.samples.benchmarks

import dev.perdure.core.spi.Store
import dev.perdure.storage.SqliteStore
import java.nio.file.Path
import java.sql.Connection
import java.sql.DriverManager

/** Files in one directory. */
internal class SqliteFiles(private val directory: Path) : Databases {
    override val name: String get() = "sqlite"
    override val settings: String get() = "SQLite with synchronous=FULL"

    override fun store(database: String): Store = SqliteStore.open(file(database))

    override fun raw(
        database: String,
        ids: Ids,
    ): RawJdbc = RawSqlite(file(database), ids)

    override fun drop(database: String): Unit = delete(file(database))

    override fun close(): Unit = Unit

    private fun file(database: String) = directory.resolve("$database.db")
}

/** @param synchronous FULL, as Perdure's default, unless nothing is measured */
internal class RawSqlite(file: Path, ids: Ids, synchronous: String = "FULL") :
    RawJdbc(connected(file, synchronous), ids) {
    fun pragma(text: String) {
        connection.createStatement().use { it.execute("PRAGMA $text") }
    }
}

/** A connection to a file with Perdure's tables that does not commit by itself. */
internal fun connected(
    file: Path,
    synchronous: String,
): Connection {
    SqliteStore.open(file).close()
    val connection = DriverManager.getConnection("jdbc:sqlite:$file")
    connection.createStatement().use {
        it.execute("PRAGMA synchronous = $synchronous")
        it.execute("PRAGMA journal_size_limit = ${64 shl 20}")
    }
    connection.autoCommit = false
    return connection
}
