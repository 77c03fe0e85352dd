package dev.perdure.storage

import org.jetbrains.exposed.v1.core.Table
import org.jetbrains.exposed.v1.jdbc.JdbcTransaction

/**
 * The tables in one schema of a PostgreSQL database. Whoever changes them holds the one row of the table `schema_lock`, which
 * nothing else ever looks at: opening a store that is up to date takes no lock. A row, and not an advisory lock, since
 * databases that speak PostgreSQL's protocol have rows but not always those. Stateless.
 *
 * @param database what and where it is, without secrets
 */
internal class PostgresSchemaPlace(
    private val database: String,
    private val schema: String,
    override val failures: Failures,
) : SchemaPlace {
    override val migrations: List<Migration> get() = postgresMigrations

    override val tables: List<Table> get() = super.tables + Lanes

    override val alternative: String get() = "use another schema"

    override fun tableNames(transaction: JdbcTransaction): Set<String> =
        transaction.texts("SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = '$schema'")

    override fun lock(transaction: JdbcTransaction) {
        transaction.exec("SET LOCAL lock_timeout = '$PATIENCE'")
        transaction.texts("SELECT id::text FROM schema_lock FOR UPDATE")
    }

    /** Makes the schema and its lock, where they are not there; ten may do so at once. */
    fun prepare(writer: Sessions): Unit =
        writer.transaction {
            requireUnicode()
            if (texts("SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname = '$schema'").isEmpty()) {
                exec("CREATE SCHEMA IF NOT EXISTS \"$schema\"")
            }
            if (LOCK_TABLE !in tableNames(this)) {
                exec("CREATE TABLE IF NOT EXISTS $LOCK_TABLE (id INT PRIMARY KEY)")
                exec("INSERT INTO $LOCK_TABLE (id) VALUES (1) ON CONFLICT DO NOTHING")
            }
        }

    private fun JdbcTransaction.requireUnicode() {
        val encoding = texts("SHOW server_encoding").single()
        if (encoding != "UTF8") {
            throw failures.lasting(
                "the database's encoding is $encoding, which has not all characters; use one with UTF8",
            )
        }
    }

    private fun JdbcTransaction.texts(sql: String): Set<String> {
        val found = mutableSetOf<String>()
        connection.connection.let { it as HeldConnection }.prepareStatement(sql).use { statement ->
            statement.executeQuery().use { while (it.next()) found += it.getString(1) }
        }
        return found
    }

    override fun toString(): String = database

    private companion object {
        const val LOCK_TABLE = "schema_lock"

        /** Others may be building an index on many rows. */
        const val PATIENCE = "10min"
    }
}
