package dev.perdure.samples.benchmarks

import dev.perdure.core.spi.Store
import dev.perdure.storage.PostgresOptions
import dev.perdure.storage.PostgresStore
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres
import java.nio.file.Path
import java.sql.DriverManager
import java.time.Duration

/** Schemas of a PostgreSQL server that is started for the measurement and stops with it. It forgets nothing, as in production. */
internal class PostgresSchemas(directory: Path) : Databases {
    private val server =
        lazy {
            EmbeddedPostgres
                .builder()
                .setOverrideWorkingDirectory(directory.toFile())
                .setDataDirectory(directory.resolve("postgres"))
                .apply { DURABLE.forEach { (setting, value) -> setServerConfig(setting, value) } }
                .start()
        }
    private val url by lazy { server.value.getJdbcUrl("postgres", "postgres") }
    override val name: String get() = "postgres"
    override val settings: String
        get() = DURABLE.entries.joinToString(prefix = "PostgreSQL on this machine with ") { "${it.key}=${it.value}" }

    override fun store(database: String): Store = PostgresStore.open(url, schema(database), OPTIONS)

    override fun raw(
        database: String,
        ids: Ids,
    ): RawJdbc {
        store(database).close()
        val connection =
            DriverManager.getConnection("$url&reWriteBatchedInserts=true&currentSchema=${schema(database)}")
        connection.autoCommit = false
        return RawJdbc(connection, ids)
    }

    override fun drop(database: String) {
        DriverManager.getConnection(url).use { connection ->
            connection.createStatement().use { it.execute("DROP SCHEMA ${schema(database)} CASCADE") }
        }
    }

    override fun close() {
        if (server.isInitialized()) server.value.close()
    }

    private fun schema(database: String) = database.replace('-', '_')

    private companion object {
        /** PostgreSQL's own defaults; a server that is embedded for tests has neither. */
        val DURABLE = mapOf("fsync" to "on", "synchronous_commit" to "on")

        /** Nobody measures how a lease is taken over. */
        val OPTIONS = PostgresOptions(lease = Duration.ofMinutes(5))
    }
}
