package dev.perdure.storage

import dev.perdure.core.spi.Claim
import dev.perdure.core.spi.EngineIdentity
import dev.perdure.core.spi.Lease
import dev.perdure.core.spi.StoreException
import dev.perdure.core.spi.Write
import dev.perdure.core.spi.WriteResult
import org.jetbrains.exposed.v1.jdbc.JdbcTransaction
import org.slf4j.LoggerFactory
import java.time.Clock
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.ThreadLocalRandom

/**
 * What engines do under their leases: commit, claim, keep the lease alive. Thread-safe.
 *
 * @param store for messages
 */
internal class PostgresEngines(
    private val store: String,
    private val database: PostgresDatabase,
    private val clock: Clock,
    private val notices: Notices,
) : AutoCloseable {
    private val sessions = database.writer
    private val leases = PostgresLeases(store, database.options.lease)
    private val mine = ConcurrentHashMap<Lease, OwnRuns>()

    /** Of each lane the last commit, where nobody could say whether it is recorded. */
    private val doubts = ConcurrentHashMap<Way, Doubt>()

    private data class Way(
        val lease: Lease,
        val lane: Int,
    )

    private class Doubt(
        val mark: Long,
        val results: List<WriteResult>,
    )

    private val heartbeat =
        database.options.lease.dividedBy(BEATS).let { every ->
            Heartbeat("perdure-lease", { if (renewAll()) every else every.dividedBy(4) }, every).apply { start() }
        }

    fun acquire(engine: EngineIdentity): Lease {
        val lease = sessions.transaction { with(leases) { give(engine) } }
        mine[lease] = OwnRuns()
        try {
            takeOver(lease)
        } catch (e: StoreException) {
            log.warn("{}: runs of engines that died are taken over later: {}", store, e.message)
        }
        return lease
    }

    fun release(lease: Lease) {
        mine -= lease
        sessions.transaction { with(leases) { release(lease) } }
        notices.tell()
    }

    fun renew(lease: Lease): Boolean = sessions.transaction { with(leases) { renew(lease) } }

    /** The database's time, in milliseconds since 1970. */
    fun time(): Long = database.readers.transaction { with(leases) { now() } }

    /** What engines are given to do; a claim of whatever there is also takes over from engines that died. */
    val work = PostgresWork(sessions, leases)

    fun claim(
        lease: Lease,
        claim: Claim,
    ): List<String> {
        takeOver(lease)
        return work.claim(lease, claim)
    }

    fun claim(
        lease: Lease,
        runIds: Collection<String>,
    ): List<String> {
        takeOver(lease)
        return work.claim(lease, runIds)
    }

    /** Of somebody without a lease, who has no runs. It may be repeated, so it does not matter which answer got lost. */
    fun post(batch: List<Write>): List<WriteResult> =
        sessions
            .transaction { write(PostgresOwnership(this, NOBODY, database.pieceSize) {}, batch) }
            .also { notices.written(batch) }

    /** In a transaction of its own: what waits for a run that it frees has nothing to do with the lease. */
    private fun takeOver(lease: Lease) {
        val dead = sessions.transaction { with(leases) { takeOver(lease) } }
        if (dead.isNotEmpty()) {
            log.warn("{}: engine {} took over from leases {}, which ran out", store, lease.engineId(), dead)
            notices.tell()
        }
    }

    fun commit(
        lease: Lease,
        batch: List<Write>,
        lane: Int = 0,
    ): List<WriteResult> {
        val way = Way(lease, lane)
        val own = mine[lease]
        var known = own?.takenFrom(batch).orEmpty()
        repeat(ATTEMPTS) {
            val mark = ThreadLocalRandom.current().nextLong()
            var results: List<WriteResult> = emptyList()
            var taken: Set<String> = emptySet()
            val isCommitted =
                sessions.transaction(
                    { lost -> isCommitted(way, mark, lost) { doubts[way] = Doubt(mark, results) } },
                ) {
                    val ownership = fenced(way, mark, known)
                    known = emptySet()
                    results = write(ownership, batch)
                    taken = ownership.taken(batch)
                    true
                }
            if (isCommitted) {
                own?.add(batch, results, taken)
                notices.written(batch)
                return results
            }
        }
        throw database.failures.passing("connections were lost in $ATTEMPTS commits, of which none is recorded")
    }

    /** The results of the lane's last commit if that was in doubt and is recorded; waits for one that has not ended yet. */
    fun outcome(
        lease: Lease,
        lane: Int,
    ): List<WriteResult>? {
        val way = Way(lease, lane)
        val doubt = doubts[way] ?: return null
        val isRecorded = sessions.transaction { with(leases) { isMarked(lease, lane, doubt.mark) } }
        doubts.remove(way)
        return if (isRecorded) doubt.results else null
    }

    /** Runs a body in the transaction that records it, once; where the outcome is not known, this throws. */
    fun lend(
        lease: Lease,
        lending: Lending,
    ) {
        val mark = ThreadLocalRandom.current().nextLong()
        val way = Way(lease, 0)
        var written: List<Write> = emptyList()
        val isCommitted =
            sessions.transaction({ lost -> isCommitted(way, mark, lost) }, mayRepeat = false) {
                val writes = lending.body(this, database.bodies, database.failures)
                written = writes
                mine[lease]?.takenFrom(writes)
                lending.work.written(write(fenced(way, mark), writes))
                true
            }
        if (!isCommitted) {
            throw database.failures.passing("a connection was lost in a commit, and that is not recorded")
        }
        notices.written(written)
    }

    private fun JdbcTransaction.write(
        ownership: Ownership,
        batch: List<Write>,
    ) = BatchWriter(this, clock.millis(), ownership).write(batch)

    private fun JdbcTransaction.fenced(
        way: Way,
        mark: Long,
        known: Set<String> = emptySet(),
    ) = PostgresOwnership(this, way.lease.epoch(), database.pieceSize, known) {
        with(leases) { fence(way.lease, way.lane, mark) }
    }

    /** The answer to a commit got lost, but its mark is there if it is recorded. */
    private fun isCommitted(
        way: Way,
        mark: Long,
        lost: StoreException,
        doubt: () -> Unit = {},
    ): Boolean {
        val isCommitted =
            try {
                sessions.transaction { with(leases) { isMarked(way.lease, way.lane, mark) } }
            } catch (e: StoreException) {
                e.addSuppressed(lost)
                doubt()
                throw database.failures.passing(
                    "a connection was lost during a commit, and whether that is recorded could not be asked: " +
                        "the same batch may be committed again",
                    e,
                )
            }
        log.warn(
            "{}: a connection was lost during a commit, which is {}",
            store,
            if (isCommitted) "recorded all the same" else "not recorded, and done again",
        )
        return isCommitted
    }

    /** False when the database could not be asked about one of the leases. */
    private fun renewAll(): Boolean =
        mine.keys
            .toList()
            .map(::isRenewedOrLost)
            .all { it }

    private fun isRenewedOrLost(lease: Lease): Boolean {
        try {
            if (!renew(lease) && mine.remove(lease) != null) {
                log.warn("{}", StoreException.fenced(store, lease).message)
            }
            return true
        } catch (e: StoreException) {
            log.warn("{}: the lease of engine {} could not be renewed, and is tried again", store, lease.engineId(), e)
            return false
        }
    }

    /** Gives all leases up. Idempotent. The signs of life are the last to end. */
    override fun close() {
        mine.keys.toList().forEach { lease ->
            try {
                release(lease)
            } catch (e: StoreException) {
                log.warn("{}: a lease could not be given back, and will run out: {}", store, e.message)
            }
        }
        heartbeat.close()
    }

    private companion object {
        const val BEATS = 3L
        const val ATTEMPTS = 3

        /** No lease has this epoch. */
        const val NOBODY = -1L
        val log = LoggerFactory.getLogger(PostgresStore::class.java)
    }
}
