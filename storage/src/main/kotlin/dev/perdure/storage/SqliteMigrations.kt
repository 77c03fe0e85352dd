package dev.perdure.storage

import dev.perdure.core.spi.StoreException
import java.nio.file.Path
import java.time.Clock
import java.time.Instant

/**
 * One version of the schema, as a store has it or could have it.
 *
 * @property version counts up from 1
 * @property name what it brings
 * @property appliedAt when it was applied to the store; null when it is not
 */
public class MigrationState internal constructor(
    public val version: Int,
    public val name: String,
    public val appliedAt: Instant?,
) {
    override fun toString(): String = "$version $name: ${appliedAt ?: "not applied"}"
}

/**
 * The schema of the store at a path: what it is, and the ways up and down. [SqliteStore.open] goes up by itself; going
 * down is for stepping back to an older Perdure. A step is one transaction, recorded in the table `schema_history`.
 *
 * Thread-safe; each call opens the file and closes it again. Changing the schema needs the store for itself.
 *
 * ```kotlin
 * val migrations = SqliteMigrations(Path.of("app.db"))
 * migrations.states().forEach(::println)
 * migrations.migrateTo(1)
 * ```
 *
 * @param path of the database file
 */
public class SqliteMigrations(
    private val path: Path,
) {
    /** The newest version that this library knows. */
    public val latest: Int get() = migrations.last().version

    /**
     * All versions that this library knows, oldest first. Changes nothing.
     *
     * @throws StoreException as [SqliteStore.open] does
     */
    public fun states(): List<MigrationState> =
        withSchema { _, schema ->
            val applied = schema.applied().associateBy { it.version }
            migrations.map { migration ->
                val at = applied[migration.version]?.let { Instant.ofEpochMilli(it.appliedAt) }
                MigrationState(migration.version, migration.name, at)
            }
        }

    /**
     * Takes the schema up or down to [version], one step after the other; all data stays. A step down that would lose
     * data is refused, and the steps before it stay done.
     *
     * @param version from 0, without any table of Perdure's, to [latest]
     * @throws StoreException STORE_IN_USE when an engine holds the store; STORE_UNAVAILABLE when the step is refused or
     * the file cannot be used; STORE_TOO_NEW
     */
    public fun migrateTo(version: Int) {
        require(version in 0..latest) { "there is no schema version $version; known are 0 to $latest" }
        withSchema { file, schema ->
            StoreLock
                .take(
                    file,
                    thisProcess("migration"),
                    Clock.systemUTC().instant(),
                ).use { schema.migrateTo(version) }
        }
    }

    private fun <T> withSchema(use: (StorePath, Schema) -> T): T =
        keepingInterrupt {
            val existing = StorePath.of(path)
            if (!existing.exists()) {
                throw existing.failures.lasting("there is no such file")
            }
            SqliteFile.open(existing, SqliteOptions()).use { file ->
                file.writer().use { use(existing, Schema(SqliteSchemaPlace(existing), it, Clock.systemUTC())) }
            }
        }
}
