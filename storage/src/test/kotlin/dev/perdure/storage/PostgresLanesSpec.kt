package dev.perdure.storage

import dev.perdure.core.ErrorCode
import dev.perdure.core.RunStatus
import dev.perdure.core.spi.Lease
import dev.perdure.core.spi.StoreException
import dev.perdure.core.spi.StoreRecords.NOW
import dev.perdure.core.spi.StoreRecords.append
import dev.perdure.core.spi.StoreRecords.engine
import dev.perdure.core.spi.StoreRecords.parked
import dev.perdure.core.spi.StoreRecords.row
import dev.perdure.core.spi.StoreRecords.run
import dev.perdure.core.spi.Write
import dev.perdure.core.spi.WriteResult
import dev.perdure.storage.LossyProxy.Loss
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.shouldBe
import java.time.Duration
import java.util.concurrent.CompletableFuture
import java.util.concurrent.Executor
import java.util.concurrent.TimeUnit.SECONDS

private class Lane(
    private val store: PostgresStore,
    private val lease: Lease,
    private val number: Int,
) {
    fun commit(batch: List<Write>) = store.commit(lease, number, batch)

    fun outcome() = store.outcome(lease, number)
}

/** The common pool has one thread on two processors, which a commit that waits would have. */
private val onThreads = Executor { Thread(it).apply { isDaemon = true }.start() }

private fun PostgresStore.lanes(lease: Lease) = List(lanes()) { Lane(this, lease, it) }

/** Commits of one engine beside each other. Run "r" is lane 0's here and run "s" is lane 1's, or the other way round. */
class PostgresLanesSpec :
    FunSpec({
        val soon = PostgresOptions(lease = Duration.ofHours(1), connectTimeout = Duration.ofSeconds(1))

        fun place(test: (PostgresStore, Lease, List<Lane>, String) -> Unit) {
            val schema = PostgresServer.newSchema()
            PostgresServer.open(schema, PostgresServer.patient).use { store ->
                val lease = store.acquire(engine("e"))
                store.commit(lease, listOf(Write.StartRun(run("r")), Write.StartRun(run("s"))))
                test(store, lease, store.lanes(lease), schema)
            }
        }

        fun goesOn(id: String) = listOf(append(id, row(1), update = parked(null, RunStatus.RUNNING)))

        fun awaitBlocked(count: Int) {
            val sql = "SELECT pid FROM pg_stat_activity WHERE cardinality(pg_blocking_pids(pid)) > 0"
            val deadline = System.nanoTime() + SECONDS.toNanos(10)
            while (PostgresServer.query(sql).size < count) {
                check(System.nanoTime() < deadline) { "no $count backends wait for a lock" }
            }
        }

        /** While [meanwhile] runs, the lane is in the middle of a commit about run "r", whose answer this returns. */
        fun <T> Lane.commitDuring(
            schema: String,
            meanwhile: () -> T,
        ): Pair<CompletableFuture<List<WriteResult>>, T> =
            PostgresServer.connected { holder ->
                holder.autoCommit = false
                holder.createStatement().use { it.execute("SELECT id FROM $schema.runs WHERE id = 'r' FOR UPDATE") }
                val committing = CompletableFuture.supplyAsync({ commit(goesOn("r")) }, onThreads)
                awaitBlocked(1)
                val result = meanwhile()
                holder.rollback()
                committing to result
            }

        fun CompletableFuture<List<WriteResult>>.wasDone() = get(10, SECONDS).single().isDone

        listOf(0, 1).forEach { lane ->
            val other = 1 - lane

            test("while lane $lane is in a commit, lane $other commits") {
                place { store, _, lanes, schema ->
                    val (slow, answers) = lanes[lane].commitDuring(schema) { lanes[other].commit(goesOn("s")) }
                    answers.single().isDone shouldBe true
                    slow.wasDone() shouldBe true
                    listOf("r", "s").forEach { store.journal(it) shouldContainExactly listOf(row(1)) }
                }
            }

            test("who takes over passes an engine by that is in a commit by lane $lane") {
                place { store, _, lanes, schema ->
                    PostgresServer.open(schema, PostgresServer.patient).use { two ->
                        val taker = two.acquire(engine("two"))
                        PostgresServer.expireLeases(schema)
                        val (late, claimed) = lanes[lane].commitDuring(schema) { two.claim(taker, NOW, 9) }
                        claimed.shouldBeEmpty()
                        late.wasDone() shouldBe true
                        two.claim(taker, NOW, 9) shouldContainExactly listOf("r", "s")
                        store.journal("r") shouldContainExactly listOf(row(1))
                        shouldThrow<StoreException> { lanes[lane].commit(goesOn("s")) }.code() shouldBe
                            ErrorCode.OWNERSHIP_LOST
                    }
                }
            }

            test("a lease is given back once the commit by lane $lane is done, and what that recorded is seen") {
                place { store, lease, lanes, schema ->
                    val (late, releasing) =
                        lanes[lane].commitDuring(schema) {
                            CompletableFuture.runAsync({ store.release(lease) }, onThreads).also { awaitBlocked(2) }
                        }
                    late.wasDone() shouldBe true
                    releasing.get(10, SECONDS)
                    PostgresServer.open(schema).use { two ->
                        two.claim(two.acquire(engine("two")), NOW, 9) shouldContainExactly listOf("r", "s")
                        two.journal("r") shouldContainExactly listOf(row(1))
                    }
                }
            }

            listOf(Loss.REPLY_AND_ALL_AFTER to true, Loss.REQUEST_AND_ALL_AFTER to false).forEach { (loss, isDone) ->
                test("a commit in doubt by lane $lane is its own affair, and is recorded: $isDone") {
                    LossyProxy(PostgresServer.port).use { proxy ->
                        PostgresStore.open(proxy.url(), PostgresServer.newSchema(), soon).use { store ->
                            val lanes = store.lanes(store.acquire(engine("e")))
                            proxy.loseNext(loss)
                            shouldThrow<StoreException> { lanes[lane].commit(listOf(Write.StartRun(run("r")))) }
                            proxy.recover()
                            lanes[other].commit(listOf(Write.StartRun(run("s")))) shouldHaveSize 1
                            lanes[other].outcome().isEmpty shouldBe true
                            lanes[lane].outcome().isPresent shouldBe isDone
                            lanes[lane].outcome().isEmpty shouldBe true
                            store.find("r").isPresent shouldBe isDone
                        }
                    }
                }
            }
        }

        test("a lease is renewed while the second lane is in a commit") {
            place { store, lease, lanes, schema ->
                lanes[1].commitDuring(schema) { store.renew(lease) }.second shouldBe true
            }
        }
    })
