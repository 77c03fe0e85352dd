package dev.perdure.storage

import dev.perdure.core.spi.StoreException
import java.time.Clock
import java.time.Instant
import javax.sql.DataSource

/**
 * The schema of a PostgreSQL store: what it is, and the ways up and down. [PostgresStore.open] goes up by itself, unless its
 * role may not; then a role that may does it here beforehand. Going down is for stepping back to an older Perdure. A step is
 * one transaction, recorded in the table `schema_history`; several callers may go up at once.
 *
 * Thread-safe; each call opens connections and closes them again.
 *
 * ```kotlin
 * PostgresMigrations(dataSource).migrateTo(PostgresMigrations.LATEST)
 * ```
 */
public class PostgresMigrations private constructor(
    private val open: () -> PostgresDatabase,
) {
    /** @throws IllegalArgumentException for a schema name that [PostgresStore.open] would not take */
    @JvmOverloads
    public constructor(
        url: String,
        schema: String = PostgresStore.DEFAULT_SCHEMA,
        options: PostgresOptions = PostgresOptions(),
    ) : this({ PostgresDatabase.open(url, PostgresSettings.requireSchema(schema), options) })

    /** @throws IllegalArgumentException for a schema name that [PostgresStore.open] would not take */
    @JvmOverloads
    public constructor(
        dataSource: DataSource,
        schema: String = PostgresStore.DEFAULT_SCHEMA,
    ) : this({ PostgresDatabase.open(dataSource, PostgresSettings.requireSchema(schema), PostgresOptions()) })

    /**
     * All versions that this library knows, oldest first. Changes nothing.
     *
     * @throws StoreException as [PostgresStore.open] does
     */
    public fun states(): List<MigrationState> =
        using(open) { database ->
            val applied = database.schema(Clock.systemUTC()).applied().associateBy { it.version }
            postgresMigrations.map { migration ->
                val at = applied[migration.version]?.let { Instant.ofEpochMilli(it.appliedAt) }
                MigrationState(migration.version, migration.name, at)
            }
        }

    /**
     * Takes the schema up or down to [version], one step after the other; all data stays. A step down that would lose
     * data is refused, and so is one while engines are at work; the steps before it stay done.
     *
     * @param version from 0, without any table of Perdure's but its lock and history, to [LATEST]
     * @throws StoreException STORE_UNAVAILABLE when the step is refused or the database cannot be used; STORE_TOO_NEW
     */
    public fun migrateTo(version: Int) {
        require(version in 0..LATEST) { "there is no schema version $version; known are 0 to $LATEST" }
        using(open) { it.migrateTo(version, Clock.systemUTC()) }
    }

    public companion object {
        /** The newest version that this library knows. */
        public const val LATEST: Int = 8
    }
}
