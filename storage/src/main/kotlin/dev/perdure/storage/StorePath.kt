package dev.perdure.storage

import java.io.IOException
import java.nio.file.Files
import java.nio.file.LinkOption
import java.nio.file.Path
import java.nio.file.attribute.BasicFileAttributes
import java.nio.file.attribute.PosixFileAttributeView
import java.nio.file.attribute.PosixFilePermissions

/**
 * The one name of a database file, whatever links and dots lead to it. Nothing here opens the file: any close of it by
 * this process, outside of SQLite, would drop SQLite's locks.
 *
 * Immutable.
 */
internal class StorePath private constructor(
    val database: Path,
) {
    val lockFile: Path = database.resolveSibling("${database.fileName}.lock")

    val log: Path = database.resolveSibling("${database.fileName}-wal")

    val failures: Failures = SqliteFailures(database)

    fun exists(): Boolean = Files.exists(database)

    fun size(): Long = Files.size(database)

    /** What tells the file from all others on this host, under all its names; its path where the system has no such key. */
    fun identity(): String = fileKey() ?: database.toString()

    private fun fileKey(): String? =
        try {
            Files.readAttributes(database, BasicFileAttributes::class.java).fileKey()?.toString()
        } catch (e: IOException) {
            throw failures.passing("its attributes cannot be read (${e.javaClass.simpleName})", e)
        }

    /** SQLite names its log after the file: through two names of one file, two logs damage it. */
    fun refuseHardLinks() {
        val links =
            try {
                Files.getAttribute(database, "unix:nlink") as? Int ?: 1
            } catch (_: UnsupportedOperationException) {
                1
            } catch (_: IllegalArgumentException) {
                1
            }
        if (links > 1) {
            throw failures.lasting(
                "the file has $links names (hard links), which SQLite cannot cope with; remove all but one",
            )
        }
    }

    /** Others on this host have no business with what a workflow stores. */
    fun makePrivate(file: Path = database) {
        try {
            Files
                .getFileAttributeView(file, PosixFileAttributeView::class.java)
                ?.setPermissions(PosixFilePermissions.fromString("rw-------"))
        } catch (e: IOException) {
            throw failures.passing("the rights of $file cannot be set", e)
        }
    }

    override fun toString(): String = database.toString()

    companion object {
        fun of(path: Path): StorePath {
            val given = path.toAbsolutePath().normalize()
            val failures = SqliteFailures(given)
            val directory = given.parent ?: throw failures.lasting("the path is a directory; name a file in it")
            return when {
                Files.isDirectory(given) -> throw failures.lasting("the path is a directory; name a file in it")

                !Files.isDirectory(directory) -> throw failures.lasting("there is no directory $directory; create it")

                given.toString().contains(
                    '?',
                ) -> throw failures.lasting("SQLite's driver does not take a '?' in a path")

                Files.exists(given) -> StorePath(given.toRealPath())

                Files.exists(
                    given,
                    LinkOption.NOFOLLOW_LINKS,
                ) -> throw failures.lasting("the path is a link to nowhere")

                else -> StorePath(directory.toRealPath().resolve(given.fileName))
            }
        }
    }
}
