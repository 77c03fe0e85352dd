package dev.perdure.storage

import org.jetbrains.exposed.v1.jdbc.JdbcTransaction

/** The tables in the file at [path]; whoever changes them holds its [StoreLock]. Stateless. */
internal class SqliteSchemaPlace(
    private val path: StorePath,
) : SchemaPlace {
    override val failures: Failures get() = path.failures

    override val migrations: List<Migration> get() = dev.perdure.storage.migrations

    override val alternative: String get() = "use another file"

    override fun tableNames(transaction: JdbcTransaction): Set<String> {
        val names = mutableSetOf<String>()
        transaction.exec("SELECT name FROM sqlite_master WHERE type = 'table'") { result ->
            while (result.next()) {
                names += result.getString(1)
            }
        }
        return names
    }

    override fun lock(transaction: JdbcTransaction): Unit = Unit

    override fun toString(): String = path.toString()
}
