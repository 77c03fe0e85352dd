package dev.perdure.core.spi

import dev.perdure.core.RunStatus
import dev.perdure.core.journal.SignalRecord
import dev.perdure.core.spi.StoreRecords.append
import dev.perdure.core.spi.StoreRecords.finished
import dev.perdure.core.spi.StoreRecords.parked
import dev.perdure.core.spi.StoreRecords.row
import dev.perdure.core.spi.StoreRecords.run
import dev.perdure.core.spi.StoreRecords.signal
import dev.perdure.core.spi.WriteResult.Kind
import io.kotest.core.factory.TestFactory
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe

/** The part of the contract of a [Store] that is about signals. */
internal fun signalContract(open: () -> Store): TestFactory =
    funSpec {
        include(arrivalContract(open))
        include(refusalContract(open))
        include(consumptionContract(open))
    }

private const val LIMIT = 100

private fun send(
    runId: String,
    signal: SignalRecord = signal(),
    limit: Int = LIMIT,
) = Write.Signal(runId, signal, limit)

private fun arrivalContract(open: () -> Store) =
    funSpec {
        test("signals are kept in the order of their arrival, numbered for each run") {
            owned(open) {
                commit(Write.StartRun(run("r")), Write.StartRun(run("s")))
                val answers = commit(send("r", signal("b")), send("s", signal("c")), send("r", signal("a")))
                answers.map { it.seq() } shouldContainExactly listOf(1, 1, 2)
                answer(send("r", signal("b", "\"2\""))) shouldBe WriteResult.signal(3)
                store.signals("r") shouldContainExactly
                    listOf(signal("b", seq = 1), signal("a", seq = 2), signal("b", "\"2\"", seq = 3))
                store.signals("s") shouldContainExactly listOf(signal("c", seq = 1))
                store.signals("nobody").shouldBeEmpty()
            }
        }

        test("a signal comes back as it was given, whatever its characters") {
            owned(open) {
                val given = signal("žluť '", "\"漢 😀 ’; DROP TABLE signals; --\"", "key \" 漢")
                commit(Write.StartRun(run("r")), send("r", given))
                store.signals("r") shouldContainExactly listOf(given.at(1))
            }
        }

        test("a signal makes a run that waits due at once, in the same commit") {
            owned(open) {
                commit(Write.StartRun(run("r")), append("r", update = parked(StoreRecords.NOW + 500)))
                commit(send("r"))
                store.find("r").get() shouldBe
                    run("r").with(parked(StoreRecords.NOW + 500)).wakingAt(0)
                store.due(0, 9) shouldContainExactly listOf("r")
            }
        }

        test("a signal for a run that does not wait is kept, and the run is due only once it waits") {
            owned(open) {
                RunStatus.entries.filterNot { it.isTerminal || it == RunStatus.WAITING }.forEach { status ->
                    val update = parked(null, status)
                    commit(Write.StartRun(run(status.name)), append(status.name, update = update))
                    answer(send(status.name)) shouldBe WriteResult.signal(1)
                    store.find(status.name).get().status() shouldBe status
                }
                store.due(Long.MAX_VALUE, LIMIT).shouldBeEmpty()
            }
        }

        test("a command makes a paused run one that is worked on, and any other signal does not") {
            owned(open) {
                commit(Write.StartRun(run("r")), append("r", update = parked(null, RunStatus.PAUSED)))
                commit(send("r"))
                store.find("r").get().status() shouldBe RunStatus.PAUSED
                commit(send("r", signal(SignalRecord.COMMAND + "resume")))
                store.find("r").get().status() shouldBe RunStatus.RUNNING
                store.settled(listOf("r", "unknown")) shouldContainExactly listOf("unknown")
            }
        }

        test("a run that is reset loses its signals, and the next one counts from 1 again") {
            owned(open) {
                commit(Write.StartRun(run("r")), send("r", signal(key = "k")), append("r", consumed = listOf(1)))
                commit(send("r"), Write.Reset("r"))
                store.signals("r").shouldBeEmpty()
                commit(Write.StartRun(run("r")))
                store.signals("r").shouldBeEmpty()
                answer(send("r", signal(key = "k"))) shouldBe WriteResult.signal(1)
            }
        }
    }

private fun refusalContract(open: () -> Store) =
    funSpec {
        test("a second signal with a dedup key is refused with the first one's number, under its name and run only") {
            owned(open) {
                commit(Write.StartRun(run("r")), Write.StartRun(run("s")), send("r"))
                answer(send("r", signal("paid", "1", "k"))) shouldBe WriteResult.signal(2)
                answer(send("r", signal("paid", "2", "k"))) shouldBe WriteResult.refused(Kind.DUPLICATE, woken, 2)
                answer(send("r", signal("paid", "2", "l"))) shouldBe WriteResult.signal(3)
                answer(send("r", signal("other", "2", "k"))) shouldBe WriteResult.signal(4)
                answer(send("s", signal("paid", "2", "k"))) shouldBe WriteResult.signal(1)
                store.signals("r").map { it.payload() } shouldContainExactly listOf("1", "1", "2", "2")
            }
        }

        test("signals without a dedup key all count") {
            owned(open) {
                commit(Write.StartRun(run("r")))
                List(3) { answer(send("r")) } shouldContainExactly List(3) { WriteResult.signal(it + 1L) }
            }
        }

        test("a signal for a run that is not known, or was reset, is refused") {
            owned(open) {
                answer(send("nobody")) shouldBe WriteResult.refused(Kind.UNKNOWN_RUN, null, 0)
                commit(Write.StartRun(run("r")), Write.Reset("r"))
                answer(send("r")) shouldBe WriteResult.refused(Kind.UNKNOWN_RUN, null, 0)
                store.signals("r").shouldBeEmpty()
            }
        }

        test("a signal for a run that has ended is refused with the run, also one that repeats an earlier one") {
            owned(open) {
                RunStatus.entries.filter { it.isTerminal && it != RunStatus.RESET }.forEach { status ->
                    val id = status.name
                    commit(Write.StartRun(run(id)), send(id, signal(key = "k")), append(id, update = finished(status)))
                    val ended = run(id).with(finished(status))
                    answer(send(id)) shouldBe WriteResult.refused(Kind.ENDED, ended, 0)
                    answer(send(id, signal(key = "k"))) shouldBe WriteResult.refused(Kind.ENDED, ended, 0)
                }
            }
        }

        test("a run takes no more signals than may wait for it; those that were consumed do not count") {
            owned(open) {
                commit(Write.StartRun(run("r")), send("r", limit = 2), send("r", signal(key = "k"), limit = 2))
                answer(send("r", limit = 2)) shouldBe WriteResult.refused(Kind.FULL, woken, 0)
                answer(send("r", signal(key = "k"), limit = 2)).kind() shouldBe Kind.DUPLICATE
                commit(append("r", consumed = listOf(1)))
                answer(send("r", limit = 2)) shouldBe WriteResult.signal(3)
                answer(send("r", limit = 2)).kind() shouldBe Kind.FULL
                answer(send("r", limit = 0)).kind() shouldBe Kind.FULL
                store.signals("r").map { it.seq() } shouldContainExactly listOf(2, 3)
            }
        }

        test("a refused signal changes nothing, and the rest of its batch is carried out") {
            owned(open) {
                val waiting = parked(StoreRecords.NOW)
                commit(Write.StartRun(run("r")), send("r", signal(key = "k")), append("r", update = waiting))
                val kinds = commit(send("r", signal(key = "k")), send("r", limit = 1), append("r", row(1)))
                kinds.map { it.kind() } shouldContainExactly listOf(Kind.DUPLICATE, Kind.FULL, Kind.DONE)
                kinds.map { it.isDone } shouldContainExactly listOf(false, false, true)
                store.find("r").get() shouldBe run("r").with(waiting).wakingAt(0)
                store.signals("r") shouldContainExactly listOf(signal(key = "k", seq = 1))
                store.journal("r") shouldContainExactly listOf(row(1))
            }
        }
    }

private fun consumptionContract(open: () -> Store) =
    funSpec {
        test("signals are consumed by the commit that records what they led to, and not read again") {
            owned(open) {
                commit(Write.StartRun(run("r")), Write.StartRun(run("s")), send("r"), send("r"), send("r"), send("s"))
                commit(append("r", row(1), consumed = listOf(1, 3)))
                store.signals("r").map { it.seq() } shouldContainExactly listOf(2)
                store.signals("s").map { it.seq() } shouldContainExactly listOf(1)
                store.journal("r") shouldContainExactly listOf(row(1))
            }
        }

        test("a signal may arrive and be consumed within one batch") {
            owned(open) {
                commit(Write.StartRun(run("r")), send("r"), append("r", row(1), consumed = listOf(1)), send("r"))
                store.signals("r").map { it.seq() } shouldContainExactly listOf(2)
            }
        }

        test("a former owner's commit consumes nothing, and adds no signal") {
            owned(open) {
                commit(Write.StartRun(run("r")), send("r"))
                store.release(lease)
                runCatching { commit(append("r", consumed = listOf(1)), send("r")) }.isFailure shouldBe true
                store.signals("r").map { it.seq() } shouldContainExactly listOf(1)
            }
        }

        test("a dedup key counts after its signal was consumed, too") {
            owned(open) {
                commit(Write.StartRun(run("r")), send("r", signal(key = "k")), append("r", consumed = listOf(1)))
                answer(send("r", signal(key = "k"))) shouldBe WriteResult.refused(Kind.DUPLICATE, woken, 1)
                store.signals("r").shouldBeEmpty()
                answer(send("r")) shouldBe WriteResult.signal(2)
            }
        }

        test("a batch that is committed again adds a signal with a dedup key once, and one without each time") {
            owned(open) {
                commit(Write.StartRun(run("r")))
                val keyed = arrayOf<Write>(send("r", signal(key = "k")), append("r", row(1), consumed = listOf(1)))
                commit(*keyed).map { it.kind() } shouldContainExactly listOf(Kind.DONE, Kind.DONE)
                commit(*keyed).map { it.kind() } shouldContainExactly listOf(Kind.DUPLICATE, Kind.DONE)
                store.signals("r").shouldBeEmpty()
                repeat(2) { commit(send("r")) }
                store.signals("r").map { it.seq() } shouldContainExactly listOf(2, 3)
            }
        }
    }

/** A run that a signal came for before it waits. */
private val woken = run("r").wakingAt(0)
