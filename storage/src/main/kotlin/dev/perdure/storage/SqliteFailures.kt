package dev.perdure.storage

import dev.perdure.core.spi.StoreException
import org.jetbrains.exposed.v1.exceptions.ExposedSQLException
import org.sqlite.SQLiteErrorCode
import org.sqlite.SQLiteException
import java.nio.file.Path
import java.sql.SQLException

/**
 * Says in words what SQLite reports about the file at [path]. Neither the words nor the cause hold a stored value:
 * SQLite's messages name tables and columns only, and Exposed's exceptions, which hold arguments, are left out.
 *
 * Immutable.
 */
internal class SqliteFailures(
    path: Path,
) : Failures(path.toString()) {
    override fun translate(thrown: SQLException): StoreException {
        val cause = if (thrown is ExposedSQLException) thrown.cause else thrown
        val code = (cause as? SQLiteException)?.resultCode ?: SQLiteErrorCode.SQLITE_ERROR
        return when (code.primary()) {
            SQLiteErrorCode.SQLITE_FULL -> {
                passing("the disk is full; free some space", cause)
            }

            SQLiteErrorCode.SQLITE_IOERR -> {
                passing("the disk reports an I/O error; check it and its free space", cause)
            }

            SQLiteErrorCode.SQLITE_BUSY -> {
                passing(
                    "another process has been writing for too long; see what it does",
                    cause,
                )
            }

            SQLiteErrorCode.SQLITE_LOCKED -> {
                passing("another connection holds a lock; see what it does", cause)
            }

            SQLiteErrorCode.SQLITE_READONLY -> {
                passing("the file is read-only; make it writable", cause)
            }

            SQLiteErrorCode.SQLITE_CANTOPEN -> {
                passing(
                    "the file cannot be opened; check its directory and rights",
                    cause,
                )
            }

            SQLiteErrorCode.SQLITE_CORRUPT -> {
                damaged("the file is damaged; restore it from a backup", cause)
            }

            SQLiteErrorCode.SQLITE_NOTADB -> {
                damaged("the file is not an SQLite database; check the path", cause)
            }

            else -> {
                lasting("SQLite reports ${code.name}", cause)
            }
        }
    }

    private fun damaged(
        what: String,
        cause: Throwable?,
    ): StoreException = lasting("$what. Nothing was changed", cause)

    /** Extended codes carry the primary one in their low byte. */
    private fun SQLiteErrorCode.primary(): SQLiteErrorCode = SQLiteErrorCode.getErrorCode(code and PRIMARY_MASK)

    private companion object {
        const val PRIMARY_MASK = 0xff
    }
}
