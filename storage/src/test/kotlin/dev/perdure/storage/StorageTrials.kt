package dev.perdure.storage

import dev.perdure.core.journal.Row
import dev.perdure.core.spi.Lease
import dev.perdure.core.spi.Store
import dev.perdure.core.spi.StoreException
import dev.perdure.core.spi.StoreRecords.NOW
import dev.perdure.core.spi.StoreRecords.append
import dev.perdure.core.spi.StoreRecords.engine
import dev.perdure.core.spi.StoreRecords.row
import dev.perdure.core.spi.StoreRecords.run
import dev.perdure.core.spi.Write
import org.postgresql.PGConnection
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.CompletableFuture
import java.util.concurrent.TimeUnit.SECONDS
import java.util.function.LongConsumer
import kotlin.random.Random

/** Batches of which some find the disk full in their middle, or are refused there: all that was acknowledged is there, no more. */
class FullDiskTrial : LongConsumer {
    override fun accept(seed: Long) {
        val directory = Files.createTempDirectory("full-disk")
        try {
            FullDisk(seed, directory.resolve("store.db")).check()
        } finally {
            directory.toFile().deleteRecursively()
        }
    }
}

private class FullDisk(
    private val seed: Long,
    private val file: Path,
) {
    private val random = Random(seed)
    private val acknowledged = mutableListOf<Row>()

    fun check() {
        SqliteStore.open(file).use { store ->
            store.commit(store.acquire(engine("e")), listOf(Write.StartRun(run("r"))))
        }
        execute(file, "CREATE TRIGGER refuse BEFORE INSERT ON steps WHEN NEW.output = '$REFUSED' $THEN_FAIL")
        SqliteStore.open(file, SqliteOptions(maxPageCount = 100)).use { store ->
            val lease = store.acquire(engine("e"))
            var seq = 0L
            repeat(random.nextInt(5, 12)) {
                val rows = List(random.nextInt(1, 4)) { row(++seq, output = output()) }
                commit(store, lease, rows)
                requireSame(store)
            }
        }
        SqliteStore.open(file).use(::requireSame)
    }

    /** Some fit, some fill the disk, some are far too large, and some are refused. */
    private fun output(): String =
        when (random.nextInt(6)) {
            0 -> REFUSED
            1, 2 -> "\"${"x".repeat(random.nextInt(100_000, 600_000))}\""
            else -> "\"${"x".repeat(random.nextInt(2_000))}\""
        }

    private fun commit(
        store: Store,
        lease: Lease,
        rows: List<Row>,
    ) {
        try {
            store.commit(lease, rows.map { append("r", it) })
            acknowledged += rows
        } catch (failed: StoreException) {
            val why = failed.message.orEmpty()
            val isRefused = rows.any { it.output() == REFUSED }
            check(isRefused || "disk is full" in why) { "seed $seed: the store takes nothing any more: $why" }
        }
    }

    private fun requireSame(store: Store) {
        val found = store.journal("r").map { it.seq() }
        val expected = acknowledged.map { it.seq() }
        check(found == expected) { "seed $seed: rows $found are there, and $expected were acknowledged" }
    }

    private companion object {
        const val REFUSED = "\"refused\""
        const val THEN_FAIL = "BEGIN SELECT RAISE(FAIL, 'refused'); END"
    }
}

/**
 * An engine is taken over while a commit of its, by one lane or the other, has passed the fence and is not done: what the taker read
 * must stay.
 */
class TakeoverTrial : LongConsumer {
    override fun accept(seed: Long) {
        val schema = PostgresServer.newSchema()
        PostgresServer.open(schema, PostgresServer.patient).use { one ->
            PostgresServer.open(schema, PostgresServer.patient).use { two -> takeOver(seed, schema, one, two) }
        }
    }

    private fun takeOver(
        seed: Long,
        schema: String,
        one: Store,
        two: Store,
    ) {
        val rows = List(Random(seed).nextInt(1, 5)) { row(it + 1L) }
        val late = one.acquire(engine("one"))
        one.commit(late, listOf(Write.StartRun(run("r"))))
        val taker = two.acquire(engine("two"))
        PostgresServer.expireLeases(schema)
        var read: List<Row>? = null
        val committed =
            PostgresServer.connected { holder ->
                holder.autoCommit = false
                holder.createStatement().use { it.execute("LOCK TABLE $schema.steps IN EXCLUSIVE MODE") }
                val batch = listOf(append("r", *rows.toTypedArray()))
                val lane = (seed % one.lanes()).toInt()
                val committing = CompletableFuture.supplyAsync { one.commit(late, lane, batch) }
                awaitBlockedBy(holder.unwrap(PGConnection::class.java).backendPID)
                read = if (two.claim(taker, NOW, 9).isEmpty()) null else two.journal("r")
                holder.rollback()
                committing
            }
        val isRecorded = committed.handle { done, _ -> done != null }.get(20, SECONDS)
        val found = two.journal("r")
        check(read == null || found == read) {
            "seed $seed: the taker read $read, and then $found was recorded by a former owner"
        }
        check(!isRecorded || found == rows) { "seed $seed: $rows was acknowledged, and $found is there" }
    }

    private fun awaitBlockedBy(pid: Int) {
        val sql = "SELECT pid FROM pg_stat_activity WHERE $pid = ANY (pg_blocking_pids(pid))"
        val deadline = System.nanoTime() + SECONDS.toNanos(10)
        while (PostgresServer.query(sql).isEmpty()) check(System.nanoTime() < deadline) { "nobody waits for the lock" }
    }
}
