package dev.perdure.storage

import org.jetbrains.exposed.v1.jdbc.JdbcTransaction
import java.sql.PreparedStatement

/**
 * Gives runs to the engine with the lease [epoch]. Runs that another transaction is busy with are passed over, so that engines
 * that claim at once get different ones and none waits. Confined to its transaction, which holds the lease's row.
 */
internal class PostgresClaims(
    private val transaction: JdbcTransaction,
    private val epoch: Long,
) {
    fun claim(
        at: Long,
        limit: Int,
    ): List<String> {
        val due = claimed("claim due runs", DUE, listOf(at, limit.toLong()))
        val left = limit - due.size
        return if (left == 0) due else due + claimed("claim free runs", FREE, listOf(left.toLong()))
    }

    private fun claimed(
        name: String,
        sql: String,
        bounds: List<Long>,
    ): List<String> {
        val update = transaction.held.kept(name) { sql }
        bounds.forEachIndexed { index, bound -> update.setLong(index + 1, bound) }
        update.setLong(bounds.size + 1, epoch)
        return update.texts()
    }

    fun claim(runIds: Collection<String>): List<String> {
        val ids = transaction.held.driver.createArrayOf("text", runIds.toTypedArray())
        val update = transaction.held.kept("claim runs") { THESE }
        update.setLong(1, epoch)
        update.setArray(2, ids)
        update.executeUpdate()
        val select = transaction.held.kept("own runs") { "SELECT id FROM runs WHERE id = ANY (?) AND owner = ?" }
        select.setArray(1, ids)
        select.setLong(2, epoch)
        val own = select.texts().toSet()
        return runIds.filter { it in own }
    }

    private fun PreparedStatement.texts(): List<String> =
        executeQuery().use { found -> generateSequence { if (found.next()) found.getString(1) else null }.toList() }

    companion object {
        /** The conditions are those of the indexes `runs_wake` and `runs_free`, word for word, and so are the orders. */
        const val DUE =
            "WITH picked AS (SELECT id FROM runs WHERE status = 'WAITING' AND wake_at IS NOT NULL AND wake_at <= ? " +
                "AND owner IS NULL ORDER BY wake_at, id LIMIT ? FOR NO KEY UPDATE SKIP LOCKED), " +
                "taken AS (UPDATE runs SET owner = ? FROM picked WHERE runs.id = picked.id " +
                "RETURNING runs.id, runs.wake_at) SELECT id FROM taken ORDER BY wake_at, id"

        const val FREE =
            "WITH picked AS (SELECT id FROM runs WHERE owner IS NULL AND $BUSY " +
                "ORDER BY created_at, id LIMIT ? FOR NO KEY UPDATE SKIP LOCKED), " +
                "taken AS (UPDATE runs SET owner = ? FROM picked WHERE runs.id = picked.id " +
                "RETURNING runs.id, runs.created_at) SELECT id FROM taken ORDER BY created_at, id"

        /** In the order of ids, like all who lock several runs. */
        const val THESE =
            "UPDATE runs SET owner = ? WHERE id IN " +
                "(SELECT id FROM runs WHERE id = ANY (?) AND owner IS NULL ORDER BY id FOR NO KEY UPDATE)"
    }
}
