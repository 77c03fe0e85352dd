package dev.perdure.storage

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres
import java.sql.Connection
import java.time.Duration
import java.util.concurrent.atomic.AtomicInteger
import javax.sql.DataSource

/** A real server for all specs of this JVM, which stops with it; each test has a schema of its own. */
internal object PostgresServer {
    private val server: EmbeddedPostgres by lazy { EmbeddedPostgres.builder().start() }
    private val count = AtomicInteger()

    /** Signs of life come so seldom that a test which ends a lease is never interfered with. */
    val patient = PostgresOptions(lease = Duration.ofHours(1))

    val url: String get() = server.getJdbcUrl("postgres", "postgres")

    val port: Int get() = server.port

    /** Without a pool. */
    val dataSource: DataSource get() = server.postgresDatabase

    fun newSchema(): String = "schema_${count.incrementAndGet()}"

    fun open(
        schema: String,
        options: PostgresOptions = patient,
    ): PostgresStore = PostgresStore.open(url, schema, options)

    /** Lets all leases in a schema run out, as if their engines had been silent for long enough. */
    fun expireLeases(schema: String): Unit = execute("UPDATE $schema.engines SET expires_at = 0")

    fun execute(vararg sql: String): Unit =
        connected { connection -> connection.createStatement().use { statement -> sql.forEach(statement::execute) } }

    /** The first column of what [sql] finds. */
    fun query(sql: String): List<String?> =
        connected { connection ->
            connection.createStatement().use { statement ->
                statement.executeQuery(sql).use { found ->
                    generateSequence { if (found.next()) listOf(found.getString(1)) else null }.flatten().toList()
                }
            }
        }

    fun <T> connected(use: (Connection) -> T): T = dataSource.connection.use(use)
}
