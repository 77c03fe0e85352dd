package dev.perdure.storage

import java.sql.Connection
import java.sql.PreparedStatement
import java.sql.SQLException

/**
 * A connection that outlives the transactions run on it, as Exposed sees it: closing it gives it back, rolling it back
 * breaks it. A broken one is closed for good and never used again, since after some errors SQLite and its driver
 * disagree about whether a transaction is open; closing undoes what was not committed.
 *
 * The driver's own transactions are not used: with these, the write lock would be taken again right after each commit.
 *
 * Confined to its transaction.
 */
internal class HeldConnection(
    private val raw: Connection,
    private val beginSql: String?,
    private val failures: Failures,
    private val giveBack: (HeldConnection) -> Unit,
) : Connection by raw {
    private val kept = HashMap<String, PreparedStatement>()

    var isBroken: Boolean = false
        private set

    /** The statement called [name], prepared once from [sql] and closed with the connection. */
    fun kept(
        name: String,
        sql: () -> String,
    ): PreparedStatement = kept.getOrPut(name) { raw.prepareStatement(sql()) }

    fun begin() {
        if (beginSql != null) {
            breaking { kept("begin") { beginSql }.execute() }
        }
    }

    /** Throws a StoreException: an SQLException would make Exposed log it and, by default, repeat the transaction. */
    override fun commit() {
        try {
            if (beginSql != null) {
                breaking { kept("commit") { "COMMIT" }.execute() }
            }
        } catch (e: SQLException) {
            throw failures.translate(e)
        }
    }

    override fun rollback() {
        isBroken = true
    }

    override fun close() {
        giveBack(this)
    }

    /** Closes the connection itself. */
    fun discard() {
        try {
            kept.values.forEach { it.close() }
            raw.close()
        } catch (e: SQLException) {
            // What it held is lost either way, and the caller has the error that broke it.
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
