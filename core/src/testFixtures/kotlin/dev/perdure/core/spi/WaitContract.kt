package dev.perdure.core.spi

import dev.perdure.core.RunStatus
import dev.perdure.core.journal.WaitRecord
import dev.perdure.core.spi.StoreRecords.NOW
import dev.perdure.core.spi.StoreRecords.append
import dev.perdure.core.spi.StoreRecords.finished
import dev.perdure.core.spi.StoreRecords.parked
import dev.perdure.core.spi.StoreRecords.row
import dev.perdure.core.spi.StoreRecords.run
import dev.perdure.core.spi.StoreRecords.signal
import dev.perdure.core.spi.StoreRecords.wait
import io.kotest.core.factory.TestFactory
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.shouldBe
import java.util.OptionalLong

/** The part of the contract of a [Store] that is about runs that wait. */
internal fun waitContract(open: () -> Store): TestFactory =
    funSpec {
        include(dueContract(open))
        include(wakeContract(open))
        include(waitsContract(open))
    }

private fun OwnedStore.park(
    runId: String,
    wakeAt: Long?,
    status: RunStatus = RunStatus.WAITING,
) = commit(Write.StartRun(run(runId)), append(runId, update = parked(wakeAt, status)))

private fun dueContract(open: () -> Store) =
    funSpec {
        test("runs are due in the order of their time, then id, and not before it") {
            owned(open) {
                park("late", NOW + 2)
                park("b", NOW + 1)
                park("a", NOW + 1)
                park("first", NOW)
                store.due(NOW - 1, 9).shouldBeEmpty()
                store.due(NOW, 9) shouldContainExactly listOf("first")
                store.due(NOW + 1, 9) shouldContainExactly listOf("first", "a", "b")
                store.due(Long.MAX_VALUE, 9) shouldContainExactly listOf("first", "a", "b", "late")
                store.due(Long.MAX_VALUE, 2) shouldContainExactly listOf("first", "a")
                store.nextWake(-1) shouldBe OptionalLong.of(NOW)
                store.nextWake(NOW) shouldBe OptionalLong.of(NOW + 1)
                store.nextWake(NOW + 1) shouldBe OptionalLong.of(NOW + 2)
                store.nextWake(NOW + 2) shouldBe OptionalLong.empty()
            }
        }

        test("only runs that are WAITING for a time are due") {
            owned(open) {
                park("for a signal", null)
                RunStatus.entries.filterNot { it == RunStatus.WAITING }.forEach { park(it.name, NOW, it) }
                store.due(Long.MAX_VALUE, 99).shouldBeEmpty()
                store.nextWake(-1) shouldBe OptionalLong.empty()
                park("for a time", NOW + 7)
                store.due(Long.MAX_VALUE, 99) shouldContainExactly listOf("for a time")
                store.nextWake(-1) shouldBe OptionalLong.of(NOW + 7)
            }
        }

        test("an engine claims what is due, the longest due first, and no more than it asks for") {
            owned(open) {
                park("late", NOW + 2)
                park("b", NOW + 1)
                park("first", NOW)
                store.claim(lease, NOW - 1, 9).shouldBeEmpty()
                store.claim(lease, NOW + 1, 1) shouldContainExactly listOf("first")
                commit(append("first", update = finished(RunStatus.COMPLETED)))
                store.claim(lease, NOW + 1, 9) shouldContainExactly listOf("b")
            }
        }

        test("an engine claims runs by their ids, in any status, and again those that it has") {
            owned(open) {
                RunStatus.entries.forEach { park(it.name, null, it) }
                val ids = RunStatus.entries.map { it.name }.reversed()
                repeat(2) { store.claim(lease, ids) shouldContainExactly ids }
                store.claim(lease, emptyList()).shouldBeEmpty()
                ids.forEach { commit(append(it, row(1))).single().isDone shouldBe true }
            }
        }

        test("a run that is taken up is not due any more, and due again when it waits again") {
            owned(open) {
                park("r", NOW)
                commit(append("r", update = parked(null, RunStatus.RUNNING)))
                store.due(Long.MAX_VALUE, 9).shouldBeEmpty()
                commit(append("r", update = parked(NOW + 8)))
                store.nextWake(-1) shouldBe OptionalLong.of(NOW + 8)
                commit(Write.Reset("r"))
                store.nextWake(-1) shouldBe OptionalLong.empty()
            }
        }

        test("an update sets the time at which a run is due, or that there is none") {
            owned(open) {
                park("r", NOW + 5)
                store.find("r").get() shouldBe run("r").with(parked(NOW + 5))
                commit(append("r", update = parked(null)))
                store.find("r").get().wakeAt() shouldBe null
                commit(append("r", row(1)))
                store.find("r").get() shouldBe run("r").with(parked(null))
            }
        }
    }

private fun wakeContract(open: () -> Store) =
    funSpec {
        test("the end of a run wakes its caller in the same commit, whether or not that waits for a time") {
            owned(open) {
                park("timed", NOW + 500)
                park("untimed", null)
                commit(Write.StartRun(run("child", parent = "timed")))
                commit(append("child", update = finished(RunStatus.COMPLETED), wakes = "timed"))
                store.due(0, 9) shouldContainExactly listOf("timed")
                store.find("timed").get() shouldBe run("timed").with(parked(NOW + 500)).wakingAt(0)
                commit(append("child", wakes = "untimed"))
                store.due(0, 9) shouldContainExactly listOf("timed", "untimed")
                store.nextWake(-1) shouldBe OptionalLong.of(0)
            }
        }

        test("a run that has ended, or is not there, is not woken") {
            owned(open) {
                commit(Write.StartRun(run("child")))
                RunStatus.entries.filter { it.isTerminal && it != RunStatus.RESET }.forEach { status ->
                    park(status.name, null, status)
                    commit(append("child", wakes = status.name))
                    store.find(status.name).get() shouldBe run(status.name).with(parked(null, status))
                }
                commit(append("child", row(1), wakes = "nobody"))
                store.find("nobody").isPresent shouldBe false
                store.due(Long.MAX_VALUE, 99).shouldBeEmpty()
            }
        }

        test("a run that is woken before it is recorded as waiting is due as soon as it is, and then no more") {
            owned(open) {
                commit(Write.StartRun(run("child")))
                RunStatus.entries.filterNot { it.isTerminal || it == RunStatus.WAITING }.forEach { status ->
                    park(status.name, null, status)
                    commit(append("child", wakes = status.name))
                    store.due(Long.MAX_VALUE, 99).shouldBeEmpty()
                    commit(append(status.name, update = parked(NOW + 5)))
                    store.due(0, 99) shouldContainExactly listOf(status.name)
                    store.claim(lease, listOf(status.name)) shouldContainExactly listOf(status.name)
                    commit(append(status.name, update = parked(NOW + 5)))
                    store.due(0, 99).shouldBeEmpty()
                    commit(append(status.name, update = finished(RunStatus.COMPLETED)))
                }
            }
        }

        test("what came while its owner had a waiting run in memory is there for the next owner to find") {
            owned(open) {
                park("signalled", NOW + 5)
                park("called", NOW + 5)
                park("patient", NOW + 5)
                commit(append("called", wait(1, "call")), Write.StartRun(run("child", parent = "called")))
                commit(Write.Signal("signalled", signal(), 9))
                commit(append("child", update = finished(RunStatus.COMPLETED), wakes = "called"))
                listOf("signalled", "called").forEach { commit(append(it, update = parked(NOW + 6))) }
                store.unheard() + store.due(0, 9) shouldContainExactlyInAnyOrder listOf("called", "signalled")
            }
        }

        test("a run that ends is to be woken no more, also for what came for it and was not heard") {
            owned(open) {
                RunStatus.entries.filter { it.isTerminal && it != RunStatus.RESET }.forEach { status ->
                    val runId = status.name
                    commit(Write.StartRun(run(runId)), Write.Signal(runId, signal(), 9))
                    store.find(runId).get().wakeAt() shouldBe 0
                    commit(append(runId, update = finished(status)))
                    store.find(runId).get().wakeAt() shouldBe null
                }
            }
        }

        test("a run is woken after the update that the same write brings") {
            owned(open) {
                commit(Write.StartRun(run("r")), append("r", update = parked(NOW + 5), wakes = "r"))
                store.find("r").get().wakeAt() shouldBe 0
            }
        }
    }

private fun waitsContract(open: () -> Store) =
    funSpec {
        test("waits of one kind are listed over all runs, the oldest first, then by run and seq") {
            owned(open) {
                commit(Write.StartRun(run("b"), listOf(wait(1, startedAt = NOW + 2), wait(2), wait(3))))
                commit(Write.StartRun(run("a"), listOf(row(1), wait(2), wait(3, "approval"))))
                store.waits("signal", 9, 0) shouldContainExactly
                    listOf(
                        WaitRecord("a", wait(2)),
                        WaitRecord("b", wait(2)),
                        WaitRecord("b", wait(3)),
                        WaitRecord("b", wait(1, startedAt = NOW + 2)),
                    )
                store.waits("approval", 9, 0) shouldContainExactly listOf(WaitRecord("a", wait(3, "approval")))
                store.waits("sleep", 9, 0).shouldBeEmpty()
            }
        }

        test("waits are listed by the page") {
            owned(open) {
                commit(Write.StartRun(run("r"), (1L..5L).map { wait(it, startedAt = NOW - it) }))

                fun page(
                    limit: Int,
                    offset: Int,
                ) = store.waits("signal", limit, offset).map { it.row().seq() }
                page(2, 0) shouldContainExactly listOf(5, 4)
                page(2, 2) shouldContainExactly listOf(3, 2)
                page(9, 4) shouldContainExactly listOf(1)
                page(9, 5).shouldBeEmpty()
                page(0, 0).shouldBeEmpty()
            }
        }

        test("a wait is listed until its outcome takes its place") {
            owned(open) {
                commit(Write.StartRun(run("r"), listOf(wait(1), wait(2))))
                commit(append("r", row(3), superseded = listOf(1)))
                store.waits("signal", 9, 0) shouldContainExactly listOf(WaitRecord("r", wait(2)))
            }
        }

        test("waits of runs that have ended, were reset or never started are not listed") {
            owned(open) {
                RunStatus.entries.forEachIndexed { i, status ->
                    commit(Write.StartRun(run(status.name), listOf(wait(1, startedAt = NOW + i))))
                    commit(append(status.name, update = parked(null, status)))
                }
                commit(append("nobody", wait(1)))
                store.waits("signal", 99, 0).map { it.runId() } shouldContainExactly
                    RunStatus.entries.filterNot { it.isTerminal }.map { it.name }
            }
        }
    }
