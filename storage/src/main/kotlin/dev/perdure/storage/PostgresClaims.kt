package dev.perdure.storage

import dev.perdure.core.spi.Admission
import dev.perdure.core.spi.Admitted
import dev.perdure.core.spi.Claim
import org.jetbrains.exposed.v1.jdbc.JdbcTransaction
import java.sql.PreparedStatement
import java.sql.Types

/**
 * Gives runs to the engine with the lease [epoch]. Runs that another transaction is busy with are passed over, so that engines
 * that claim at once get different ones and none waits. Confined to its transaction, which holds the lease's row.
 */
internal class PostgresClaims(
    private val transaction: JdbcTransaction,
    private val epoch: Long,
) {
    fun claim(claim: Claim): List<String> {
        PostgresAdmissions(transaction, epoch).ripen(claim.at())
        val due = due(claim)
        val left = claim.limit() - due.size
        return if (left == 0) due else due + free(claim, left)
    }

    fun admit(admission: Admission): Admitted = PostgresAdmissions(transaction, epoch).admit(admission)

    private fun due(claim: Claim): List<String> {
        val versions = claim.workflows()?.map { "${it.workflow()}:${it.version()}" }
        return claimed(DUE, listOf(claim.at(), versions, versions, claim.queues(), claim.queues()), claim.limit())
    }

    private fun free(
        claim: Claim,
        limit: Int,
    ): List<String> {
        val workflows = claim.workflows()
        val queues = claim.queues()
        if (workflows == null || queues == null) {
            val versions = workflows?.map { "${it.workflow()}:${it.version()}" }
            return claimed(FREE, listOf(versions, versions, queues, queues), limit)
        }
        val update = transaction.held.kept("claim free runs") { FREE_OF }
        update.setAsked(transaction, queues, workflows)
        update.setInt(PostgresAdmissions.ASKED + 1, limit)
        update.setInt(PostgresAdmissions.ASKED + 2, limit)
        update.setLong(PostgresAdmissions.ASKED + 3, epoch)
        return update.texts()
    }

    private fun claimed(
        sql: String,
        conditions: List<Any?>,
        limit: Int,
    ): List<String> {
        val update = transaction.held.kept(sql) { sql }
        conditions.forEachIndexed { index, value ->
            when (value) {
                null -> update.setNull(index + 1, Types.ARRAY)
                is Collection<*> -> update.setArray(index + 1, textsOf(value))
                else -> update.setObject(index + 1, value)
            }
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

    /** Those of the runs that the engine has, once it is settled who has them. */
    fun own(runIds: Collection<String>): List<String> {
        val select = transaction.held.kept("settle runs") { SETTLED }
        select.setArray(1, textsOf(runIds))
        select.setLong(2, epoch)
        return select.texts()
    }

    companion object {
        private const val OF_WHAT_IS_ASKED =
            " AND (?::text[] IS NULL OR workflow || ':' || version = ANY (?::text[]))" +
                " AND (?::text[] IS NULL OR queue = ANY (?::text[]))"

        /**
         * The condition is that of the index `runs_wake`, word for word, and so is the order. A run that an engine has does not
         * count as one that waits, so that what comes for it is not taken for its time.
         */
        const val DUE: String =
            "WITH picked AS (SELECT id, wake_at FROM runs WHERE status = 'WAITING' AND wake_at IS NOT NULL " +
                "AND wake_at <= ? AND owner IS NULL$OF_WHAT_IS_ASKED " +
                "ORDER BY wake_at, id LIMIT ? FOR NO KEY UPDATE SKIP LOCKED), " +
                "taken AS (UPDATE runs SET owner = ?, status = 'RUNNING', wake_at = NULL FROM picked " +
                "WHERE runs.id = picked.id RETURNING runs.id, picked.wake_at) SELECT id FROM taken ORDER BY wake_at, id"

        /** Of any workflow or queue: it sorts all that is free. No engine claims like this. */
        const val FREE: String =
            "WITH picked AS (SELECT id FROM runs WHERE $CLAIMABLE$OF_WHAT_IS_ASKED " +
                "ORDER BY priority DESC, created_at, id LIMIT ? FOR NO KEY UPDATE SKIP LOCKED), " +
                "taken AS (UPDATE runs SET owner = ? FROM picked WHERE runs.id = picked.id " +
                "RETURNING runs.id, runs.priority, runs.created_at) " +
                "SELECT id FROM taken ORDER BY priority DESC, created_at, id"

        /** By the index `runs_free`: however much of other workflows and queues is free, it is not read. */
        val FREE_OF: String = PostgresAdmissions.firstOfEach(CLAIMABLE, "owner = ?")

        /** In the order of ids, like all who lock several runs. */
        const val THESE =
            "UPDATE runs SET owner = ?, wake_at = CASE WHEN status = 'WAITING' THEN NULL ELSE wake_at END, " +
                "status = CASE WHEN status = 'WAITING' THEN 'RUNNING' ELSE status END WHERE id IN " +
                "(SELECT id FROM runs WHERE id = ANY (?) AND owner IS NULL AND $NOT_HELD_BACK ORDER BY id FOR NO KEY UPDATE)"

        /** By locks on all of them, so that a transaction is waited for that has not ended. */
        const val SETTLED =
            "WITH asked AS (SELECT id, owner FROM runs WHERE id = ANY (?) ORDER BY id FOR SHARE) " +
                "SELECT id FROM asked WHERE owner = ?"

        const val WOKEN =
            "UPDATE runs SET wake_at = NULL WHERE id IN (SELECT id FROM runs WHERE owner = ? AND wake_at = 0 " +
                "ORDER BY id LIMIT ? FOR NO KEY UPDATE SKIP LOCKED) RETURNING id"
    }
}
