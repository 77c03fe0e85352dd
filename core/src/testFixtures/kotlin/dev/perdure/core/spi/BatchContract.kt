package dev.perdure.core.spi

import dev.perdure.core.RunStatus
import dev.perdure.core.spi.StoreRecords.append
import dev.perdure.core.spi.StoreRecords.finished
import dev.perdure.core.spi.StoreRecords.fullRow
import dev.perdure.core.spi.StoreRecords.parked
import dev.perdure.core.spi.StoreRecords.row
import dev.perdure.core.spi.StoreRecords.run
import dev.perdure.core.spi.StoreRecords.signal
import dev.perdure.core.spi.WriteResult.Kind
import io.kotest.core.factory.TestFactory
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.optional.shouldBeEmpty
import io.kotest.matchers.shouldBe

/** The part of the contract of a [Store] that is about several writes, or several runs, at once. */
internal fun batchContract(open: () -> Store): TestFactory =
    funSpec {
        include(orderContract(open))
        include(recordedContract(open))

        test("each lane records what it is given, and has no doubts") {
            owned(open) {
                repeat(store.lanes()) { lane ->
                    val id = "r$lane"
                    val answers = store.commit(lease, lane, listOf(Write.StartRun(run(id)), append(id, row(1))))
                    answers shouldContainExactly listOf(WriteResult.started(1), WriteResult.DONE)
                    store.find(id).get() shouldBe run(id)
                    store.journal(id) shouldContainExactly listOf(row(1))
                    store.outcome(lease, lane).shouldBeEmpty()
                }
            }
        }
    }

private fun send(runId: String) = Write.Signal(runId, signal(), 10)

private fun orderContract(open: () -> Store) =
    funSpec {
        test("several updates of one run in a batch follow each other, and the last context stays") {
            owned(open) {
                commit(Write.StartRun(run("r")), Write.StartRun(run("s")))
                commit(
                    append("r", update = parked(5, RunStatus.RUNNING)),
                    append("s", update = finished(RunStatus.FAILED, "{\"s\":1}", 2)),
                    append("r", update = finished(RunStatus.COMPLETED, "{\"r\":1}", 3)),
                    append("r", update = finished(RunStatus.FAILED)),
                )
                val run = store.find("r").get()
                run.status() shouldBe RunStatus.FAILED
                run.context() shouldBe "{\"r\":1}"
                run.contextSeq() shouldBe 3
                store.find("s").get() shouldBe run("s").with(finished(RunStatus.FAILED, "{\"s\":1}", 2))
            }
        }

        test("a signal in a batch finds the run as the writes before it left it") {
            owned(open) {
                commit(Write.StartRun(run("r")))
                val answers = commit(send("r"), append("r", update = finished(RunStatus.COMPLETED)), send("r"))
                answers.map { it.kind() } shouldContainExactly listOf(Kind.DONE, Kind.DONE, Kind.ENDED)
            }
        }

        test("of starts with one id in a batch, the first has it and the others are told of its run") {
            owned(open) {
                val answers =
                    commit(
                        Write.StartRun(run("r")),
                        Write.StartRun(run("a")),
                        Write.StartRun(run("r", workflow = "late"), listOf(row(7))),
                    )
                answers[0] shouldBe WriteResult.started(1)
                answers[1] shouldBe WriteResult.started(1)
                answers[2].run() shouldBe run("r")
                store.journal("r").shouldBeEmpty()
            }
        }

        test("an id is free for a start behind what removed its run, in one batch") {
            owned(open) {
                commit(Write.StartRun(run("r")), append("r", row(1), update = finished(RunStatus.COMPLETED)))
                commit(Write.Purge("r"), Write.StartRun(run("r", input = "2")))[1] shouldBe WriteResult.started(1)
                store.find("r").get() shouldBe run("r", input = "2")
                store.journal("r").shouldBeEmpty()
                val again =
                    commit(append("r", row(1)), Write.Reset("r"), Write.StartRun(run("r")), append("r", row(2)))
                again[2] shouldBe WriteResult.started(2)
                store.journal("r") shouldContainExactly listOf(row(2))
            }
        }

        test("the end of a child wakes a parent that is recorded as waiting in the same batch") {
            owned(open) {
                commit(Write.StartRun(run("parent")), Write.StartRun(run("child", parent = "parent")))
                commit(
                    append("parent", update = parked(null)),
                    append("child", update = finished(RunStatus.COMPLETED), wakes = "parent"),
                )
                store.due(StoreRecords.NOW, 10) shouldContainExactly listOf("parent")
            }
        }
    }

private fun recordedContract(open: () -> Store) =
    funSpec {
        test("what is recorded of several runs comes with each one's journal and the signals that wait for it") {
            owned(open) {
                commit(Write.StartRun(run("r")), Write.StartRun(run("a")), Write.StartRun(run("silent ' 漢")))
                commit(append("r", row(2), fullRow(40)), append("a", row(1, "other")), send("r"), send("a"), send("r"))
                commit(append("a", consumed = listOf(1)))
                store.recorded(listOf("silent ' 漢", "r", "nobody", "a")) shouldContainExactlyInAnyOrder
                    listOf("r", "a", "silent ' 漢").map {
                        Recorded(store.find(it).get(), store.journal(it), store.signals(it))
                    }
                store
                    .recorded(listOf("r"))
                    .single()
                    .signals()
                    .map { it.seq() } shouldContainExactly listOf(1, 2)
            }
        }

        test("of a run that was reset, or of no runs, nothing is recorded") {
            owned(open) {
                commit(Write.StartRun(run("r")), append("r", row(1)), Write.Reset("r"))
                store.find("r").shouldBeEmpty()
                store.recorded(listOf("r")).shouldBeEmpty()
                store.recorded(listOf()).shouldBeEmpty()
            }
        }
    }
