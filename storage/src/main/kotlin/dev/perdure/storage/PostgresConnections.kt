package dev.perdure.storage

import java.sql.Connection

/**
 * Connections that are borrowed for one transaction each; the driver keeps what it prepared on them.
 *
 * @param isTransactional whether statements go together in a transaction; else each is one of its own
 */
internal class PostgresConnections(
    private val source: PostgresSource,
    private val isTransactional: Boolean,
    override val failures: Failures,
) : Connections {
    override val maxIdle: Int get() = 0

    override val attempts: Int get() = 4

    override fun open(): Connection {
        val raw = source.connect()
        if (isTransactional) {
            raw.autoCommit = false
        }
        return raw
    }

    override fun begin(connection: HeldConnection) {
        source.localSettings?.let { sql -> connection.createStatement().use { it.execute(sql) } }
    }

    override fun commit(connection: HeldConnection) {
        if (isTransactional) {
            connection.driver.commit()
        }
    }

    override fun close(
        raw: Connection,
        isBroken: Boolean,
    ) {
        if (isBroken) {
            source.evict(raw)
        } else {
            if (isTransactional) {
                raw.autoCommit = true
            }
            raw.close()
        }
    }
}

/** Where connections come from. Thread-safe. */
internal interface PostgresSource : AutoCloseable {
    /** The settings that each transaction needs, as statements; null where the connections have them already. */
    val localSettings: String?

    /** How many bytes a connection surely sends in one piece, with room for what the driver adds: its default buffer. */
    val pieceSize: Int get() = 7_000

    fun connect(): Connection

    /** Closes a connection so that nobody is given it again. */
    fun evict(raw: Connection)
}
