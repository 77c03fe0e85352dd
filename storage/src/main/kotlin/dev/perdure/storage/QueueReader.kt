package dev.perdure.storage

import dev.perdure.core.journal.QueueRecord
import dev.perdure.core.spi.PendingRun
import org.jetbrains.exposed.v1.core.SortOrder
import org.jetbrains.exposed.v1.core.greater
import org.jetbrains.exposed.v1.jdbc.JdbcTransaction
import org.jetbrains.exposed.v1.jdbc.Query
import org.jetbrains.exposed.v1.jdbc.select
import org.jetbrains.exposed.v1.jdbc.selectAll
import java.sql.PreparedStatement

/** Reads queues, and which runs may begin. Thread-safe: each read is one statement. */
internal class QueueReader(
    private val sessions: Sessions,
) {
    fun queues(): List<QueueRecord> =
        sessions.transaction { Queues.selectAll().orderBy(Queues.name).map { it.toQueue() } }

    fun pending(): List<PendingRun> = sessions.transaction { held.kept("pending runs") { PENDING }.pendingRuns() }

    /** Whether the time of a run that was to begin later has come. */
    fun isAnyRipe(at: Long): Boolean =
        sessions.transaction {
            val select = held.kept("is any ripe") { "SELECT 1 FROM runs WHERE start_at <= ? LIMIT 1" }
            select.setLong(1, at)
            select.executeQuery().use { it.next() }
        }

    companion object {
        private const val PENDING: String =
            "SELECT id, priority FROM runs WHERE status = 'PENDING' AND status <> 'COMPLETED' AND $NOT_HELD_BACK " +
                "ORDER BY priority DESC, created_at, id"

        fun selectNextStart(after: Long): Query =
            Runs
                .select(Runs.startAt)
                .where { Runs.startAt greater after }
                .orderBy(Runs.startAt to SortOrder.ASC)
                .limit(1)
    }
}

/** What a statement finds or changes, of which the first two columns are id and priority. */
internal fun PreparedStatement.pendingRuns(): List<PendingRun> =
    executeQuery().use { found ->
        buildList { while (found.next()) add(PendingRun(found.getString(1), found.getInt(2))) }
    }

/** A queue's limits, its row being locked, and the time by the store's clock. */
internal class LockedQueue(
    val limits: QueueRecord,
    val now: Long,
) {
    /** How many runs may begin, and where that is for the rate, after how many milliseconds there may be more. */
    class Room(
        val runs: Int,
        val again: Long?,
    )

    /** Counts no more than matters. */
    fun room(
        transaction: JdbcTransaction,
        limit: Int,
    ): Room {
        val underWay = limits.concurrency()?.let { transaction.countUnderWay(it) } ?: 0
        val (begun, oldest) = limits.rate()?.let { transaction.countBegun(it) } ?: (0 to now)
        val room = minOf(limit, limits.room(underWay, begun))
        val isSpent = limits.rate() != null && begun + room >= limits.rate()!!
        return Room(room, if (isSpent) oldest + limits.periodMillis() - now else null)
    }

    private fun JdbcTransaction.countUnderWay(most: Int): Int {
        val select =
            held.kept("runs under way") {
                "SELECT count(*) FROM (SELECT 1 FROM runs WHERE queue = ? AND $UNDER_WAY LIMIT ?) AS under_way"
            }
        select.setString(1, limits.name())
        select.setInt(2, most)
        return select.executeQuery().use { found ->
            found.next()
            found.getInt(1)
        }
    }

    /** How many began within the period, and when the first of these did. */
    private fun JdbcTransaction.countBegun(most: Int): Pair<Int, Long> {
        val select =
            held.kept("begun runs") {
                "SELECT count(*), min(began_at) FROM (SELECT began_at FROM runs WHERE queue = ? AND began_at > ? " +
                    "ORDER BY began_at DESC LIMIT ?) AS begun"
            }
        select.setString(1, limits.name())
        select.setLong(2, now - limits.periodMillis())
        select.setInt(3, most)
        return select.executeQuery().use { found ->
            found.next()
            val count = found.getInt(1)
            count to if (count == 0) now else found.getLong(2)
        }
    }
}
