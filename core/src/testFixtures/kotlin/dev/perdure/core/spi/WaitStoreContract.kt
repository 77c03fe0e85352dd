package dev.perdure.core.spi

import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import dev.perdure.core.journal.Row
import dev.perdure.core.journal.RunUpdate
import dev.perdure.core.journal.ScheduleRecord
import dev.perdure.core.journal.SignalRecord
import dev.perdure.core.spi.StoreRecords.NOW
import dev.perdure.core.spi.StoreRecords.append
import dev.perdure.core.spi.StoreRecords.engine
import dev.perdure.core.spi.StoreRecords.row
import dev.perdure.core.spi.StoreRecords.run
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import java.util.OptionalLong

/** What every store owes to runs that wait: signals, wake times, waits and schedules. */
fun waitStoreContract(open: () -> Store) =
    funSpec {
        fun owned(test: OwnedWaits.() -> Unit) =
            open().use { store -> OwnedWaits(store, store.acquire(engine("e"))).test() }

        test("signals are numbered in order of arrival, for each run, and kept until they are consumed") {
            owned {
                commit(Write.StartRun(run("r")), Write.StartRun(run("s")))
                commit(signal("r", "a"), signal("s", "a"), signal("r", "b")).map { it.seq() } shouldContainExactly
                    listOf(1, 1, 2)
                store.signals("r").map { it.seq() to it.name() } shouldContainExactly listOf(1L to "a", 2L to "b")
                commit(Write.Append("r", listOf(row(1)), listOf(), listOf(1), null, null))
                store.signals("r").map { it.seq() } shouldContainExactly listOf(2)
                commit(signal("r", "c")).single().seq() shouldBe 3
                store.signals("r").last().payload() shouldBe "\"c\""
            }
        }

        test(
            "a signal with a key counts once, before and after it is consumed; another name or run has keys of its own",
        ) {
            owned {
                commit(Write.StartRun(run("r")), Write.StartRun(run("s")))
                commit(signal("r", "a", "key")).single() shouldBe WriteResult.signal(1)
                val again = commit(signal("r", "a", "key")).single()
                again.kind() to again.seq() shouldBe (WriteResult.Kind.DUPLICATE to 1L)
                commit(Write.Append("r", listOf(row(1)), listOf(), listOf(1), null, null))
                commit(signal("r", "a", "key")).single().kind() shouldBe WriteResult.Kind.DUPLICATE
                commit(signal("r", "b", "key"), signal("s", "a", "key"), signal("r", "a", "other"))
                    .map { it.kind() }
                    .toSet() shouldBe setOf(WriteResult.Kind.DONE)
            }
        }

        test("a signal for an unknown or ended run, or one too many, is refused and changes nothing") {
            owned {
                commit(signal("none", "a")).single().kind() shouldBe WriteResult.Kind.UNKNOWN_RUN
                commit(Write.StartRun(run("r")), Write.StartRun(run("gone")), Write.Reset("gone"))
                commit(signal("gone", "a")).single().kind() shouldBe WriteResult.Kind.UNKNOWN_RUN
                commit(signal("r", "a", limit = 2), signal("r", "a", limit = 2), signal("r", "a", limit = 2))
                    .last()
                    .kind() shouldBe WriteResult.Kind.FULL
                commit(Write.Append("r", listOf(), listOf(), listOf(1), null, null))
                commit(signal("r", "a", limit = 2)).single().kind() shouldBe WriteResult.Kind.DONE
                commit(append("r", update = StoreRecords.finished(RunStatus.COMPENSATED)))
                val ended = commit(signal("r", "a")).single()
                ended.kind() shouldBe WriteResult.Kind.ENDED
                ended.run()!!.status() shouldBe RunStatus.COMPENSATED
            }
        }

        test("runs that wait for a time are found by it, the longest due first, and no others") {
            owned {
                waits("late", 3_000)
                waits("early", 1_000)
                waits("middle", 2_000)
                waits("signal", null)
                commit(Write.StartRun(run("busy")))
                store.due(999, 10).shouldBeEmpty()
                store.due(2_000, 10) shouldContainExactly listOf("early", "middle")
                store.due(9_000, 2) shouldContainExactly listOf("early", "middle")
                store.nextWake(0) shouldBe OptionalLong.of(1_000)
                store.nextWake(1_000) shouldBe OptionalLong.of(2_000)
                store.nextWake(3_000) shouldBe OptionalLong.empty()
                commit(append("early", update = RunUpdate.toStatus(RunStatus.RUNNING, null, NOW)))
                store.due(9_000, 10) shouldContainExactly listOf("middle", "late")
                store.find("late").get().wakeAt() shouldBe 3_000
            }
        }

        test("a signal, and the end of a child, make a run that waits due at once, and no other") {
            owned {
                waits("r", 5_000)
                waits("p", null)
                commit(Write.StartRun(run("busy")))
                commit(signal("r", "a"), signal("busy", "a"))
                commit(Write.Append("busy", listOf(), listOf(), listOf(), null, "p"))
                store.due(0, 10) shouldContainExactly listOf("p", "r")
                store.find("busy").get().wakeAt() shouldBe null
            }
        }

        test("waits of a kind are listed over all runs that have not ended, the oldest first, in pages") {
            owned {
                listOf("a", "b", "c").forEachIndexed { i, id ->
                    commit(Write.StartRun(run(id)), append(id, wait(1, "approval", NOW - i), wait(2, "signal", NOW)))
                }
                commit(append("b", row(3), superseded = listOf(1)))
                store.waits("approval", 10, 0).map { it.runId() } shouldContainExactly listOf("c", "a")
                store.waits("approval", 1, 1).single().row() shouldBe wait(1, "approval", NOW)
                store.waits("signal", 10, 0).map { it.runId() } shouldContainExactly listOf("a", "b", "c")
                commit(append("c", update = StoreRecords.finished(RunStatus.CANCELLED)))
                store.waits("approval", 10, 0).map { it.runId() } shouldContainExactly listOf("a")
            }
        }

        test("schedules are saved, replaced and dropped by name") {
            owned {
                val nightly = ScheduleRecord("nightly", "report", "{}", "1", 5_000, null, NOW, NOW)
                val hourly = ScheduleRecord("hourly", "report", "{}", "2", null, 4_000, NOW, NOW)
                commit(Write.SaveSchedule(nightly), Write.SaveSchedule(hourly))
                store.schedules() shouldContainExactly listOf(hourly, nightly)
                val later = ScheduleRecord("nightly", "report", "{}", "1", 9_000, 5_000, NOW, NOW + 1)
                commit(Write.SaveSchedule(later), Write.DropSchedule("hourly"), Write.DropSchedule("none"))
                store.schedules() shouldContainExactly listOf(later)
            }
        }

        test("a run can start with a journal, and reset forgets its signals") {
            owned {
                commit(Write.StartRun(run("r"), listOf(row(1), row(2))))
                store.journal("r") shouldContainExactly listOf(row(1), row(2))
                commit(signal("r", "a", "key"), Write.Reset("r"), Write.StartRun(run("r")))
                store.signals("r").shouldBeEmpty()
                store.journal("r").shouldBeEmpty()
                commit(signal("r", "a", "key")).single().kind() shouldBe WriteResult.Kind.DONE
            }
        }
    }

private class OwnedWaits(
    val store: Store,
    private val lease: Lease,
) {
    fun commit(vararg writes: Write): List<WriteResult> = store.commit(lease, writes.toList())

    fun signal(
        runId: String,
        name: String,
        key: String? = null,
        limit: Int = 100,
    ) = Write.Signal(runId, SignalRecord(0, name, "\"$name\"", key, NOW), limit)

    fun waits(
        id: String,
        wakeAt: Long?,
    ) {
        val update = RunUpdate(RunStatus.WAITING, null, null, null, 0, NOW, null, wakeAt)
        commit(Write.StartRun(run(id)), append(id, update = update))
    }

    fun wait(
        seq: Long,
        kind: String,
        since: Long,
    ) = Row(
        seq,
        "wait",
        null,
        null,
        kind,
        1,
        StepStatus.WAITING,
        null,
        null,
        null,
        "{}",
        null,
        since,
        null,
        null,
        null,
        null,
        null,
        5,
    )
}
