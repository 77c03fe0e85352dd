package dev.perdure.storage

import com.zaxxer.hikari.HikariConfig
import com.zaxxer.hikari.HikariDataSource
import com.zaxxer.hikari.pool.HikariPool.PoolInitializationException
import java.sql.Connection
import java.sql.SQLException
import javax.sql.DataSource

/** A pool of the store's own. Nothing else touches HikariCP's classes, which are optional. Thread-safe. */
internal class PostgresPool private constructor(
    private val pool: HikariDataSource,
) : PostgresSource {
    override val localSettings: String? get() = null

    override val pieceSize: Int = if (BUFFER in pool.jdbcUrl) super.pieceSize else BUFFERED - 1_000

    override fun connect(): Connection = pool.connection

    override fun evict(raw: Connection): Unit = pool.evictConnection(raw)

    override fun close(): Unit = pool.close()

    companion object {
        private const val DRIVER = "org.postgresql.Driver"
        private const val BUFFER = "maxSendBufferSize"

        /** Less than what a socket takes at once that nobody made smaller. */
        private const val BUFFERED = 16_384

        /** Connects once, so that what is wrong with the URL shows at once: as an SQLException. */
        fun open(
            url: String,
            settings: PostgresSettings,
            options: PostgresOptions,
        ): PostgresPool {
            require(url.startsWith("jdbc:postgresql:")) { "a PostgreSQL URL begins with \"jdbc:postgresql:\"" }
            require('@' !in url.substringAfter("//", "").substringBefore('/')) {
                "a PostgreSQL URL has no user and password before its host; give them to PostgresOptions"
            }
            try {
                return PostgresPool(HikariDataSource(config(url, settings, options)))
            } catch (e: PoolInitializationException) {
                throw e.cause as? SQLException ?: SQLException(e)
            } catch (_: RuntimeException) {
                // it quotes the URL, and with it a password
                throw IllegalArgumentException(
                    "PostgreSQL's driver cannot read the URL, which is not shown as it may hold a password; " +
                        "expected jdbc:postgresql://host:port/database?option=value",
                )
            }
        }

        private fun config(
            url: String,
            settings: PostgresSettings,
            options: PostgresOptions,
        ) = HikariConfig().apply {
            driverClassName = DRIVER
            jdbcUrl = url
            username = options.user
            password = options.password
            poolName = "perdure"
            maximumPoolSize = options.poolSize + (if (options.listenNotify) 1 else 0)
            minimumIdle = 2
            connectionTimeout = options.connectTimeout.toMillis()
            connectionInitSql = settings.ofSession
            driverProperties(options).forEach { (name, value) -> addDataSourceProperty(name, value) }
        }

        /** The URL's own parameters take precedence. */
        private fun driverProperties(options: PostgresOptions): Map<String, String> =
            mapOf(
                "ApplicationName" to "perdure",
                "connectTimeout" to options.connectTimeout.toSeconds().toString(),
                "socketTimeout" to maxOf(1, options.replyTimeout.toSeconds()).toString(),
                "tcpKeepAlive" to "true",
                "reWriteBatchedInserts" to "true",
                BUFFER to BUFFERED.toString(),
                // The server's details quote the values of the row that it refuses.
                "logServerErrorDetail" to "false",
            )

        /** Whether what [open] needs is on the class path; else what to add to it. */
        fun missing(): String? =
            listOf("com.zaxxer.hikari.HikariDataSource" to "com.zaxxer:HikariCP", DRIVER to "org.postgresql:postgresql")
                .firstOrNull { (name, _) -> !isPresent(name) }
                ?.second

        private fun isPresent(name: String): Boolean =
            try {
                Class.forName(name, false, PostgresStore::class.java.classLoader)
                true
            } catch (_: ClassNotFoundException) {
                false
            }
    }
}

/** The application's own connections, which have its settings between two transactions of the store. Thread-safe. */
internal class PostgresDataSource(
    private val dataSource: DataSource,
    settings: PostgresSettings,
) : PostgresSource {
    override val localSettings: String = settings.ofTransaction

    override fun connect(): Connection = dataSource.connection

    /** A pool closes what it finds aborted, and a plain connection has no other use. */
    override fun evict(raw: Connection) {
        try {
            raw.abort(Runnable::run)
        } finally {
            raw.close()
        }
    }

    override fun close(): Unit = Unit
}
