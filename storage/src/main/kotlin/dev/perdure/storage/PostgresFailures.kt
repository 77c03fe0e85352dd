package dev.perdure.storage

import dev.perdure.core.spi.StoreException
import java.sql.SQLException

/**
 * Says in words what PostgreSQL reports, by its SQLSTATE alone: the server's own messages may quote what a row holds, so the
 * cause that is kept has a message only where that cannot be.
 *
 * Immutable.
 */
internal class PostgresFailures(
    store: String,
) : Failures(store) {
    override fun translate(thrown: SQLException): StoreException {
        val state = stateOf(thrown)
        val cause = withoutValues(thrown, state)
        val (what, isPassing) = wordsFor(state)
        return if (isPassing) passing(what, cause) else lasting(what, cause)
    }

    /** Unless the server said that it rolled back, its answer may have got lost after it committed. */
    override fun isInDoubt(thrown: SQLException): Boolean {
        val state = stateOf(thrown) ?: return true
        val isRolledBack = state in BEATEN || state.startsWith("23") || state in UNCOMMITTED
        return !isRolledBack
    }

    override fun isWorthRepeating(failure: StoreException): Boolean {
        val state = (failure.cause as? SQLException)?.sqlState
        return state in BEATEN || state in OVERTAKEN || state in LOST
    }

    private fun wordsFor(state: String?): Pair<String, Boolean> =
        words.entries.firstOrNull { state?.startsWith(it.key) == true }?.value
            ?: if (state == null) {
                "no connection could be had; see whether the server is up and the pool is large enough" to true
            } else {
                "PostgreSQL reports SQLSTATE $state" to false
            }

    private fun stateOf(thrown: SQLException): String? =
        generateSequence<Throwable>(thrown) { it.cause }
            .filterIsInstance<SQLException>()
            .firstNotNullOfOrNull { it.sqlState }

    private fun withoutValues(
        thrown: SQLException,
        state: String?,
    ): SQLException {
        val source = generateSequence<Throwable>(thrown) { it.cause }.last()
        val isHarmless = state == null || HARMLESS.any { state.startsWith(it) }
        val message = source.message.takeIf { isHarmless } ?: "SQLSTATE $state"
        return SQLException(message, state).apply { stackTrace = source.stackTrace }
    }

    private companion object {
        /** Another transaction went first; run again, this one will see what it did. */
        val BEATEN = setOf("40001", "40P01", "23505")

        /** The transaction had failed before its commit came; or the server was tired of waiting for that, and never saw it. */
        val UNCOMMITTED = setOf("25P02", "25P03")

        /** The schema changed under a prepared statement, or was made by two at once. */
        val OVERTAKEN = setOf("0A000", "26000", "42P06", "42P07")

        /** The connection is gone, another one may be had. */
        val LOST = setOf("08003", "08006", "25P03", "25P04", "57P01", "57P02", "57P05")

        /** Classes whose messages name servers, roles and tables, and never values. */
        val HARMLESS = listOf("08", "28", "3D", "3F", "42", "53", "55", "57", "58")

        /** What a state or class of states means, and whether it passes by itself or by what an operator does. */
        val words: Map<String, Pair<String, Boolean>> =
            linkedMapOf(
                "40" to ("other transactions were in its way again and again; see what they do" to true),
                "55P03" to ("a lock was not given in time; see in pg_locks who holds it" to true),
                "25P03" to ("the server ended a transaction that stood still, perhaps as this process did" to true),
                "25P04" to ("the server ended a transaction that took too long" to true),
                "25006" to ("the server takes no writes; connect to the primary" to true),
                "57014" to ("the server cancelled a statement; see its statement_timeout" to true),
                "57P03" to ("the server is starting or stopping" to true),
                "57P" to ("the server ended the connection" to true),
                "08" to ("the connection was lost or could not be made; see whether the server is up" to true),
                "53100" to ("the server's disk is full; free some space" to true),
                "53300" to
                    ("the server takes no more connections; make pools smaller or max_connections larger" to true),
                "53" to ("the server is short of a resource" to true),
                "58" to ("the server's operating system reports an error; see its log" to true),
                "28" to ("the server refuses the role; check its name, password and pg_hba.conf" to false),
                "3D000" to ("there is no such database; create it" to false),
                "42501" to ("the role lacks a right; grant it" to false),
                "42P01" to ("a table is missing; was the schema dropped or migrated back?" to false),
                "42703" to ("a column is missing; was the schema migrated back?" to false),
                "3F000" to ("there is no such schema; was it dropped?" to false),
                "22021" to ("a text has a character that the database cannot hold; encode it" to false),
                "XX00" to ("the server reports damaged data or a defect; see its log" to false),
            )
    }
}
