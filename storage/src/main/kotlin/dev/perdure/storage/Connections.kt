package dev.perdure.storage

import java.sql.Connection

/**
 * Where connections come from and go to, and how a transaction begins and ends on one of them.
 *
 * Thread-safe.
 */
internal interface Connections {
    val failures: Failures

    /** How many unused connections are kept open between transactions. */
    val maxIdle: Int

    /** How often a transaction is run at most, where [Failures.isWorthRepeating]. */
    val attempts: Int

    fun open(): Connection

    fun begin(connection: HeldConnection)

    fun commit(connection: HeldConnection)

    /** Closes a connection for good when it [isBroken], and else gives it back to where it came from. */
    fun close(
        raw: Connection,
        isBroken: Boolean,
    )
}

/**
 * Connections to a file. The driver's own transactions are not used: with these, the write lock would be taken again right
 * after each commit.
 *
 * @param beginSql begins a transaction; null where each statement is one of its own
 */
internal class SqliteConnections(
    private val connect: () -> Connection,
    private val beginSql: String?,
    override val maxIdle: Int,
    override val failures: Failures,
) : Connections {
    override val attempts: Int get() = 1

    override fun open(): Connection = connect()

    override fun begin(connection: HeldConnection) {
        if (beginSql != null) {
            connection.kept("begin") { beginSql }.execute()
        }
    }

    override fun commit(connection: HeldConnection) {
        if (beginSql != null) {
            connection.kept("commit") { "COMMIT" }.execute()
        }
    }

    override fun close(
        raw: Connection,
        isBroken: Boolean,
    ): Unit = raw.close()
}
