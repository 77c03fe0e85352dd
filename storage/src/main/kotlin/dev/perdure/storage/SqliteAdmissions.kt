package dev.perdure.storage

import dev.perdure.core.Json
import dev.perdure.core.journal.QueueRecord
import dev.perdure.core.spi.Admission
import dev.perdure.core.spi.Admitted
import dev.perdure.core.spi.PendingRun
import org.jetbrains.exposed.v1.jdbc.JdbcTransaction
import java.time.Duration

/** Lets runs begin where one engine has them all. Confined to its transaction, in which nobody else writes. */
internal class SqliteAdmissions(
    private val transaction: JdbcTransaction,
    private val admission: Admission,
) {
    private val admitted = mutableListOf<PendingRun>()
    private var again: Long? = null

    fun admit(): Admitted {
        val isMoreRipe = ripen()
        admission.queues().forEach { name ->
            if (admitted.size < admission.limit()) {
                queue(name)?.let(::admit)
            }
        }
        return Admitted(admitted, isMoreRipe || admitted.size >= admission.limit(), again?.let(Duration::ofMillis))
    }

    /** Runs whose time has come wait for their turn from here on, or begin if they are in no queue. Returns whether there may be more. */
    private fun ripen(): Boolean {
        val select =
            transaction.held.kept("ripe runs") {
                "SELECT id, priority, queue FROM runs WHERE start_at <= ? AND status = 'PENDING' " +
                    "ORDER BY start_at, id LIMIT ?"
            }
        select.setLong(1, admission.at())
        select.setInt(2, admission.limit())
        val ripe =
            select.executeQuery().use { found ->
                buildList {
                    while (found.next()) add(PendingRun(found.getString(1), found.getInt(2)) to found.getString(3))
                }
            }
        change("ripen runs", RIPE, ripe.map { it.first })
        admitted += ripe.filter { (_, queue) -> queue.isEmpty() }.map { it.first }
        return ripe.size == admission.limit()
    }

    private fun queue(name: String): LockedQueue? {
        val select =
            transaction.held.kept("read queue") { "SELECT concurrency, rate, period_ms FROM queues WHERE name = ?" }
        select.setString(1, name)
        return select.executeQuery().use { found -> if (found.next()) found.toQueue(name, admission.at()) else null }
    }

    private fun admit(queue: LockedQueue) {
        val room = queue.room(transaction, admission.limit() - admitted.size)
        again = listOfNotNull(again, room.again).minOrNull()
        if (room.runs == 0) {
            return
        }
        val select = transaction.held.kept("next of queue") { NEXT }
        select.setString(1, queue.limits.name())
        select.setString(2, Json.write(admission.workflows().map { "${it.workflow()}:${it.version()}" }))
        select.setInt(3, room.runs)
        val next = select.pendingRuns()
        change("begin runs", "began_at = ${admission.at()}", next)
        admitted += next
    }

    private fun change(
        name: String,
        assignment: String,
        runs: List<PendingRun>,
    ) {
        if (runs.isNotEmpty()) {
            val sql = "UPDATE runs SET $assignment WHERE id IN (SELECT value FROM json_each(?))"
            transaction.held.prepareStatement(sql).use { update ->
                update.setString(1, Json.write(runs.map { it.id() }))
                check(
                    update.executeUpdate() == runs.size,
                ) { "$name: other runs were changed than those that were read" }
            }
        }
    }

    companion object {
        /** Runs of a workflow that is not registered are passed over one by one. */
        const val NEXT: String =
            "SELECT id, priority FROM runs WHERE queue = ? AND $QUEUED " +
                "AND workflow || ':' || version IN (SELECT value FROM json_each(?)) " +
                "ORDER BY priority DESC, created_at, id LIMIT ?"
    }
}

/** The limits of the queue at the cursor, which are the first three columns. */
internal fun java.sql.ResultSet.toQueue(
    name: String,
    now: Long,
): LockedQueue {
    fun intOrNull(column: Int) = getInt(column).takeUnless { wasNull() }
    return LockedQueue(QueueRecord(name, intOrNull(1), intOrNull(2), getLong(3), 0), now)
}
