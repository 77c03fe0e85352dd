package dev.perdure.storage

import java.time.Duration

/** What each transaction of a store has set on the server. Immutable. */
internal class PostgresSettings(
    private val schema: String,
    private val lockTimeout: Duration,
    private val stall: Duration,
) {
    /** For a connection that belongs to the store. */
    val ofSession: String get() = "SET default_transaction_isolation = 'read committed'; ${statements("SET")}"

    /** For a connection that others use too: gone at the transaction's end. */
    val ofTransaction: String get() = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; ${statements("SET LOCAL")}"

    /** For a body in the middle of a transaction: what the role, or the URL, has as its own, and a limit. */
    fun forBody(limit: Duration): String =
        "SET LOCAL search_path TO DEFAULT; SET LOCAL statement_timeout = ${limit.toMillis()}"

    /** For what is recorded after a body. */
    val afterBody: String get() = "SET LOCAL statement_timeout TO DEFAULT; ${statements("SET LOCAL")}"

    /** With pg_temp last, so that nobody's temporary table takes the place of ours. */
    private fun statements(set: String): String =
        listOf(
            "search_path = \"$schema\", pg_temp",
            "lock_timeout = ${lockTimeout.toMillis()}",
            "idle_in_transaction_session_timeout = ${stall.toMillis()}",
        ).joinToString("; ") { "$set $it" }

    companion object {
        private val VALID = Regex("[A-Za-z_][A-Za-z0-9_]{0,62}")

        fun requireSchema(name: String): String {
            require(VALID.matches(name) && !name.startsWith("pg_") && name != "information_schema") {
                "schema name \"${name.take(
                    80,
                )}\" is not one that this store can use: give it up to 63 letters, digits " +
                    "and underscores, not beginning with a digit or \"pg_\""
            }
            return name
        }
    }
}
