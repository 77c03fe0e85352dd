package dev.perdure.storage

import dev.perdure.core.RunStatus
import dev.perdure.core.spi.StoreException
import dev.perdure.core.spi.Write
import org.postgresql.PGConnection
import org.slf4j.LoggerFactory
import java.sql.Connection
import java.sql.SQLException
import java.time.Duration
import java.util.UUID
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.Executors
import java.util.concurrent.RejectedExecutionException
import java.util.concurrent.TimeUnit.MILLISECONDS
import java.util.concurrent.TimeUnit.SECONDS
import java.util.concurrent.atomic.AtomicBoolean

/** How stores hear from each other that there is something to look for. Thread-safe. */
internal interface Notices : AutoCloseable {
    /** These writes are durable; if they are somebody else's business, the others are told soon. */
    fun written(batch: List<Write>)

    /** Tells the others soon. */
    fun tell()

    /** Has [news] called by the thread that hears; the result ends that. */
    fun listen(news: Runnable): Runnable

    /** What was to be told is told before. Idempotent. */
    override fun close()
}

/** Everybody looks by themselves. */
internal object NoNotices : Notices {
    override fun written(batch: List<Write>): Unit = Unit

    override fun tell(): Unit = Unit

    override fun listen(news: Runnable): Runnable = Runnable {}

    override fun close(): Unit = Unit
}

/**
 * Tells the other stores on a schema by NOTIFY that there is something to look for, and hears it from them by LISTEN. A hint and
 * no more: it comes after the commit that it is about, on a connection of its own, so that no commit waits for it, and a lost one costs
 * nothing but the time to the next look. What comes within [REST] is told as one. Thread-safe.
 */
internal class PostgresNotices(
    private val store: String,
    private val database: PostgresDatabase,
) : Notices {
    private val self = UUID.randomUUID().toString()
    private val hearers = CopyOnWriteArrayList<Runnable>()
    private val isToTell = AtomicBoolean()
    private val telling =
        Executors.newSingleThreadScheduledExecutor { task ->
            Thread(task, "perdure-notify").apply { isDaemon = true }
        }
    private val hearing = Heartbeat("perdure-listen", ::hear)
    private var connection: Connection? = null
    private var quiet = 0
    private var troubles = 0
    private val isHearing = AtomicBoolean()

    override fun listen(news: Runnable): Runnable {
        hearers += news
        if (isHearing.compareAndSet(false, true)) {
            hearing.start()
        }
        return Runnable { hearers -= news }
    }

    override fun written(batch: List<Write>) {
        if (batch.any(::isNews)) {
            tell()
        }
    }

    override fun tell() {
        if (isToTell.compareAndSet(false, true)) {
            try {
                telling.schedule(::notifyOthers, REST.toMillis(), MILLISECONDS)
            } catch (_: RejectedExecutionException) {
                log.debug("{}: closing, and tells nobody", store)
            }
        }
    }

    private fun notifyOthers() {
        isToTell.set(false)
        try {
            database.readers.transaction {
                val notify = held.kept("notify") { "SELECT pg_notify(?, ?)" }
                notify.setString(1, CHANNEL)
                notify.setString(2, "${database.schema} $self")
                notify.execute()
            }
        } catch (e: StoreException) {
            log.debug("{}: others were not told, and will look by themselves: {}", store, e.message)
        }
    }

    /** Waits for news for a while, and says how long to rest then. */
    private fun hear(): Duration =
        try {
            val (heard, isNew) = connection?.let { it to false } ?: (connect() to true)
            val notes = heard.unwrap(PGConnection::class.java).getNotifications(WAIT_MILLIS).orEmpty()
            troubles = 0
            if (isNew || notes.any { isForeign(it.parameter) }) {
                hearers.forEach(::call)
            }
            requireAlive(heard, isQuiet = notes.isEmpty())
            REST
        } catch (e: SQLException) {
            trouble(e)
        } catch (e: LinkageError) {
            trouble(e) // the application's own driver is another one
        }

    private fun call(hearer: Runnable) {
        try {
            hearer.run()
        } catch (e: RuntimeException) {
            log.warn("{}: one who hears of what others write failed, and will hear of more", store, e)
        }
    }

    private fun isForeign(note: String) = note.startsWith("${database.schema} ") && !note.endsWith(self)

    private fun trouble(why: Throwable): Duration {
        disconnect()
        if (troubles == 0) {
            log.warn("{}: does not hear of what others write, and looks for that now and then: {}", store, why.message)
        }
        troubles++
        return minOf(LONGEST_PAUSE, PAUSE.multipliedBy(1L shl minOf(troubles, MOST_DOUBLINGS)))
    }

    private fun connect(): Connection {
        val connected = database.connect()
        connection = connected
        connected.autoCommit = true
        connected.createStatement().use { it.execute("LISTEN $CHANNEL") }
        return connected
    }

    /** Of a connection that is dead nobody hears anything, not even that. */
    private fun requireAlive(
        heard: Connection,
        isQuiet: Boolean,
    ) {
        quiet = if (isQuiet) quiet + 1 else 0
        if (quiet == QUIET_WAITS) {
            quiet = 0
            if (!heard.isValid(VALID_SECONDS)) {
                throw SQLException("the connection is dead")
            }
        }
    }

    /** It listens, so nobody else may be given it. */
    private fun disconnect() {
        val used = connection ?: return
        connection = null
        try {
            database.disconnect(used)
        } catch (e: SQLException) {
            log.debug("{}: a connection could not be closed", store, e)
        }
    }

    override fun close() {
        telling.shutdown()
        try {
            keepingInterrupt { telling.awaitTermination(1, SECONDS) }
        } catch (_: InterruptedException) {
            Thread.currentThread().interrupt() // the last notice may not be sent: others look by themselves
        }
        hearing.close()
        disconnect()
    }

    private companion object {
        const val CHANNEL = "perdure"
        const val WAIT_MILLIS = 200
        const val QUIET_WAITS = 50
        const val VALID_SECONDS = 5

        /** So long is between two notices, and between two looks for that reason: more often is no use. */
        val REST: Duration = Duration.ofMillis(5)
        val PAUSE: Duration = Duration.ofMillis(50)
        const val MOST_DOUBLINGS = 10
        val LONGEST_PAUSE: Duration = Duration.ofSeconds(10)
        val log = LoggerFactory.getLogger(PostgresStore::class.java)
    }
}

/** Whether a write is of interest to a process that does not have the run: it may take the run up, or somebody there waits. */
internal fun isNews(write: Write): Boolean =
    when (write) {
        is Write.Append -> write.wakes() != null || write.update()?.status()?.let(::isEnd) == true

        is Write.StartRun -> write.run().status() == RunStatus.PENDING

        is Write.Signal, is Write.Withdraw, is Write.Reset, is Write.ImportRun, is Write.SaveSchedule,
        is Write.DropSchedule,
        -> true

        is Write.MoveSchedule, is Write.Purge, is Write.SaveDefinition, is Write.SaveQueue -> false
    }

private fun isEnd(status: RunStatus) = status.isTerminal || status.isStopped
