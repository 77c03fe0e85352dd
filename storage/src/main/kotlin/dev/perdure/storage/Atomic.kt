@file:JvmName("Atomic")

package dev.perdure.storage

import dev.perdure.core.definition.AtomicTransaction
import org.jetbrains.exposed.v1.jdbc.JdbcTransaction
import java.sql.Connection

/**
 * The connection that the body of an atomic step works on, for plain JDBC. What it writes is committed with the step's result;
 * to commit, roll back or close it is refused, as is any use after the body.
 *
 * ```java
 * w.atomic("debit", Long.class, s -> accounts.debit(Atomic.connection(s), s.input()));
 * ```
 *
 * On PostgreSQL, names of tables are looked up where the role's `search_path`, or the URL's `currentSchema`, says.
 *
 * @throws dev.perdure.core.PerdureException INVALID_ARGUMENT on a store that is not on JDBC
 */
public val AtomicTransaction.connection: Connection
    @JvmName("connection")
    get() = unwrap(Connection::class.java)

/**
 * Runs Exposed statements in the transaction of an atomic step. Inside of its body they work without this too, as the
 * transaction is the thread's current one; this is for what needs a [JdbcTransaction]:
 *
 * ```kotlin
 * atomic("debit") { exposed { exec("UPDATE accounts SET balance = balance - 10") } }
 * ```
 */
public fun <T> AtomicTransaction.exposed(statements: JdbcTransaction.() -> T): T =
    unwrap(JdbcTransaction::class.java).statements()
