package dev.perdure.storage

import dev.perdure.core.ErrorCode
import dev.perdure.core.PerdureException
import dev.perdure.core.spi.Lease
import dev.perdure.core.spi.OpenTransaction
import dev.perdure.core.spi.Transactions
import dev.perdure.core.spi.Write
import org.jetbrains.exposed.v1.jdbc.JdbcTransaction
import org.sqlite.SQLiteConnection
import java.sql.SQLException
import java.time.Duration
import java.util.concurrent.Semaphore

/**
 * How one kind of database is prepared for a body inside of a transaction.
 *
 * Immutable.
 */
internal interface BodyPlace {
    /** Before the body, which is to see the database as the application does. */
    fun prepare(
        connection: HeldConnection,
        limit: Duration,
    )

    /** After the body, before anything is recorded. */
    fun restore(connection: HeldConnection)

    /** Has what the database does for the body fail soon; from another thread. */
    fun cancel(connection: HeldConnection)

    /** Ends the transaction; from another thread. */
    fun abort(connection: HeldConnection)
}

/**
 * The transactions of one store, for the bodies of atomic steps. Thread-safe.
 *
 * @param most so many at once; those that wait hold nothing that others need to commit
 * @param transact has a block done in one transaction, once, in which it gets what lends that to a body
 */
internal class AtomicTransactions(
    private val isExclusive: Boolean,
    most: Int,
    private val transact: (Lease, Lending) -> Unit,
) : Transactions {
    private val places = Semaphore(most, true)

    override fun isExclusive(): Boolean = isExclusive

    override fun run(
        lease: Lease,
        limit: Duration,
        work: Transactions.Work,
    ) {
        places.acquire()
        try {
            transact(lease, Lending(limit, work))
        } finally {
            places.release()
        }
    }
}

/** Work that is to be done in a transaction. Confined to its thread. */
internal class Lending(
    private val limit: Duration,
    val work: Transactions.Work,
) {
    /** Runs the body in [transaction], and gives what is to be written. */
    fun body(
        transaction: JdbcTransaction,
        place: BodyPlace,
        failures: Failures,
    ): List<Write> {
        val lent = LentTransaction(transaction, place, failures)
        lent.begin(limit)
        return try {
            work.body(lent)
        } finally {
            lent.end()
        }
    }
}

/**
 * A transaction that a body has. A savepoint shows whether it is still the same one in the end: a body that ends it by SQL
 * takes the savepoint away.
 */
private class LentTransaction(
    private val transaction: JdbcTransaction,
    private val place: BodyPlace,
    private val failures: Failures,
) : OpenTransaction {
    private val held = transaction.held
    private val connection = LentConnection(held)
    private var isOver = false

    fun begin(limit: Duration) {
        place.prepare(held, limit)
        held.execute("SAVEPOINT $SAVEPOINT")
        held.isLent = true
    }

    override fun <T : Any> unwrap(type: Class<T>): T =
        listOf(connection.proxy, transaction).firstOrNull(type::isInstance)?.let(type::cast)
            ?: throw PerdureException(
                ErrorCode.INVALID_ARGUMENT,
                "the transaction of an atomic step is no ${type.name}; " +
                    "ask for a java.sql.Connection, or for Exposed's JdbcTransaction",
            )

    override fun close() {
        end()
        try {
            held.execute("RELEASE SAVEPOINT $SAVEPOINT")
            place.restore(held)
        } catch (e: SQLException) {
            throw spoiled(e)
        }
    }

    private fun spoiled(e: SQLException) =
        failures.translate(e).takeIf { it.isTransient }
            ?: failures.lasting(
                "the body of an atomic step left a transaction that nothing can be recorded in: " +
                    "a statement failed and the body went on, or the body ended the transaction by SQL, " +
                    "and then what it wrote before that is durable. " +
                    "Let the body throw what it meets, and leave COMMIT and ROLLBACK to the engine",
                e,
            )

    fun end() {
        if (!isOver) {
            isOver = true
            connection.close()
            held.isLent = false
        }
    }

    override fun cancel(): Unit = place.cancel(held)

    override fun abort(): Unit = place.abort(held)

    private companion object {
        const val SAVEPOINT = "perdure_atomic"
    }
}

/** On SQLite: whoever has the transaction has the file to itself, and sees the same tables as the store. */
internal object SqliteBodyPlace : BodyPlace {
    override fun prepare(
        connection: HeldConnection,
        limit: Duration,
    ): Unit = Unit

    override fun restore(connection: HeldConnection): Unit = Unit

    override fun cancel(connection: HeldConnection) {
        try {
            (connection.driver as SQLiteConnection).database.interrupt()
        } catch (_: SQLException) {
            // It is closed: nothing goes on in it.
        }
    }

    override fun abort(connection: HeldConnection) {
        cancel(connection)
        connection.breakNow { it.close() }
    }
}

/**
 * On PostgreSQL: the body sees the schemas that the role or the URL says, and not the store's, and its statements are cut off
 * by the server.
 */
internal class PostgresBodyPlace(
    private val settings: PostgresSettings,
) : BodyPlace {
    override fun prepare(
        connection: HeldConnection,
        limit: Duration,
    ): Unit = connection.execute(settings.forBody(limit))

    override fun restore(connection: HeldConnection): Unit = connection.execute(settings.afterBody)

    /** The server ends the statement by itself in time, and the body gets no further one. */
    override fun cancel(connection: HeldConnection): Unit = Unit

    override fun abort(connection: HeldConnection): Unit = connection.breakNow { it.abort(Runnable::run) }
}
