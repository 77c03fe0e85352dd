package dev.perdure.storage

import java.sql.Connection
import java.sql.SQLException
import java.time.Clock
import javax.sql.DataSource

/**
 * One schema of a PostgreSQL database, and the connections to it. Thread-safe.
 *
 * @property name what and where it is, without secrets
 */
internal class PostgresDatabase private constructor(
    val name: String,
    val schema: String,
    val options: PostgresOptions,
    private val source: PostgresSource,
) : AutoCloseable {
    val failures: Failures = PostgresFailures(name)
    val writer: Sessions = Sessions(PostgresConnections(source, true, failures))
    val readers: Sessions = Sessions(PostgresConnections(source, source.localSettings != null, failures))

    /** How many bytes a connection surely sends in one piece. */
    val pieceSize: Int get() = source.pieceSize
    val bodies: BodyPlace = PostgresBodyPlace(settings(schema, options))
    private val place = PostgresSchemaPlace(name, schema, failures)

    fun schema(clock: Clock): Schema = Schema(place, writer, clock)

    /** Takes the schema to [target]; several may do so at once. */
    fun migrateTo(
        target: Int,
        clock: Clock,
    ) {
        place.prepare(writer)
        schema(clock).migrateTo(target)
    }

    /** A connection for as long as it takes, besides those that transactions borrow; ended by [disconnect]. */
    fun connect(): Connection = source.connect()

    fun disconnect(connection: Connection): Unit = source.evict(connection)

    override fun close() {
        readers.close()
        writer.close()
        source.close()
    }

    companion object {
        fun open(
            url: String,
            schema: String,
            options: PostgresOptions,
        ): PostgresDatabase {
            val settings = settings(schema, options)
            val name = name(url, schema)
            PostgresPool.missing()?.let {
                throw PostgresFailures(name).lasting("add $it to the class path, which a store opened by its URL needs")
            }
            return opened(name, schema, options) { PostgresPool.open(url, settings, options) }
        }

        fun open(
            dataSource: DataSource,
            schema: String,
            options: PostgresOptions,
        ): PostgresDatabase {
            val settings = settings(schema, options)
            val url =
                try {
                    dataSource.connection.use { it.metaData.url }
                } catch (e: SQLException) {
                    throw PostgresFailures(name("", schema)).translate(e)
                }
            return opened(name(url, schema), schema, options) { PostgresDataSource(dataSource, settings) }
        }

        private fun opened(
            name: String,
            schema: String,
            options: PostgresOptions,
            connect: () -> PostgresSource,
        ): PostgresDatabase {
            try {
                return PostgresDatabase(name, schema, options, connect())
            } catch (e: SQLException) {
                throw PostgresFailures(name).translate(e)
            }
        }

        private fun settings(
            schema: String,
            options: PostgresOptions,
        ) = PostgresSettings(PostgresSettings.requireSchema(schema), options.lockTimeout, options.stall)

        /** Without the URL's parameters, one of which may be a password. */
        private fun name(
            url: String,
            schema: String,
        ): String {
            val place = url.removePrefix("jdbc:postgresql:").removePrefix("//").substringBefore('?')
            return if (place.isEmpty()) "with schema $schema" else "$place, schema $schema"
        }
    }
}

/** Runs [use] on a database that is opened for that. */
internal fun <T> using(
    open: () -> PostgresDatabase,
    use: (PostgresDatabase) -> T,
): T = keepingInterrupt { open().use(use) }
