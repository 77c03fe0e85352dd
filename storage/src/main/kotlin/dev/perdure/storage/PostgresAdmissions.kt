package dev.perdure.storage

import dev.perdure.core.spi.Admission
import dev.perdure.core.spi.Admitted
import dev.perdure.core.spi.Claim
import dev.perdure.core.spi.PendingRun
import org.jetbrains.exposed.v1.jdbc.JdbcTransaction
import java.sql.PreparedStatement
import java.time.Duration

/**
 * Lets runs begin for the engine with the lease [epoch]. Who holds a queue's row is the only one to let runs of it begin, and
 * sees all that others let begin before; whoever comes meanwhile is told to come again. Confined to its transaction, which holds
 * the lease's row.
 */
internal class PostgresAdmissions(
    private val transaction: JdbcTransaction,
    private val epoch: Long,
) {
    private val held = transaction.held

    fun admit(admission: Admission): Admitted {
        val isMoreRipe = ripen(admission.at())
        val admitted = mutableListOf<PendingRun>()
        var again: Long? = null
        admission.queues().forEach { name ->
            val left = admission.limit() - admitted.size
            if (left > 0) {
                val queue = locked(name)
                val room = queue?.room(transaction, left)
                val next =
                    if (room != null) {
                        room.again
                    } else if (exists(name)) {
                        BUSY_MILLIS
                    } else {
                        null
                    }
                again = listOfNotNull(again, next).minOrNull()
                if (queue != null && room != null && room.runs > 0) {
                    admitted += begin(queue, admission.workflows(), room.runs)
                }
            }
        }
        return Admitted(admitted, isMoreRipe || admitted.size >= admission.limit(), again?.let(Duration::ofMillis))
    }

    /** Runs whose time has come wait for their turn from here on, or may be claimed. Returns whether there may be more. */
    fun ripen(at: Long): Boolean {
        val update = held.kept("ripen runs") { RIPEN }
        update.setLong(1, at)
        return update.executeUpdate() == MOST_RIPE
    }

    private fun locked(name: String): LockedQueue? {
        val select = held.kept("lock queue") { LOCK }
        select.setString(1, name)
        return select.executeQuery().use { found ->
            if (found.next()) found.toQueue(name, found.getLong(4)) else null
        }
    }

    private fun exists(name: String): Boolean {
        val select = held.kept("find queue") { "SELECT 1 FROM queues WHERE name = ?" }
        select.setString(1, name)
        return select.executeQuery().use { it.next() }
    }

    private fun begin(
        queue: LockedQueue,
        workflows: Set<Claim.Version>,
        most: Int,
    ): List<PendingRun> {
        val update = held.kept("begin runs") { BEGIN }
        update.setAsked(transaction, listOf(queue.limits.name()), workflows)
        update.setInt(ASKED + 1, most)
        update.setInt(ASKED + 2, most)
        update.setLong(ASKED + 3, queue.now)
        update.setLong(ASKED + 4, epoch)
        return update.pendingRuns()
    }

    companion object {
        private const val BUSY_MILLIS = 20L
        private const val MOST_RIPE = 1_000

        /** How many parameters [setAsked] sets. */
        const val ASKED = 3

        /** Each queue with each version of a workflow, so that the index is looked up for each: none reads what is another's. */
        const val EACH_ASKED: String =
            "asked AS (SELECT of_queue, of_workflow, of_version FROM unnest(?::text[]) AS q(of_queue) " +
                "CROSS JOIN unnest(?::text[], ?::int[]) AS w(of_workflow, of_version))"

        private const val LOCK =
            "SELECT concurrency, rate, period_ms, $DATABASE_MILLIS FROM queues WHERE name = ? FOR UPDATE SKIP LOCKED"

        const val RIPEN: String =
            "WITH picked AS (SELECT id FROM runs WHERE start_at <= ? AND status = 'PENDING' " +
                "ORDER BY start_at, id LIMIT $MOST_RIPE FOR NO KEY UPDATE SKIP LOCKED) " +
                "UPDATE runs SET $RIPE FROM picked WHERE runs.id = picked.id"

        val BEGIN: String = firstOfEach(QUEUED, "began_at = ?, owner = ?")

        /** Takes the first runs that [condition] is true of, by priority and age, of each that is asked for and of all these. */
        fun firstOfEach(
            condition: String,
            assignment: String,
        ): String =
            "WITH $EACH_ASKED, picked AS (SELECT found.id FROM asked CROSS JOIN LATERAL " +
                "(SELECT id, priority, created_at FROM runs WHERE queue = of_queue AND workflow = of_workflow " +
                "AND version = of_version AND $condition " +
                "ORDER BY priority DESC, created_at, id LIMIT ? FOR NO KEY UPDATE SKIP LOCKED) AS found " +
                "ORDER BY found.priority DESC, found.created_at, found.id LIMIT ?), " +
                "taken AS (UPDATE runs SET $assignment FROM picked WHERE runs.id = picked.id " +
                "RETURNING runs.id, runs.priority, runs.created_at) " +
                "SELECT id, priority FROM taken ORDER BY priority DESC, created_at, id"
    }
}

/** The first [PostgresAdmissions.ASKED] parameters. */
internal fun PreparedStatement.setAsked(
    transaction: JdbcTransaction,
    queues: Collection<String>,
    workflows: Set<Claim.Version>,
) {
    fun array(
        type: String,
        values: Array<Any>,
    ) = transaction.held.driver.createArrayOf(type, values)
    val versions = workflows.toList()
    setArray(1, array("text", queues.toTypedArray()))
    setArray(2, array("text", versions.map { it.workflow() }.toTypedArray()))
    setArray(3, array("int", versions.map { it.version() }.toTypedArray()))
}
