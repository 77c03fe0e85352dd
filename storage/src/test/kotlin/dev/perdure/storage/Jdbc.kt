package dev.perdure.storage

import java.nio.file.Path
import java.sql.Connection
import java.sql.DriverManager

/** Runs SQL beside the store, through SQLite: plain I/O on an open database would drop its locks. */
internal fun execute(
    file: Path,
    vararg sql: String,
): Unit =
    DriverManager.getConnection("jdbc:sqlite:$file").use { connection ->
        connection.createStatement().use { statement -> sql.forEach { statement.execute(it) } }
    }

/** The first column of what [sql] finds. */
internal fun query(
    file: Path,
    sql: String,
): List<String?> = DriverManager.getConnection("jdbc:sqlite:$file").use { it.column(sql) }

/** The first column of what [sql] finds. */
internal fun Connection.column(sql: String): List<String?> =
    createStatement().use { statement ->
        statement.executeQuery(sql).use { result ->
            generateSequence { if (result.next()) listOf(result.getString(1)) else null }.flatten().toList()
        }
    }
