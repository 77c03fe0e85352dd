package dev.perdure.storage

import dev.perdure.core.ErrorCode
import dev.perdure.core.spi.Lease
import dev.perdure.core.spi.StoreException
import dev.perdure.core.spi.StoreRecords.NOW
import dev.perdure.core.spi.StoreRecords.append
import dev.perdure.core.spi.StoreRecords.engine
import dev.perdure.core.spi.StoreRecords.row
import dev.perdure.core.spi.StoreRecords.run
import dev.perdure.core.spi.StoreRecords.signal
import dev.perdure.core.spi.Write
import dev.perdure.storage.LossyProxy.Loss
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.longs.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import org.postgresql.jdbc.PgConnection
import java.sql.Connection
import java.time.Duration
import java.util.concurrent.CompletableFuture
import java.util.concurrent.TimeUnit.SECONDS

/** What a store makes of connections that are lost: in its commits above all. */
class PostgresLossSpec :
    FunSpec({
        val batch =
            listOf(append("r", row(1), row(2)), Write.Signal("r", signal(), 9), Write.StartRun(run("s")))

        fun LossyProxy.store(
            schema: String,
            options: PostgresOptions = PostgresServer.patient,
            test: (PostgresStore, Lease) -> Unit,
        ) = PostgresStore.open(url(), schema, options).use { store ->
            val lease = store.acquire(engine("e"))
            store.commit(lease, listOf(Write.StartRun(run("r"))))
            test(store, lease)
        }

        fun PostgresStore.shouldHoldTheBatchOnce() {
            journal("r") shouldContainExactly listOf(row(1), row(2))
            signals("r").map { it.seq() } shouldContainExactly listOf(1)
            find("s").get() shouldBe run("s")
        }

        listOf(Loss.REPLY to "was done", Loss.REQUEST to "never reached the server").forEach { (loss, what) ->
            test("a commit that $what before the connection was lost is recorded once, and reported as done") {
                LossyProxy(PostgresServer.port).use { proxy ->
                    proxy.store(PostgresServer.newSchema()) { store, lease ->
                        proxy.loseNext(loss)
                        store.commit(lease, batch).map { it.isDone } shouldContainExactly List(3) { true }
                        proxy.awaitLoss()
                        store.shouldHoldTheBatchOnce()
                    }
                }
            }
        }

        test("a commit of which nobody can be asked is unknown; it may be repeated, and is recorded once") {
            LossyProxy(PostgresServer.port).use { proxy ->
                val soon = PostgresOptions(lease = Duration.ofHours(1), connectTimeout = Duration.ofSeconds(1))
                proxy.store(PostgresServer.newSchema(), soon) { store, lease ->
                    proxy.loseNext(Loss.REPLY_AND_ALL_AFTER)
                    val keyed = listOf(batch[0], Write.Signal("r", signal(key = "k"), 9), batch[2])
                    val thrown = shouldThrow<StoreException> { store.commit(lease, keyed) }
                    thrown.code() shouldBe ErrorCode.STORE_UNAVAILABLE
                    thrown.isTransient shouldBe true
                    thrown.message shouldContain "the same batch may be committed again"
                    proxy.recover()
                    repeat(2) { store.commit(lease, keyed) }
                    store.journal("r") shouldContainExactly listOf(row(1), row(2))
                    store.signals("r").map { it.seq() } shouldContainExactly listOf(1)
                }
            }
        }

        test("a backend that is terminated in the middle of a batch costs its connection, and nothing is recorded twice") {
            val schema = PostgresServer.newSchema()
            PostgresServer.open(schema).use { store ->
                val lease = store.acquire(engine("e"))
                store.commit(lease, listOf(Write.StartRun(run("r"))))
                lockedRun(schema) { holder ->
                    val committed = CompletableFuture.supplyAsync { store.commit(lease, batch) }
                    val blocked = awaitBlockedBy(holder)
                    PostgresServer.query("SELECT pg_terminate_backend($blocked)") shouldContainExactly listOf("t")
                    holder.rollback()
                    committed.get(10, SECONDS).map { it.isDone } shouldContainExactly List(3) { true }
                }
                store.shouldHoldTheBatchOnce()
            }
        }

        test("all connections of a store may be terminated between two calls") {
            val schema = PostgresServer.newSchema()
            PostgresServer.open(schema).use { store ->
                val lease = store.acquire(engine("e"))
                store.commit(lease, listOf(Write.StartRun(run("r"))))
                PostgresServer.query(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'perdure'",
                )
                store.find("r").isPresent shouldBe true
                store.commit(lease, batch)
                store.shouldHoldTheBatchOnce()
            }
        }

        test("an engine frozen in a commit is taken over soon after its lease ran out, and records nothing afterwards") {
            val schema = PostgresServer.newSchema()
            val term = Duration.ofSeconds(2)
            val quick = PostgresOptions(lease = term)
            LossyProxy(PostgresServer.port).use { proxy ->
                proxy.store(schema, quick) { frozen, lease ->
                    PostgresServer.open(schema).use { other ->
                        val taker = other.acquire(engine("taker"))
                        val committed =
                            lockedRun(schema) { holder ->
                                val committing = CompletableFuture.supplyAsync { frozen.commit(lease, batch) }
                                awaitBlockedBy(holder)
                                proxy.freeze()
                                holder.rollback()
                                committing
                            }
                        val began = System.nanoTime()
                        val claimed = generateSequence { other.claim(taker, NOW, 9) }.first { it.isNotEmpty() }
                        val took = Duration.ofNanos(System.nanoTime() - began).toMillis()
                        claimed shouldContainExactly listOf("r")
                        took shouldBeLessThan term.plusSeconds(2).toMillis()
                        proxy.thaw()
                        val thrown = shouldThrow<Exception> { committed.get(20, SECONDS) }.cause as StoreException
                        thrown.code() shouldBe ErrorCode.OWNERSHIP_LOST
                        other.journal("r").shouldBeEmpty()
                        other.find("s").isPresent shouldBe false
                    }
                }
            }
        }

        test("a lock that is not given in time fails the commit as a whole, and it may be repeated") {
            val schema = PostgresServer.newSchema()
            val hasty = PostgresOptions(lease = Duration.ofHours(1), lockTimeout = Duration.ofMillis(20))
            PostgresServer.open(schema, hasty).use { store ->
                val lease = store.acquire(engine("e"))
                store.commit(lease, listOf(Write.StartRun(run("r"))))
                lockedRun(schema) {
                    val thrown = shouldThrow<StoreException> { store.commit(lease, batch) }
                    thrown.isTransient shouldBe true
                    thrown.message shouldContain "a lock was not given in time"
                    store.journal("r").shouldBeEmpty()
                }
                store.commit(lease, batch)
                store.shouldHoldTheBatchOnce()
            }
        }

        test("a server that cannot be reached is reported at once, without the password") {
            val unreachable = LossyProxy(PostgresServer.port).also { it.close() }.url() + "&password=s3cr3t"
            val thrown = shouldThrow<StoreException> { PostgresStore.open(unreachable) }
            thrown.code() shouldBe ErrorCode.STORE_UNAVAILABLE
            thrown.isTransient shouldBe true
            thrown.message shouldContain "the connection was lost or could not be made"
            ("s3cr3t" in thrown.stackTraceToString()) shouldBe false
        }
    })

/** While [use] runs, the row of run "r" is locked by the connection that it is given. */
private fun <T> lockedRun(
    schema: String,
    use: (Connection) -> T,
): T =
    PostgresServer.connected { holder ->
        holder.autoCommit = false
        holder.createStatement().use { it.execute("SELECT id FROM $schema.runs WHERE id = 'r' FOR UPDATE") }
        use(holder)
    }

/** The backend that waits for a lock of [holder]'s, once there is one. */
private fun awaitBlockedBy(holder: Connection): String {
    val pid = (holder.unwrap(PgConnection::class.java)).backendPID
    val deadline = System.nanoTime() + SECONDS.toNanos(10)
    while (System.nanoTime() < deadline) {
        val sql = "SELECT pid FROM pg_stat_activity WHERE $pid = ANY (pg_blocking_pids(pid))"
        PostgresServer.query(sql).firstOrNull()?.let { return it }
    }
    error("nobody waits for the lock")
}
