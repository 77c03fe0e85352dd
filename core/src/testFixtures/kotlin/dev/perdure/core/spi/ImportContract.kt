package dev.perdure.core.spi

import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import dev.perdure.core.journal.Row
import dev.perdure.core.journal.StoredSignal
import dev.perdure.core.spi.StoreRecords.NOW
import dev.perdure.core.spi.StoreRecords.append
import dev.perdure.core.spi.StoreRecords.engine
import dev.perdure.core.spi.StoreRecords.finished
import dev.perdure.core.spi.StoreRecords.fullRow
import dev.perdure.core.spi.StoreRecords.parked
import dev.perdure.core.spi.StoreRecords.row
import dev.perdure.core.spi.StoreRecords.run
import dev.perdure.core.spi.StoreRecords.signal
import dev.perdure.core.transfer.RunCopy
import dev.perdure.core.transfer.RunExport
import dev.perdure.core.transfer.RunImport
import io.kotest.core.factory.TestFactory
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.optional.shouldBePresent
import io.kotest.matchers.shouldBe

/** The part of the contract of a [Store] that is about runs which come from another one. */
internal fun importContract(open: () -> Store): TestFactory =
    funSpec {
        val waiting = run("r").inGeneration(3).with(parked(NOW + 50))
        val taken = StoredSignal(signal(seq = 2, key = "k"), NOW + 4, "wait_1")
        val signals = listOf(taken, StoredSignal.waiting(signal("later", seq = 5)))

        test("a run that is imported is as it was, with its generation, journal and signals") {
            owned(open) {
                answer(Write.ImportRun(waiting, listOf(row(1), fullRow(4)), signals)) shouldBe WriteResult.DONE
                store.find("r") shouldBePresent { it shouldBe waiting }
                store.journal("r") shouldContainExactly listOf(row(1), fullRow(4))
                store.storedSignals("r") shouldContainExactly signals
                store.signals("r") shouldContainExactly listOf(signal("later", seq = 5))
                store.due(NOW + 50, 9) shouldContainExactly listOf("r")
            }
        }

        test("an imported run goes on like any other: keys stay known, numbers go on") {
            owned(open) {
                commit(Write.ImportRun(waiting, listOf(row(1)), signals))
                val again = answer(Write.Signal("r", signal(key = "k"), 9))
                (again.kind() to again.seq()) shouldBe (WriteResult.Kind.DUPLICATE to 2L)
                answer(Write.Signal("r", signal(), 9)) shouldBe WriteResult.signal(6)
                commit(append("r", row(7), consumed = listOf(5), update = finished(RunStatus.COMPLETED)))
                store.journal("r") shouldContainExactly listOf(row(1), row(7))
                store.signals("r") shouldContainExactly listOf(signal(seq = 6))
            }
        }

        test("nothing of a run is imported whose id is taken, or was") {
            owned(open) {
                commit(Write.StartRun(run("r"), listOf(row(1))), Write.StartRun(run("gone")), Write.Reset("gone"))
                answer(Write.ImportRun(waiting, listOf(row(2)), signals)) shouldBe WriteResult.exists(run("r"))
                answer(Write.ImportRun(run("gone"), listOf(row(2)), signals)).kind() shouldBe WriteResult.Kind.EXISTS
                store.journal("r") shouldContainExactly listOf(row(1))
                store.storedSignals("r").shouldBeEmpty()
                store.journal("gone").shouldBeEmpty()
                store.find("gone").isPresent shouldBe false
            }
        }

        test("signals are stored with when they were consumed, and by which wait") {
            owned(open) {
                val wait = completedWait(3)
                commit(Write.StartRun(run("r")), Write.Signal("r", signal(), 9), Write.Signal("r", signal("b"), 9))
                commit(append("r", wait, consumed = listOf(1)))
                store.storedSignals("r") shouldContainExactly
                    listOf(
                        StoredSignal(signal(seq = 1), wait.finishedAt(), wait.path()),
                        StoredSignal.waiting(signal("b", seq = 2)),
                    )
                commit(Write.Reset("r"))
                store.storedSignals("r").shouldBeEmpty()
            }
        }

        test("what is exported from one store and imported into another is the same there") {
            val lines = mutableListOf<String>()
            open().use { from ->
                val lease = from.acquire(engine("engine-1"))
                val done = run("ended").with(finished(RunStatus.COMPLETED, "{\"k\":1}", 3))
                from.commit(
                    lease,
                    listOf(
                        Write.ImportRun(waiting, ImportRows.valid, signals),
                        Write.ImportRun(done, ImportRows.valid, signals),
                    ),
                )
                from.commit(lease, listOf(Write.SaveDefinition(StoreRecords.definition("onboard", 3, "{\"漢\":1}\n"))))
                from.release(lease)
                RunExport(from, lines::add).run { listOf("r", "ended").forEach(::write) }
                open().use { to ->
                    val told = mutableListOf<RunImport.Imported>()
                    repeat(2) { RunImport(to).use { it.read(lines.stream(), told::add) } }
                    told.map { it.runId() to it.outcome() } shouldContainExactly
                        RunImport.Outcome.entries.flatMap { listOf("r" to it, "ended" to it) }
                    listOf("r", "ended").forEach { RunCopy.of(to, it) shouldBe RunCopy.of(from, it) }
                }
            }
        }
    }

private fun completedWait(seq: Long): Row =
    row(seq).let {
        Row(
            seq,
            "wait",
            null,
            null,
            "signal",
            1,
            StepStatus.COMPLETED,
            it.output(),
            null,
            null,
            null,
            null,
            NOW,
            NOW + 8,
            null,
            null,
            null,
            null,
            it.checksum(),
        )
    }
