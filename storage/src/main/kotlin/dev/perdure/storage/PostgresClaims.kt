package dev.perdure.storage

import dev.perdure.core.spi.Claim
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
    fun claim(claim: Claim): List<String> {
        val versions = claim.workflows()?.map { "${it.workflow()}:${it.version()}" }
        val due = claimed(if (versions == null) DUE else DUE_OF, listOfNotNull(claim.at(), versions), claim.limit())
        val left = claim.limit() - due.size
        return if (left == 0) {
            due
        } else {
            due + claimed(if (versions == null) FREE else FREE_OF, listOfNotNull(versions), left)
        }
    }

    private fun claimed(
        sql: String,
        conditions: List<Any>,
        limit: Int,
    ): List<String> {
        val update = transaction.held.kept(sql) { sql }
        conditions.forEachIndexed { index, value ->
            if (value is List<*>) update.setArray(index + 1, textsOf(value)) else update.setObject(index + 1, value)
        }
        update.setInt(conditions.size + 1, limit)
        update.setLong(conditions.size + 2, epoch)
        return update.texts()
    }

    /** Runs of this engine's that something came for; it is forgotten that it came. Those that wait are found by their time. */
    fun woken(limit: Int): List<String> {
        val update = transaction.held.kept("woken runs") { WOKEN }
        update.setLong(1, epoch)
        update.setInt(2, limit)
        return update.texts()
    }

    private fun textsOf(texts: Collection<*>) = transaction.held.driver.createArrayOf("text", texts.toTypedArray())

    fun claim(runIds: Collection<String>): List<String> {
        val ids = textsOf(runIds)
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

    companion object {
        private const val OF_WORKFLOWS = " AND workflow || ':' || version = ANY (?)"

        /** The conditions are those of the indexes `runs_wake` and `runs_free`, word for word, and so are the orders. */
        val DUE = due("")
        val FREE = free("")
        val DUE_OF = due(OF_WORKFLOWS)
        val FREE_OF = free(OF_WORKFLOWS)

        /** A run that an engine has does not count as one that waits, so that what comes for it is not taken for its time. */
        private fun due(condition: String) =
            "WITH picked AS (SELECT id, wake_at FROM runs WHERE status = 'WAITING' AND wake_at IS NOT NULL " +
                "AND wake_at <= ? AND owner IS NULL$condition " +
                "ORDER BY wake_at, id LIMIT ? FOR NO KEY UPDATE SKIP LOCKED), " +
                "taken AS (UPDATE runs SET owner = ?, status = 'RUNNING', wake_at = NULL FROM picked " +
                "WHERE runs.id = picked.id RETURNING runs.id, picked.wake_at) SELECT id FROM taken ORDER BY wake_at, id"

        private fun free(condition: String) =
            "WITH picked AS (SELECT id FROM runs WHERE owner IS NULL AND $BUSY$condition " +
                "ORDER BY created_at, id LIMIT ? FOR NO KEY UPDATE SKIP LOCKED), " +
                "taken AS (UPDATE runs SET owner = ? FROM picked WHERE runs.id = picked.id " +
                "RETURNING runs.id, runs.created_at) SELECT id FROM taken ORDER BY created_at, id"

        /** In the order of ids, like all who lock several runs. */
        const val THESE =
            "UPDATE runs SET owner = ?, wake_at = CASE WHEN status = 'WAITING' THEN NULL ELSE wake_at END, " +
                "status = CASE WHEN status = 'WAITING' THEN 'RUNNING' ELSE status END WHERE id IN " +
                "(SELECT id FROM runs WHERE id = ANY (?) AND owner IS NULL ORDER BY id FOR NO KEY UPDATE)"

        const val WOKEN =
            "UPDATE runs SET wake_at = NULL WHERE id IN (SELECT id FROM runs WHERE owner = ? AND wake_at = 0 " +
                "ORDER BY id LIMIT ? FOR NO KEY UPDATE SKIP LOCKED) RETURNING id"
    }
}
