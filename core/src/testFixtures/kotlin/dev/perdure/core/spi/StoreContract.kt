package dev.perdure.core.spi

import dev.perdure.core.ErrorCode
import dev.perdure.core.RunStatus
import dev.perdure.core.spi.StoreRecords.NOW
import dev.perdure.core.spi.StoreRecords.append
import dev.perdure.core.spi.StoreRecords.engine
import dev.perdure.core.spi.StoreRecords.finished
import dev.perdure.core.spi.StoreRecords.fullRow
import dev.perdure.core.spi.StoreRecords.row
import dev.perdure.core.spi.StoreRecords.run
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.factory.TestFactory
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.comparables.shouldBeGreaterThan
import io.kotest.matchers.optional.shouldBeEmpty
import io.kotest.matchers.optional.shouldBePresent
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.util.concurrent.Callable
import java.util.concurrent.CountDownLatch
import java.util.concurrent.Executors
import java.util.concurrent.TimeUnit.SECONDS
import java.util.concurrent.atomic.AtomicBoolean

/**
 * What every [Store] must do.
 *
 * @param open a new, empty store
 * @param takeOver gives an engine the lease although another one that never released it holds the store
 */
fun storeContract(
    open: () -> Store,
    takeOver: (Store, EngineIdentity) -> Lease = Store::acquire,
): TestFactory =
    funSpec {
        include(batchContract(open))
        include(runsContract(open))
        include(journalContract(open))
        include(listContract(open))
        include(signalContract(open))
        include(waitContract(open))
        include(scheduleContract(open))
        include(definitionContract(open))
        include(importContract(open))
        include(queueContract(open))
        include(leaseContract(open, takeOver))
    }

private fun runsContract(open: () -> Store) =
    funSpec {
        test("a started run is found as it was given") {
            owned(open) {
                commit(Write.StartRun(run("r"))).single() shouldBe WriteResult.started(1)
                store.find("r") shouldBePresent { it shouldBe run("r") }
            }
        }

        test("a run starts with the journal that it is given, in the same commit") {
            owned(open) {
                commit(Write.StartRun(run("fork"), listOf(row(1), fullRow(4))), append("fork", row(5)))
                store.journal("fork") shouldContainExactly listOf(row(1), fullRow(4), row(5))
            }
        }

        test("a run that was not started, because its id is taken, brings no journal") {
            owned(open) {
                commit(Write.StartRun(run("r"), listOf(row(1))))
                commit(Write.StartRun(run("r"), listOf(row(2)))).single() shouldBe WriteResult.exists(run("r"))
                store.journal("r") shouldContainExactly listOf(row(1))
            }
        }

        test("a run that takes the place of one that was reset starts with its own journal only") {
            owned(open) {
                commit(Write.StartRun(run("r"), listOf(row(1), row(2))), Write.Reset("r"))
                commit(Write.StartRun(run("r"), listOf(row(2, "again"))))
                store.journal("r") shouldContainExactly listOf(row(2, "again"))
            }
        }

        test("a run keeps whose child it is until it is reset") {
            owned(open) {
                commit(Write.StartRun(run("child", parent = "r")), append("child", update = finished(RunStatus.FAILED)))
                store.find("child").get().parent() shouldBe "r"
                commit(Write.Reset("child"), Write.StartRun(run("child")))
                store.find("child").get().parent() shouldBe null
            }
        }

        test("a run id that is taken stays with its run, which is returned") {
            owned(open) {
                commit(Write.StartRun(run("r")))
                val answer = commit(Write.StartRun(run("r", workflow = "other")), Write.StartRun(run("s")))
                answer.map { it.run()?.workflow() } shouldContainExactly listOf("onboard", null)
                store.find("r").get().workflow() shouldBe "onboard"
                store.find("s").shouldBePresent()
            }
        }

        test("a run that was reset is gone, and started anew in the next generation with an empty journal") {
            owned(open) {
                commit(Write.StartRun(run("r")), append("r", row(1)))
                commit(Write.Reset("r"))
                store.find("r").shouldBeEmpty()
                store.journal("r").shouldBeEmpty()
                commit(Write.StartRun(run("r", input = "2"))).single() shouldBe WriteResult.started(2)
                store.find("r").get() shouldBe run("r", input = "2").inGeneration(2)
                commit(Write.Reset("r"), Write.StartRun(run("r", input = "3")))
                store.find("r").get().generation() shouldBe 3
            }
        }

        test("a run that was reset keeps neither input nor context") {
            owned(open) {
                commit(Write.StartRun(run("r")), append("r", update = finished(RunStatus.FAILED, "{\"k\":1}", 1)))
                commit(Write.Reset("r"))
                val left = store.list(RunQuery.of(setOf(RunStatus.RESET))).single()
                left.input() shouldBe "null"
                left.context() shouldBe null
                left.output() shouldBe null
            }
        }

        test("an unknown run is not found, has no journal, and can be reset") {
            owned(open) {
                store.find("nobody").shouldBeEmpty()
                store.journal("nobody").shouldBeEmpty()
                commit(Write.Reset("nobody")).single() shouldBe WriteResult.DONE
            }
        }

        test("an update changes the run and keeps the context snapshot that it does not replace") {
            owned(open) {
                commit(Write.StartRun(run("r")))
                val first = finished(RunStatus.RUNNING, context = "{\"k\":1}", contextSeq = 7)
                val second = finished(RunStatus.COMPLETED, contextSeq = 99)
                commit(append("r", update = first))
                store.find("r").get() shouldBe run("r").with(first)
                commit(append("r", update = second))
                store.find("r").get() shouldBe run("r").with(first).with(second)
                store.find("r").get().contextSeq() shouldBe 7
            }
        }
    }

private fun journalContract(open: () -> Store) =
    funSpec {
        test("rows come back as they were given, in order of seq, gaps included") {
            owned(open) {
                commit(Write.StartRun(run("r")), Write.StartRun(run("s")))
                commit(append("r", row(1), row(2)), append("s", row(1, "other")), append("r", fullRow(40)))
                commit(append("r", row(9)))
                store.journal("r") shouldContainExactly listOf(row(1), row(2), row(9), fullRow(40))
                store.journal("s") shouldContainExactly listOf(row(1, "other"))
            }
        }

        test("a row takes the place of those that it supersedes, also within one batch") {
            owned(open) {
                commit(Write.StartRun(run("r")), append("r", row(1), row(2)))
                commit(append("r", row(3), superseded = listOf(1)), append("r", row(4), superseded = listOf(3)))
                store.journal("r") shouldContainExactly listOf(row(2), row(4))
            }
        }

        test("a batch that is committed again changes nothing") {
            owned(open) {
                commit(Write.StartRun(run("r")), append("r", row(1)))
                val batch =
                    arrayOf<Write>(
                        append("r", row(2), superseded = listOf(1), update = finished(RunStatus.COMPLETED)),
                        Write.Reset("nobody"),
                    )
                repeat(3) { commit(*batch) }
                store.journal("r") shouldContainExactly listOf(row(2))
                store.find("r").get() shouldBe run("r").with(finished(RunStatus.COMPLETED))
            }
        }

        test("a row that is there is not overwritten by another one with its seq") {
            owned(open) {
                commit(Write.StartRun(run("r")), append("r", row(1)))
                commit(append("r", row(1, output = "\"late\"")))
                store.journal("r") shouldContainExactly listOf(row(1))
            }
        }

        test("payloads come back to the letter: beyond ASCII, escaped, empty, a megabyte") {
            owned(open) {
                val payloads =
                    listOf("\"žluť 漢字 😀 ’; DROP TABLE runs; --\"", "\"\\u0000\\n\"", "", "\"${"x".repeat(1 shl 20)}\"")
                commit(Write.StartRun(run("ključ ' \" 漢", input = payloads[0])))
                payloads.forEachIndexed { i, text ->
                    commit(append("ključ ' \" 漢", row(i + 1L, path = "č/😀", output = text)))
                }
                store.journal("ključ ' \" 漢").map { it.output() } shouldContainExactly payloads
                store.find("ključ ' \" 漢").get().input() shouldBe payloads[0]
            }
        }

        test("readers see whole batches while others are committed") {
            owned(open) {
                commit(Write.StartRun(run("r")))
                val readers = Executors.newFixedThreadPool(2)
                val hasEnded = AtomicBoolean()
                try {
                    val ready = CountDownLatch(2)
                    val reading =
                        List(2) {
                            readers.submit(
                                Callable {
                                    ready.countDown()
                                    generateSequence {
                                        store
                                            .journal(
                                                "r",
                                            ).size
                                    }.takeWhile { it < 100 && !hasEnded.get() }.toList()
                                },
                            )
                        }
                    ready.await(10, SECONDS) shouldBe true
                    (1L..50).forEach { commit(append("r", row(2 * it - 1), row(2 * it))) }
                    reading.flatMap { it.get(10, SECONDS) }.filter { it % 2 != 0 }.shouldBeEmpty()
                } finally {
                    hasEnded.set(true)
                    readers.shutdown()
                }
            }
        }
    }

private fun listContract(open: () -> Store) =
    funSpec {
        test("runs are listed by time of creation, then id") {
            owned(open) {
                commit(
                    Write.StartRun(run("c", createdAt = NOW)),
                    Write.StartRun(run("b", createdAt = NOW + 1)),
                    Write.StartRun(run("a", createdAt = NOW + 1)),
                )
                store.list(RunQuery.all()).map { it.id() } shouldContainExactly listOf("c", "a", "b")
                store.ids(RunQuery.all()) shouldContainExactly listOf("c", "a", "b")
                store.ids(RunQuery.all().page(1, 1)) shouldContainExactly listOf("a")
                store.list(RunQuery.all().page(1, 1)).map { it.id() } shouldContainExactly listOf("a")
                store.list(RunQuery.all().page(10, 3)).shouldBeEmpty()
            }
        }

        test("runs are listed by status and workflow") {
            owned(open) {
                RunStatus.entries.forEachIndexed { i, status ->
                    commit(Write.StartRun(run(status.name, if (i % 2 == 0) "even" else "odd", createdAt = NOW + i)))
                    commit(append(status.name, update = finished(status)))
                }

                fun listed(query: RunQuery) = store.list(query).map { it.status() }
                listed(RunQuery.all()) shouldContainExactly RunStatus.entries - RunStatus.RESET
                listed(RunQuery.unfinished()) shouldContainExactly RunStatus.entries.filterNot { it.isTerminal }
                listed(RunQuery.of(setOf(RunStatus.FAILED))) shouldContainExactly listOf(RunStatus.FAILED)
                listed(RunQuery.of(emptySet())).shouldBeEmpty()
                listed(RunQuery.unfinished().ofWorkflow("odd")) shouldContainExactly
                    RunStatus.entries.filter { it.ordinal % 2 != 0 && !it.isTerminal }
                listed(RunQuery.all().ofWorkflow("none")).shouldBeEmpty()
            }
        }
    }

private fun leaseContract(
    open: () -> Store,
    takeOver: (Store, EngineIdentity) -> Lease,
) = funSpec {
    test("a former owner's commit is refused and writes nothing") {
        owned(open) {
            commit(Write.StartRun(run("r")))
            takeOver(store, engine("engine-2"))
            val batch = arrayOf<Write>(append("r", row(1)), Write.StartRun(run("s")))
            shouldThrow<StoreException> { commit(*batch) }.let {
                it.code() shouldBe ErrorCode.OWNERSHIP_LOST
                it.message shouldContain "engine-1"
                it.isTransient shouldBe false
            }
            store.journal("r").shouldBeEmpty()
            store.find("s").shouldBeEmpty()
        }
    }

    test("the new owner's commit works, and a former owner's release takes nothing from it") {
        owned(open) {
            val second = takeOver(store, engine("engine-2"))
            store.release(lease)
            store.commit(second, listOf(Write.StartRun(run("r"))))
            store.find("r").shouldBePresent()
        }
    }

    test("a lease that was given back is worth nothing, and releasing it again does nothing") {
        owned(open) {
            store.release(lease)
            store.release(lease)
            shouldThrow<StoreException> { commit(Write.StartRun(run("r"))) }.code() shouldBe ErrorCode.OWNERSHIP_LOST
            store.find("r").shouldBeEmpty()
        }
    }

    test("the epoch grows with every lease, also for one engine id") {
        open().use { store ->
            val epochs = List(50) { store.acquire(engine("same")).also(store::release).epoch() }
            epochs.zipWithNext().forEach { (before, after) -> after shouldBeGreaterThan before }
        }
    }

    test("a lease of another store's making is refused") {
        owned(open) {
            shouldThrow<StoreException> { store.commit(Lease("engine-1", lease.epoch() + 1), emptyList()) }
                .code() shouldBe ErrorCode.OWNERSHIP_LOST
            shouldThrow<StoreException> { store.commit(Lease("engine-2", lease.epoch()), emptyList()) }
                .code() shouldBe ErrorCode.OWNERSHIP_LOST
        }
    }
}
