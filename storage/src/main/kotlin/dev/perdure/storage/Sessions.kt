package dev.perdure.storage

import dev.perdure.core.spi.StoreException
import org.jetbrains.exposed.v1.core.DatabaseConfig
import org.jetbrains.exposed.v1.core.SqlLogger
import org.jetbrains.exposed.v1.core.Transaction
import org.jetbrains.exposed.v1.core.statements.StatementContext
import org.jetbrains.exposed.v1.jdbc.Database
import org.jetbrains.exposed.v1.jdbc.JdbcTransaction
import org.jetbrains.exposed.v1.jdbc.transactions.TransactionManager
import org.jetbrains.exposed.v1.jdbc.transactions.transaction
import java.sql.Connection
import java.sql.SQLException
import java.util.Collections
import java.util.WeakHashMap

/**
 * Runs Exposed transactions on connections that are kept open. A transaction that fails in any way costs its connection.
 *
 * Thread-safe.
 */
internal class Sessions(
    private val connections: Connections,
) : AutoCloseable {
    private val failures = connections.failures
    private val idle = ArrayDeque<HeldConnection>()
    private var active = 0
    private var isClosed = false
    private val database = register()

    /**
     * Runs [block] in one transaction; again only where the store's [Failures] say so, and never after a commit whose outcome
     * is not known. Only a StoreException, or what [block] itself throws, comes out.
     *
     * @param mayRepeat whether it may be run again at all
     * @param inDoubt is asked for the result where the commit may be durable or not; it gets the failure
     */
    fun <T> transaction(
        inDoubt: (StoreException) -> T = { throw it },
        mayRepeat: Boolean = true,
        block: JdbcTransaction.() -> T,
    ): T {
        enter()
        try {
            return keepingInterrupt { if (mayRepeat) repeated(block) else once(block) }
        } catch (e: UnknownOutcome) {
            return inDoubt(e.failure)
        } finally {
            leave()
        }
    }

    private fun <T> repeated(block: JdbcTransaction.() -> T): T {
        repeat(connections.attempts - 1) {
            try {
                return once(block)
            } catch (e: StoreException) {
                if (!failures.isWorthRepeating(e)) {
                    throw e
                }
            }
        }
        return once(block)
    }

    private fun <T> once(block: JdbcTransaction.() -> T): T = transaction(database) { translating { block() } }

    private fun enter(): Unit =
        synchronized(idle) {
            if (isClosed) {
                throw failures.lasting("it is closed; open it again")
            }
            active++
        }

    private fun leave() {
        val isLast = synchronized(idle) { --active == 0 && isClosed }
        if (isLast) {
            TransactionManager.closeAndUnregister(database)
        }
    }

    private inline fun <T> translating(action: () -> T): T =
        try {
            action()
        } catch (e: SQLException) {
            throw failures.translate(e)
        }

    private fun borrow(): Connection {
        val found = synchronized(idle) { idle.removeLastOrNull() }
        return found ?: HeldConnection(translating(connections::open), connections, ::giveBack)
    }

    private fun giveBack(connection: HeldConnection) {
        val isKept =
            synchronized(idle) {
                (!connection.isBroken && !isClosed && idle.size < connections.maxIdle).also {
                    if (it) {
                        idle.addLast(
                            connection,
                        )
                    }
                }
            }
        if (!isKept) {
            connection.discard()
        }
    }

    /** What runs is left to end, and its connection is closed then. */
    override fun close() {
        val unused =
            synchronized(idle) {
                if (isClosed) return
                isClosed = true
                active++
                idle.toList().also { idle.clear() }
            }
        unused.forEach { it.discard() }
        leave()
    }

    /** Exposed's default database is the one connected last: that must stay the application's own. */
    private fun register(): Database {
        val previous = TransactionManager.primaryDatabase
        val own =
            Database.connect(
                getNewConnection = ::borrow,
                databaseConfig =
                    DatabaseConfig {
                        defaultMaxAttempts = 1
                        sqlLogger = SilentLogger
                    },
                manager = { TransactionManager(it) { exposed, _ -> (exposed.connection as HeldConnection).begin() } },
            )
        if (previous != null && previous !in ours && TransactionManager.defaultDatabase == null) {
            TransactionManager.defaultDatabase = previous
        }
        ours += own
        return own
    }

    private companion object {
        val ours: MutableSet<Database> = Collections.synchronizedSet(Collections.newSetFromMap(WeakHashMap()))
    }
}

/** The connection that the transaction runs on. */
internal val JdbcTransaction.held: HeldConnection
    get() = connection.connection as HeldConnection

/** Exposed's own logger writes statements with the values filled in. */
private object SilentLogger : SqlLogger {
    override fun log(
        context: StatementContext,
        transaction: Transaction,
    ): Unit = Unit
}
