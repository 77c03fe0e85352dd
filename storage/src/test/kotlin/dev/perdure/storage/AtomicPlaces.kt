package dev.perdure.storage

import dev.perdure.core.spi.Lease
import dev.perdure.core.spi.Store
import dev.perdure.core.spi.Transactions
import org.jetbrains.exposed.v1.core.Table
import java.time.Duration
import java.util.concurrent.atomic.AtomicInteger

/** The application's table: what an atomic step was to do, once for each row. */
internal class Effects(
    name: String,
) : Table(name) {
    val label = text("label")
}

/** A database with a table of the application's own, and a store that can be opened in it again and again. */
internal class AtomicPlace(
    val name: String,
    val effects: Effects,
    val open: () -> Store,
    private val query: (String) -> List<String?>,
    val execute: (String) -> Unit,
) {
    val table: String get() = effects.tableName

    /** What is durable of the application's data. */
    fun durable(): List<String?> = query("SELECT label FROM $table ORDER BY label")
}

private val count = AtomicInteger()

internal fun StoreDirectory.atomicPlaces(): List<() -> AtomicPlace> = listOf(::onSqlite, ::onPostgres)

private fun StoreDirectory.onSqlite(): AtomicPlace {
    val file = newFile()
    execute(file, "CREATE TABLE effects (label TEXT)")
    return AtomicPlace(
        "SQLite",
        Effects("effects"),
        { SqliteStore.open(file) },
        { query(file, it) },
        { execute(file, it) },
    )
}

private fun onPostgres(): AtomicPlace {
    val schema = PostgresServer.newSchema()
    val table = "effects_${count.incrementAndGet()}"
    PostgresServer.execute("CREATE TABLE $table (label TEXT)")
    return AtomicPlace(
        "PostgreSQL",
        Effects(table),
        { PostgresServer.open(schema) },
        PostgresServer::query,
        { PostgresServer.execute(it) },
    )
}

/** A store whose transactions go through [around]. */
internal class AroundStore(
    private val store: Store,
    private val around: (run: () -> Unit) -> Unit,
) : Store by store {
    override fun isShared(): Boolean = store.isShared

    override fun transactions(): Transactions =
        object : Transactions {
            override fun isExclusive(): Boolean = store.transactions()!!.isExclusive

            override fun run(
                lease: Lease,
                limit: Duration,
                work: Transactions.Work,
            ) = around { store.transactions()!!.run(lease, limit, work) }
        }
}
