package dev.perdure.storage

import dev.perdure.core.ErrorCode
import dev.perdure.core.RunStatus
import dev.perdure.core.engine.Client
import dev.perdure.core.engine.does
import dev.perdure.core.engine.endsCompleted
import dev.perdure.core.engine.flow
import dev.perdure.core.journal.Placement
import dev.perdure.core.journal.QueueRecord
import dev.perdure.core.spi.Admission
import dev.perdure.core.spi.Claim
import dev.perdure.core.spi.Lease
import dev.perdure.core.spi.StoreException
import dev.perdure.core.spi.StoreRecords.NOW
import dev.perdure.core.spi.StoreRecords.append
import dev.perdure.core.spi.StoreRecords.engine
import dev.perdure.core.spi.StoreRecords.finished
import dev.perdure.core.spi.StoreRecords.parked
import dev.perdure.core.spi.StoreRecords.row
import dev.perdure.core.spi.StoreRecords.run
import dev.perdure.core.spi.StoreRecords.signal
import dev.perdure.core.spi.StoreRecords.wait
import dev.perdure.core.spi.Write
import dev.perdure.core.spi.WriteResult
import dev.perdure.storage.LossyProxy.Loss
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.shouldBe
import java.util.concurrent.TimeUnit.SECONDS

/** An engine hears of what it was given, also when the server's answer to that was lost: nobody else is given it. */
class PostgresDoubtSpec :
    FunSpec({
        val pending = run("r").pending()
        val queued = pending.placed(Placement("q", 0, null, null, null))

        /** Lets [ask] lose the server's last word. */
        fun PostgresStore.inDoubt(
            proxy: LossyProxy,
            loss: Loss,
            commitsBefore: Int,
            ask: PostgresStore.() -> Unit,
        ) {
            proxy.loseNext(loss, commitsBefore)
            shouldThrow<StoreException> { ask() }.code() shouldBe ErrorCode.STORE_UNAVAILABLE
            proxy.recover()
        }

        /** A transaction that the server has not given up yet is passed over. */
        fun given(ask: () -> List<String>): List<String> {
            val deadline = System.nanoTime() + SECONDS.toNanos(10)
            val answers = generateSequence { check(System.nanoTime() < deadline) { "nothing is given" } }.map { ask() }
            return answers.first { it.isNotEmpty() }
        }

        fun place(use: (LossyProxy, PostgresStore, Lease) -> Unit) =
            LossyProxy(PostgresServer.port).use { proxy ->
                PostgresStore.open(proxy.url(), PostgresServer.newSchema(), PostgresServer.patient).use { store ->
                    use(proxy, store, store.acquire(engine("e")))
                }
            }

        test("a schema whose version was read, but not said to be, is read again") {
            LossyProxy(PostgresServer.port).use { proxy ->
                val schema = PostgresServer.newSchema()
                PostgresServer.open(schema).use { store ->
                    store.commit(store.acquire(engine("e")), listOf(Write.StartRun(run("r"))))
                }
                proxy.loseNext(Loss.REPLY, 1)
                PostgresStore.open(proxy.url(), schema, PostgresServer.patient).use { store ->
                    proxy.awaitLoss()
                    store.find("r").isPresent shouldBe true
                }
            }
        }

        listOf("closes" to true, "dies" to false).forEach { (what, isReleased) ->
            test(
                "what an engine was told of, and its run did not hear before it was recorded as waiting: it $what",
            ) {
                val schema = PostgresServer.newSchema()
                PostgresServer.open(schema).use { store ->
                    val lease = store.acquire(engine("e"))
                    val other = store.acquire(engine("other"))
                    store.commit(lease, listOf(Write.StartRun(run("r"))))
                    store.post(listOf(Write.Signal("r", signal(key = "k"), 9)))
                    store.woken(lease, 9) shouldContainExactly listOf("r")
                    store.commit(lease, listOf(append("r", update = parked(null))))
                    store.claim(other, NOW, 9).shouldBeEmpty()
                    if (isReleased) {
                        store.release(lease)
                    } else {
                        PostgresServer.execute(
                            "UPDATE $schema.engines SET expires_at = 0 WHERE epoch = ${lease.epoch()}",
                        )
                    }
                    store.claim(other, NOW, 9) shouldContainExactly listOf("r")
                    store.recorded(listOf("r")).single().signals() shouldHaveSize 1
                }
            }
        }

        test(
            "a signal for a run that has not begun is heard also if an engine was told of it and died before it began",
        ) {
            val schema = PostgresServer.newSchema()
            val waiter =
                flow("work") {
                    awaitSignal("go", String::class.java)
                    does("end")
                }
            Client.on(PostgresServer.open(schema)).use { client ->
                client.start("work", 1, "r", null).signal("go", "now").get(10, SECONDS) shouldBe true
            }
            PostgresServer.open(schema).use { store ->
                val lease = store.acquire(engine("e"))
                store.claim(lease, Long.MAX_VALUE, 9) shouldContainExactly listOf("r")
                store.woken(lease, 9) shouldContainExactly listOf("r")
                store.release(lease)
            }
            Node(PostgresServer.open(schema), waiter).use { node ->
                node.engine
                    .find("r")
                    .get()
                    .endsCompleted()
            }
        }

        test("a commit in doubt that is recorded is not made again over what another engine has made of it") {
            place { proxy, store, lease ->
                store.commit(lease, listOf(Write.StartRun(run("r"))))
                val other = store.acquire(engine("other"))
                val parking = listOf(append("r", wait(1), update = parked(NOW)))
                store.inDoubt(proxy, Loss.REPLY_AND_ALL_AFTER, 0) { commit(lease, parking) }
                given { store.claim(other, NOW, 9) } shouldContainExactly listOf("r")
                val end = append("r", row(2), superseded = listOf(1), update = finished(RunStatus.COMPLETED))
                store.commit(other, listOf(end))
                store
                    .outcome(lease)
                    .get()
                    .single()
                    .isDone shouldBe true
                store.outcome(lease).isEmpty shouldBe true
                store.find("r").get().status() shouldBe RunStatus.COMPLETED
            }
        }

        test("what a commit in doubt let go, its engine writes to no more once another one has taken it up") {
            place { proxy, store, lease ->
                store.commit(lease, listOf(Write.StartRun(run("r"))))
                store.commit(lease, listOf(append("r", row(1))))
                val other = store.acquire(engine("other"))
                store.inDoubt(
                    proxy,
                    Loss.REPLY_AND_ALL_AFTER,
                    0,
                ) { commit(lease, listOf(append("r", update = parked(NOW)))) }
                given { store.claim(other, NOW, 9) } shouldContainExactly listOf("r")
                store.outcome(lease).isPresent shouldBe true
                val answer = store.commit(lease, listOf(append("r", row(2)))).single()
                answer.kind() shouldBe WriteResult.Kind.NOT_OWNED
            }
        }

        test("a commit in doubt that is not recorded may be made again") {
            place { proxy, store, lease ->
                store.commit(lease, listOf(Write.StartRun(run("r"))))
                val batch = listOf(append("r", row(1)))
                store.inDoubt(proxy, Loss.REQUEST_AND_ALL_AFTER, 0) { commit(lease, batch) }
                store.outcome(lease).isEmpty shouldBe true
                store.journal("r").shouldBeEmpty()
            }
        }

        listOf(Loss.REPLY, Loss.REPLY_AND_ALL_AFTER, Loss.REQUEST).forEach { loss ->
            test("what is claimed in a transaction whose answer is lost is given by the next claim: $loss") {
                place { proxy, store, lease ->
                    store.post(listOf(Write.StartRun(pending)))
                    store.inDoubt(proxy, loss, 1) { claim(lease, NOW, 9) }
                    given { store.claim(lease, NOW, 9) } shouldContainExactly listOf("r")
                    store.claim(lease, NOW, 9).shouldBeEmpty()
                }
            }

            test("so it is of runs that are asked for by their ids, and of those that are let begin: $loss") {
                place { proxy, store, lease ->
                    val limits = QueueRecord("q", null, null, 0, NOW)
                    store.commit(lease, listOf(Write.SaveQueue(limits)))
                    store.post(listOf(Write.StartRun(queued), Write.StartRun(run("s").pending())))
                    store.inDoubt(proxy, loss, 1) { claim(lease, listOf("s")) }
                    given { store.claim(lease, NOW, 9) } shouldContainExactly listOf("s")
                    val asked =
                        Admission(NOW, 9, setOf(Claim.Version(queued.workflow(), queued.version())), listOf("q"))
                    store.inDoubt(proxy, loss, 0) { admit(lease, asked) }
                    val begun =
                        given { store.claim(lease, NOW, 9) + store.admit(lease, asked).runs().map { it.id() } }
                    begun shouldContainExactly listOf("r")
                }
            }

            test("what is told in an answer that is lost is told again: $loss") {
                place { proxy, store, lease ->
                    store.commit(lease, listOf(Write.StartRun(run("r"))))
                    store.post(listOf(Write.Signal("r", signal(key = "k"), 9)))
                    store.inDoubt(proxy, loss, 0) { woken(lease, 9) }
                    given { store.woken(lease, 9) } shouldContainExactly listOf("r")
                    val again = store.woken(lease, 9)
                    // A server that was not asked to commit may have given the transaction up only now.
                    if (loss != Loss.REQUEST) again.shouldBeEmpty()
                    again.filter { it != "r" }.shouldBeEmpty()
                }
            }
        }
    })
