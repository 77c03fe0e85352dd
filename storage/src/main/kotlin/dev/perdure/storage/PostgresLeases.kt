package dev.perdure.storage

import dev.perdure.core.spi.EngineIdentity
import dev.perdure.core.spi.Lease
import dev.perdure.core.spi.StoreException
import org.jetbrains.exposed.v1.jdbc.JdbcTransaction
import java.sql.PreparedStatement
import java.time.Duration

internal const val HELD = "released_at IS NULL AND superseded_by IS NULL"

/** The database's clock, which goes on within a transaction, in milliseconds since 1970. */
internal const val DATABASE_MILLIS = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"

private const val MINE = "epoch = ? AND engine_id = ? AND $HELD"

/**
 * The leases in the table `engines`, several of which are held at once. A lease whose time is over is still its engine's,
 * until another engine takes over. Taking over locks the engine's row, as does each of its commits: so what it wrote before is
 * seen, and what it writes after is refused.
 *
 * To be called inside a transaction that writes. Immutable.
 *
 * @param store for messages
 */
internal class PostgresLeases(
    private val store: String,
    private val term: Duration,
) {
    /** The database's time. */
    fun JdbcTransaction.now(): Long = held.kept("now") { "SELECT $DATABASE_MILLIS" }.longs().single()

    fun JdbcTransaction.give(engine: EngineIdentity): Lease {
        val insert =
            held.kept("give lease") {
                "INSERT INTO engines (epoch, engine_id, process_id, host, acquired_at, expires_at) " +
                    "VALUES (nextval('engine_epochs'), ?, ?, ?, $DATABASE_MILLIS, $DATABASE_MILLIS + ?) RETURNING epoch"
            }
        insert.setString(1, engine.engineId())
        insert.setLong(2, engine.processId())
        insert.setString(3, engine.host())
        insert.setLong(4, term.toMillis())
        val epoch = insert.longs().single()
        (1 until LANES).forEach { lane ->
            val add = held.kept("add lane") { "INSERT INTO lanes (epoch, lane) VALUES (?, ?)" }
            add.setLong(1, epoch)
            add.setInt(2, lane)
            add.executeUpdate()
        }
        forgetUpTo(epoch - Leases.REMEMBERED)
        return Lease(engine.engineId(), epoch)
    }

    /**
     * Leases up to [last] that are over lose their rows; an engine that still thinks it has one is refused all the same. Those that
     * somebody else is busy with are left to the next engine that opens: this one must not wait for who stands still.
     */
    private fun JdbcTransaction.forgetUpTo(last: Long) {
        val forget =
            held.kept("forget leases") {
                "WITH old AS (SELECT epoch FROM engines WHERE epoch <= ? AND NOT ($HELD) FOR UPDATE SKIP LOCKED), " +
                    "gone AS (DELETE FROM engines USING old WHERE engines.epoch = old.epoch) " +
                    "DELETE FROM lanes USING old WHERE lanes.epoch = old.epoch"
            }
        forget.setLong(1, last)
        forget.executeUpdate()
    }

    /** Gives the engine its term anew, counted from now; false when the lease is lost. */
    fun JdbcTransaction.renew(lease: Lease): Boolean {
        val update = held.kept("renew lease") { "UPDATE engines SET expires_at = $DATABASE_MILLIS + ? WHERE $MINE" }
        update.setLong(1, term.toMillis())
        update.setLease(2, lease)
        return update.executeUpdate() == 1
    }

    /**
     * Locks the lease's row against a takeover until the transaction ends, and leaves the [mark] of a batch on it, or on the
     * lane's own row: so lanes do not wait for each other.
     */
    fun RoundTrip.fence(
        lease: Lease,
        lane: Int,
        mark: Long,
    ) {
        val ofLease = listOf(lease.epoch(), lease.engineId())
        val isHeld = { count: Int -> if (count != 1) throw StoreException.fenced(store, lease) }
        if (lane == 0) {
            change("fence", "UPDATE engines SET batch = ? WHERE $MINE", listOf(mark) + ofLease, isHeld)
        } else {
            change("fence lane", FENCE_LANE, listOf(mark) + ofLease + lane, isHeld)
        }
    }

    /** Locks the lease's row against a takeover until the transaction ends, and not against the engine's own commits. */
    fun JdbcTransaction.requireHeld(lease: Lease) {
        val select = held.kept("require lease") { "SELECT epoch FROM engines WHERE $MINE FOR KEY SHARE" }
        select.setLease(1, lease)
        if (select.longs().isEmpty()) {
            throw StoreException.fenced(store, lease)
        }
    }

    /** Whether the batch with [mark] is the last one that the lane committed; waits for one whose end is still to come. */
    fun JdbcTransaction.isMarked(
        lease: Lease,
        lane: Int,
        mark: Long,
    ): Boolean {
        val of = if (lane == 0) "engines WHERE epoch = ?" else "lanes WHERE epoch = ? AND lane = ?"
        val select = held.kept("read mark $of") { "SELECT batch FROM $of FOR UPDATE" }
        select.setLong(1, lease.epoch())
        if (lane != 0) {
            select.setInt(2, lane)
        }
        return select.longs() == listOf(mark)
    }

    /** Waits for commits whose end is still to come. */
    fun JdbcTransaction.release(lease: Lease) {
        val select = held.kept("lock lease") { "SELECT epoch FROM engines WHERE $MINE FOR UPDATE" }
        select.setLease(1, lease)
        select.longs()
        val update = held.kept("release lease") { "UPDATE engines SET released_at = $DATABASE_MILLIS WHERE $MINE" }
        update.setLease(1, lease)
        if (update.executeUpdate() == 1) {
            free(listOf(lease.epoch()))
        }
    }

    /** Takes over from engines whose leases have run out, and leaves those alone that are about to commit. */
    fun JdbcTransaction.takeOver(taker: Lease): List<Long> {
        val update =
            held.kept("take over") {
                "WITH dead AS (SELECT epoch FROM engines " +
                    "WHERE $HELD AND expires_at < $DATABASE_MILLIS AND epoch <> ? " +
                    "ORDER BY epoch LIMIT $MOST_TAKEN FOR UPDATE SKIP LOCKED) " +
                    "UPDATE engines SET superseded_by = ? FROM dead WHERE engines.epoch = dead.epoch " +
                    "RETURNING engines.epoch"
            }
        update.setLong(1, taker.epoch())
        update.setLong(2, taker.epoch())
        val dead = update.longs()
        if (dead.isNotEmpty()) {
            free(dead)
        }
        return dead
    }

    /** In the order of ids, like all who lock several runs. */
    private fun JdbcTransaction.free(epochs: List<Long>) {
        val update =
            held.kept("free runs") {
                "UPDATE runs SET owner = NULL WHERE id IN " +
                    "(SELECT id FROM runs WHERE owner = ANY (?) ORDER BY id FOR NO KEY UPDATE)"
            }
        update.setArray(1, held.driver.createArrayOf("bigint", epochs.toTypedArray()))
        update.executeUpdate()
        held.kept("wake unheard runs") { WAKE_UNHEARD }.executeUpdate()
    }

    private fun PreparedStatement.setLease(
        at: Int,
        lease: Lease,
    ) {
        setLong(at, lease.epoch())
        setString(at + 1, lease.engineId())
    }

    private fun PreparedStatement.longs(): List<Long> =
        executeQuery().use { found -> generateSequence { if (found.next()) found.getLong(1) else null }.toList() }

    companion object {
        /** How many commits of one engine may be under way at once: more find too little to commit. */
        const val LANES: Int = 2

        /** The weakest lock that keeps off who takes over, and not the other lanes. */
        const val FENCE_LANE: String =
            "UPDATE lanes SET batch = ? FROM (SELECT epoch FROM engines WHERE $MINE FOR KEY SHARE) AS held " +
                "WHERE lanes.epoch = held.epoch AND lane = ?"

        private const val MOST_TAKEN = 16

        /**
         * An engine that was told of something may have recorded the run as one that waits before the run heard of it, and died then.
         * Who it was is not known any more, so all are looked after that something may have come for; those that have heard of
         * it all wait again. What is locked is being told, or taken up, right now.
         */
        private const val WAKE_UNHEARD =
            "UPDATE runs SET wake_at = 0 WHERE id IN (SELECT id FROM runs WHERE status = 'WAITING' AND owner IS NULL " +
                "AND id IN (SELECT run_id FROM signals WHERE consumed_at IS NULL UNION " +
                "SELECT run_id FROM steps WHERE status = 'WAITING' AND kind = 'call') " +
                "ORDER BY id FOR NO KEY UPDATE SKIP LOCKED)"
    }
}
