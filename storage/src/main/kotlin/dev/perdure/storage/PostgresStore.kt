package dev.perdure.storage

import dev.perdure.core.RunStatus
import dev.perdure.core.journal.DefinitionRecord
import dev.perdure.core.journal.QueueRecord
import dev.perdure.core.journal.Row
import dev.perdure.core.journal.RunRecord
import dev.perdure.core.journal.ScheduleRecord
import dev.perdure.core.journal.SignalRecord
import dev.perdure.core.journal.StoredSignal
import dev.perdure.core.journal.WaitRecord
import dev.perdure.core.spi.Admission
import dev.perdure.core.spi.Admitted
import dev.perdure.core.spi.Claim
import dev.perdure.core.spi.EngineIdentity
import dev.perdure.core.spi.Lease
import dev.perdure.core.spi.PendingRun
import dev.perdure.core.spi.Recorded
import dev.perdure.core.spi.RunQuery
import dev.perdure.core.spi.Store
import dev.perdure.core.spi.StoreException
import dev.perdure.core.spi.Transactions
import dev.perdure.core.spi.Write
import dev.perdure.core.spi.WriteResult
import java.time.Clock
import java.time.Instant
import java.util.Optional
import java.util.OptionalLong
import javax.sql.DataSource

/**
 * Runs and journals in one schema of a PostgreSQL database, which several engines share.
 *
 * What [commit] acknowledged survives whatever the server's settings promise: with `synchronous_commit = on`, the server's
 * default, a crash of the server too. Each engine holds a lease that it keeps renewing and that others take over once it
 * has run out ([PostgresOptions.lease]), by the database's clock; an engine has the runs that it started or claimed, and its
 * writes about another one's are refused, run by run. A former owner's commits are refused as a whole.
 *
 * When a connection is lost, a call is repeated on another one if that is safe; a commit of which the server's answer got
 * lost is looked up there, and its outcome reported as it was. What cannot be had within the time-outs of [PostgresOptions]
 * fails with STORE_UNAVAILABLE and may be tried again.
 *
 * Thread-safe. An interrupt does not end a call, and the thread's flag is kept.
 *
 * ```kotlin
 * val url = "jdbc:postgresql://db.example.com/app"
 * PostgresStore.open(url, options = PostgresOptions(user = "app", password = secret)).use { store ->
 *     store.list(RunQuery.unfinished()).forEach { println(it) }
 * }
 * ```
 */
public class PostgresStore private constructor(
    private val database: PostgresDatabase,
    clock: Clock,
) : Store {
    private val reader = RunReader(database.readers)
    private val waits = WaitReader(database.readers)
    private val texts = DefinitionReader(database.readers)
    private val queues = QueueReader(database.readers)
    private val notices = if (database.options.listenNotify) PostgresNotices(describe(), database) else NoNotices
    private val ownership = PostgresEngines(describe(), database, clock, notices)

    override fun describe(): String = "PostgreSQL store ${database.name}"

    override fun isShared(): Boolean = true

    override fun time(): Optional<Instant> = Optional.of(Instant.ofEpochMilli(ownership.time()))

    override fun acquire(engine: EngineIdentity): Lease = ownership.acquire(engine)

    override fun release(lease: Lease): Unit = ownership.release(lease)

    override fun claim(
        lease: Lease,
        claim: Claim,
    ): List<String> = if (claim.limit() <= 0) emptyList() else ownership.claim(lease, claim)

    override fun claim(
        lease: Lease,
        runIds: Collection<String>,
    ): List<String> = if (runIds.isEmpty()) emptyList() else ownership.claim(lease, runIds)

    override fun admit(
        lease: Lease,
        admission: Admission,
    ): Admitted = if (admission.limit() <= 0) Admitted.NOTHING else ownership.work.admit(lease, admission)

    override fun pending(): List<PendingRun> = queues.pending()

    override fun queues(): List<QueueRecord> = queues.queues()

    override fun woken(
        lease: Lease,
        limit: Int,
    ): List<String> = ownership.work.woken(lease, limit)

    override fun listen(news: Runnable): Runnable = notices.listen(news)

    override fun settled(runIds: Collection<String>): List<String> = reader.settled(runIds)

    override fun post(batch: List<Write>): List<WriteResult> {
        batch.forEach(::requireAnybodys)
        return if (batch.isEmpty()) emptyList() else ownership.post(batch)
    }

    override fun commit(
        lease: Lease,
        batch: List<Write>,
    ): List<WriteResult> = ownership.commit(lease, batch)

    override fun outcome(lease: Lease): Optional<List<WriteResult>> = outcome(lease, 0)

    /** Two, so that one commit is carried out while another one waits for the disk. */
    override fun lanes(): Int = PostgresLeases.LANES

    override fun commit(
        lease: Lease,
        lane: Int,
        batch: List<Write>,
    ): List<WriteResult> = ownership.commit(lease, batch, lane)

    override fun outcome(
        lease: Lease,
        lane: Int,
    ): Optional<List<WriteResult>> = Optional.ofNullable(ownership.outcome(lease, lane))

    /** Gives the lease its term anew, as happens by itself now and then; false when it is lost. */
    internal fun renew(lease: Lease): Boolean = ownership.renew(lease)

    /** Half of the pool: a body that has a connection may wait for a commit, which needs one too. */
    private val atomic =
        AtomicTransactions(isExclusive = false, most = database.options.poolSize / 2, ownership::lend)

    /** A body has a connection of its own; others commit meanwhile. */
    override fun transactions(): Transactions = atomic

    override fun find(runId: String): Optional<RunRecord> = Optional.ofNullable(reader.find(runId))

    override fun journal(runId: String): List<Row> = reader.journal(runId)

    override fun recorded(runIds: List<String>): List<Recorded> = reader.recorded(runIds)

    override fun list(query: RunQuery): List<RunRecord> = reader.list(query)

    override fun ids(query: RunQuery): List<String> = reader.ids(query)

    override fun ended(
        statuses: Set<RunStatus>,
        before: Long,
        limit: Int,
    ): List<String> = reader.ended(statuses, before, limit)

    override fun signals(runId: String): List<SignalRecord> = waits.signals(runId)

    override fun storedSignals(runId: String): List<StoredSignal> = waits.storedSignals(runId)

    override fun due(
        at: Long,
        limit: Int,
    ): List<String> = waits.due(at, limit)

    /** Not needed: whoever takes a run up claims it. */
    override fun unheard(): List<String> = emptyList()

    override fun nextWake(after: Long): OptionalLong =
        waits.nextWake(after)?.let { OptionalLong.of(it) } ?: OptionalLong.empty()

    override fun waits(
        kind: String,
        limit: Int,
        offset: Int,
    ): List<WaitRecord> = waits.waits(kind, limit, offset)

    override fun schedules(): List<ScheduleRecord> = waits.schedules()

    override fun definition(
        name: String,
        version: Int,
    ): Optional<DefinitionRecord> = texts.find(name, version)

    override fun definitions(): List<DefinitionRecord> = texts.all()

    override fun close() {
        ownership.close()
        notices.close()
        database.close()
    }

    override fun toString(): String = describe()

    public companion object {
        /** The schema that a store uses where none is named. */
        public const val DEFAULT_SCHEMA: String = "perdure"

        /**
         * Opens the store in a schema of the database at [url], with a pool of connections of its own. It creates the schema
         * where there is none, and migrates it up to this library's version. Needs HikariCP and PostgreSQL's driver.
         *
         * @param url `jdbc:postgresql://host:port/database`, with the driver's own parameters if need be
         * @param schema up to 63 letters, digits and underscores; engines that name the same one share its runs
         * @throws StoreException STORE_UNAVAILABLE when the database cannot be used, with the reason in words;
         * STORE_TOO_NEW when a newer Perdure migrated the schema, which is then as it was
         */
        @JvmStatic
        @JvmOverloads
        public fun open(
            url: String,
            schema: String = DEFAULT_SCHEMA,
            options: PostgresOptions = PostgresOptions(),
        ): PostgresStore = open(Clock.systemUTC()) { PostgresDatabase.open(url, schema, options) }

        /**
         * Opens the store in a schema of the database that [dataSource] connects to. Its connections are borrowed for one
         * transaction each, and are as they were when they are given back. It stays the caller's to close.
         *
         * @param schema as for a URL
         * @throws StoreException as for a URL
         */
        @JvmStatic
        @JvmOverloads
        public fun open(
            dataSource: DataSource,
            schema: String = DEFAULT_SCHEMA,
            options: PostgresOptions = PostgresOptions(),
        ): PostgresStore = open(Clock.systemUTC()) { PostgresDatabase.open(dataSource, schema, options) }

        private fun open(
            clock: Clock,
            connect: () -> PostgresDatabase,
        ): PostgresStore =
            keepingInterrupt {
                val database = connect()
                try {
                    val latest = PostgresMigrations.LATEST
                    if (database.schema(clock).version() < latest) {
                        database.migrateTo(latest, clock)
                    }
                } catch (e: Throwable) {
                    database.close()
                    throw e
                }
                PostgresStore(database, clock)
            }
    }
}
