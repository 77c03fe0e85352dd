package dev.perdure.storage

import dev.perdure.core.ErrorCode
import dev.perdure.core.PerdureException
import java.sql.Connection
import java.sql.PreparedStatement
import java.sql.SQLException

/**
 * A connection that outlives the transactions run on it, as Exposed sees it: closing it gives it back, rolling it back
 * breaks it. A broken one is closed for good and never used again, since after some errors a database and its driver
 * disagree about whether a transaction is open; closing undoes what was not committed.
 *
 * Confined to its transaction.
 */
internal class HeldConnection(
    private val raw: Connection,
    private val connections: Connections,
    private val giveBack: (HeldConnection) -> Unit,
) : Connection by raw {
    private val kept = HashMap<String, PreparedStatement>()
    private val texts = HashMap<String, String>()

    /** The driver's own connection, for who begins and commits transactions on it. */
    val driver: Connection get() = raw

    @Volatile
    var isBroken: Boolean = false
        private set

    /** A body has the transaction, and must not end it. */
    @Volatile
    var isLent: Boolean = false

    /** The statement called [name], prepared once from [sql] and closed with the connection. */
    fun kept(
        name: String,
        sql: () -> String,
    ): PreparedStatement = kept.getOrPut(name) { raw.prepareStatement(sql()) }

    /** The text called [name], made once. */
    fun text(
        name: String,
        sql: () -> String,
    ): String = texts.getOrPut(name, sql)

    fun execute(sql: String): Unit = breaking { raw.createStatement().use { it.execute(sql) } }

    private fun refuseLent(what: String) {
        if (isLent) {
            throw PerdureException(ErrorCode.INVALID_ARGUMENT, LentConnection.refusal(what))
        }
    }

    /** Ends the transaction under whoever uses it. */
    fun breakNow(end: (Connection) -> Unit) {
        isBroken = true
        quietly { end(raw) }
    }

    fun begin(): Unit = breaking { connections.begin(this) }

    /** Throws a StoreException: an SQLException would make Exposed log it and, by default, repeat the transaction. */
    override fun commit() {
        refuseLent("commit")
        try {
            breaking { connections.commit(this) }
        } catch (e: SQLException) {
            val failure = connections.failures.translate(e)
            throw if (connections.failures.isInDoubt(e)) UnknownOutcome(failure) else failure
        }
    }

    override fun rollback() {
        refuseLent("rollback")
        isBroken = true
    }

    override fun close() {
        refuseLent("close")
        giveBack(this)
    }

    /** Lets go of the connection itself. */
    fun discard() {
        quietly { kept.values.forEach { it.close() } }
        quietly { connections.close(raw, isBroken) }
    }

    /** What it held is lost either way, and the caller has the error that broke it. */
    private inline fun quietly(action: () -> Unit) {
        try {
            action()
        } catch (e: SQLException) {
            isBroken = true
        }
    }

    override fun getAutoCommit(): Boolean = false

    override fun setAutoCommit(autoCommit: Boolean): Unit = Unit

    private inline fun breaking(action: () -> Unit) {
        try {
            action()
        } catch (e: SQLException) {
            isBroken = true
            throw e
        }
    }
}
