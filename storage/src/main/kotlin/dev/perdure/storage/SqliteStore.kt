package dev.perdure.storage

import dev.perdure.core.ErrorCode
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
import dev.perdure.storage.Leases.holds
import org.jetbrains.exposed.v1.jdbc.JdbcTransaction
import java.nio.file.Path
import java.time.Clock
import java.util.Optional
import java.util.OptionalLong
import java.util.concurrent.locks.ReentrantLock
import kotlin.concurrent.withLock

/**
 * Runs and journals in one SQLite file.
 *
 * What [commit] acknowledged survives a crash of the process and, with [Synchronous.FULL], a power loss. One engine at a
 * time owns the file ([acquire]), by a lock of the operating system on `<file>.lock`, which is free again the moment its
 * process ends, however it ends. Reads need no lease and work from other processes while an engine holds the file.
 *
 * Thread-safe. Every call blocks for as long as the disk takes; a write waits up to [SqliteOptions.busyTimeout] for
 * another process's write. An interrupt does not end a call, and the thread's flag is kept.
 *
 * Network file systems are not supported, and the file must never be copied or opened by anything but SQLite while it
 * is in use: back it up with `VACUUM INTO`.
 *
 * ```kotlin
 * SqliteStore.open(Path.of("app.db")).use { store ->
 *     store.list(RunQuery.unfinished()).forEach { println(it) }
 * }
 * ```
 */
public class SqliteStore private constructor(
    private val file: SqliteFile,
    private val writer: Sessions,
    private val clock: Clock,
) : Store {
    private val path = file.path
    private val readers = file.readers(IDLE_READERS)
    private val writing = ReentrantLock()
    private val reader = RunReader(readers)
    private val waits = WaitReader(readers)
    private val texts = DefinitionReader(readers)
    private val queues = QueueReader(readers)
    private val watch = LogWatch(path)
    private var lock: StoreLock? = null
    private var lease: Lease? = null
    private var isClosed = false

    override fun describe(): String = "SQLite store $path"

    override fun acquire(engine: EngineIdentity): Lease =
        writing.withLock {
            refuseClosed()
            val taken = keepingInterrupt { StoreLock.take(path, engine, clock.instant()) }
            try {
                takeOver(engine).also { lock = taken }
            } catch (failed: Throwable) {
                // whatever it is, nobody holds the lock then
                taken.close()
                throw failed
            }
        }

    /** Gives a new lease whoever may hold one: what the lock keeps others from. */
    internal fun takeOver(engine: EngineIdentity): Lease =
        write { Leases.give(engine, clock.millis()) }.also { given -> writing.withLock { lease = given } }

    override fun release(lease: Lease): Unit =
        writing.withLock {
            if (!isClosed) {
                try {
                    write { Leases.release(lease, clock.millis()) }
                } finally {
                    if (lease == this.lease) {
                        unlock()
                    }
                }
            }
        }

    override fun commit(
        lease: Lease,
        batch: List<Write>,
    ): List<WriteResult> =
        write {
            if (!holds(lease)) {
                throw StoreException.fenced(describe(), lease)
            }
            BatchWriter(this, clock.millis()).write(batch)
        }.also { watch.committed() }

    override fun admit(
        lease: Lease,
        admission: Admission,
    ): Admitted =
        if (admission.limit() <= 0 || (admission.queues().isEmpty() && !queues.isAnyRipe(admission.at()))) {
            Admitted.NOTHING
        } else {
            write {
                if (!holds(lease)) {
                    throw StoreException.fenced(describe(), lease)
                }
                SqliteAdmissions(this, admission).admit()
            }
        }

    override fun pending(): List<PendingRun> = queues.pending()

    override fun queues(): List<QueueRecord> = queues.queues()

    private val atomic = AtomicTransactions(isExclusive = true, most = 1, ::lend)

    /** A body has the file to itself: nobody else writes until it ends. */
    override fun transactions(): Transactions = atomic

    /** Not under the lock that others wait for, who may have to end the body. */
    private fun lend(
        lease: Lease,
        lending: Lending,
    ) {
        writing.withLock { refuseClosed() }
        writer.transaction(mayRepeat = false) {
            if (!holds(lease)) {
                throw StoreException.fenced(describe(), lease)
            }
            val writes = lending.body(this, SqliteBodyPlace, path.failures)
            lending.work.written(BatchWriter(this, clock.millis()).write(writes))
        }
    }

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

    override fun unheard(): List<String> = waits.unheard()

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

    override fun close(): Unit =
        writing.withLock {
            if (!isClosed) {
                try {
                    lease?.let { held -> write { Leases.release(held, clock.millis()) } }
                } catch (_: StoreException) {
                    // The lock goes with the file handle; the next owner supersedes what stands in the table.
                } finally {
                    isClosed = true
                    readers.close()
                    writer.close()
                    file.close()
                    unlock()
                }
            }
        }

    override fun toString(): String = describe()

    private fun <T> write(block: JdbcTransaction.() -> T): T =
        writing.withLock {
            refuseClosed()
            writer.transaction(block = block)
        }

    private fun refuseClosed() {
        if (isClosed) {
            throw StoreException(ErrorCode.STORE_UNAVAILABLE, "${describe()} is closed; open it again", false, null)
        }
    }

    private fun unlock() {
        lease = null
        lock?.close()
        lock = null
    }

    public companion object {
        private const val IDLE_READERS = 4

        /**
         * Opens the store in the file at [path], creates it where there is none, readable by its owner only, and
         * migrates its schema up to this library's version. The directory must exist.
         *
         * @throws StoreException STORE_UNAVAILABLE when the file cannot be used, with the reason in words;
         * STORE_TOO_NEW when a newer Perdure migrated it; STORE_IN_USE when it has to be migrated while an engine
         * holds it. The file is then as it was
         */
        @JvmStatic
        @JvmOverloads
        public fun open(
            path: Path,
            options: SqliteOptions = SqliteOptions(),
        ): SqliteStore = open(path, options, Clock.systemUTC())

        internal fun open(
            path: Path,
            options: SqliteOptions,
            clock: Clock,
        ): SqliteStore =
            keepingInterrupt {
                val file = SqliteFile.open(StorePath.of(path), options)
                val writer = file.writer()
                try {
                    migrate(file.path, Schema(SqliteSchemaPlace(file.path), writer, clock), clock)
                } catch (e: Throwable) {
                    writer.close()
                    file.close()
                    throw e
                }
                SqliteStore(file, writer, clock)
            }

        private fun migrate(
            path: StorePath,
            schema: Schema,
            clock: Clock,
        ) {
            val latest = migrations.last().version
            if (schema.version() < latest) {
                StoreLock.take(path, thisProcess("migration"), clock.instant()).use { schema.migrateTo(latest) }
            }
        }
    }
}
