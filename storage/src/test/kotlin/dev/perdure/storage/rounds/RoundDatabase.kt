package dev.perdure.storage.rounds

import dev.perdure.storage.PostgresServer
import dev.perdure.storage.column
import java.sql.Connection
import java.time.Duration

/** What the parent sees of a schema, by one connection. Thread-safe. */
internal class RoundDatabase(
    val schema: String,
    val table: String,
) : AutoCloseable {
    private val connection: Connection = PostgresServer.dataSource.connection

    init {
        connection.createStatement().use {
            it.execute("SET search_path = $schema, public")
            it.execute("CREATE TABLE public.$table (run TEXT, path TEXT, value TEXT)")
        }
    }

    /** The first column of what [sql] finds. */
    @Synchronized
    fun column(sql: String): List<String> = connection.column(sql).map { it.orEmpty() }

    fun count(
        what: String,
        condition: String,
    ): Int = column("SELECT count(*) FROM $what WHERE $condition").single().toInt()

    /** Lets so much time pass. */
    fun pass(time: Duration) {
        column("SELECT pg_sleep(${time.toMillis() / 1e3})")
    }

    /** Asks again and again whether [isSo]; false where it is not in time. */
    fun waits(
        longest: Duration,
        isSo: () -> Boolean,
    ): Boolean {
        val deadline = System.nanoTime() + longest.toNanos()
        while (!isSo()) {
            if (System.nanoTime() > deadline) return false
            pass(BREATH)
        }
        return true
    }

    /** How many leases are over, in whatever way. */
    fun endedLeases(): Int = count("engines", "released_at IS NOT NULL OR superseded_by IS NOT NULL")

    override fun close(): Unit = connection.close()

    private companion object {
        val BREATH: Duration = Duration.ofMillis(10)
    }
}
