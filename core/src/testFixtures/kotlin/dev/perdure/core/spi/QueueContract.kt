package dev.perdure.core.spi

import dev.perdure.core.ErrorCode
import dev.perdure.core.RunStatus
import dev.perdure.core.journal.Placement
import dev.perdure.core.journal.QueueRecord
import dev.perdure.core.journal.RunRecord
import dev.perdure.core.journal.RunUpdate
import dev.perdure.core.spi.StoreRecords.NOW
import dev.perdure.core.spi.StoreRecords.append
import dev.perdure.core.spi.StoreRecords.finished
import dev.perdure.core.spi.StoreRecords.parked
import dev.perdure.core.spi.StoreRecords.row
import dev.perdure.core.spi.StoreRecords.run
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.factory.TestFactory
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.comparables.shouldBeGreaterThan
import io.kotest.matchers.comparables.shouldBeLessThanOrEqualTo
import io.kotest.matchers.nulls.shouldNotBeNull
import io.kotest.matchers.shouldBe
import java.time.Duration

private const val HOUR = 3_600_000L

/** A run that waits in queue `q` unless said otherwise. */
internal fun queued(
    id: String,
    queue: String = "q",
    priority: Int = 0,
    startAt: Long? = null,
    key: String? = null,
    workflow: String = "onboard",
    createdAt: Long = NOW,
): RunRecord = run(id, workflow, createdAt = createdAt).pending().placed(Placement(queue, priority, startAt, null, key))

private fun queue(
    name: String = "q",
    concurrency: Int? = null,
    rate: Int? = null,
) = QueueRecord(name, concurrency, rate, if (rate == null) 0 else HOUR, NOW)

private fun OwnedStore.admitted(
    limit: Int = 10,
    at: Long = NOW,
    workflows: Set<String> = setOf("onboard"),
    queues: List<String> = listOf("q"),
): Admitted = store.admit(lease, Admission(at, limit, workflows.map { Claim.Version(it, 3) }.toSet(), queues))

private fun OwnedStore.begun(limit: Int = 10): List<String> = admitted(limit).runs().map { it.id() }

private fun OwnedStore.starts(vararg runs: RunRecord) = commit(*runs.map { Write.StartRun(it) }.toTypedArray())

private fun OwnedStore.ends(id: String) = commit(append(id, update = finished(RunStatus.COMPLETED)))

/** The part of the contract of a [Store] that is about which runs begin, and when. */
internal fun queueContract(open: () -> Store): TestFactory =
    funSpec {
        include(turnContract(open))
        include(rateContract(open))
        include(delayContract(open))
        include(dedupContract(open))
        include(withdrawContract(open))
    }

private fun turnContract(open: () -> Store) =
    funSpec {
        test("a queue is found as it was saved last") {
            owned(open) {
                store.queues().shouldBeEmpty()
                commit(Write.SaveQueue(queue("z", 2)), Write.SaveQueue(queue("a", rate = 3)))
                commit(Write.SaveQueue(queue("z", 7)))
                store.queues() shouldContainExactly listOf(queue("a", rate = 3), queue("z", 7))
            }
        }

        test("a run that waits in a queue is found as it was given, and is neither pending nor claimed") {
            owned(open) {
                val waiting = queued("r", "漢 ' queue", -7, NOW + 5, "key")
                starts(waiting, queued("s"))
                store.find("r").get() shouldBe waiting
                store.list(RunQuery.unfinished()).first() shouldBe waiting
                store.pending().shouldBeEmpty()
                store.claim(lease, Claim.of(NOW, 9)).shouldBeEmpty()
                if (store.isShared) store.claim(lease, listOf("r", "s")).shouldBeEmpty()
            }
        }

        test("runs that wait for a place only are pending, highest priority first, then oldest") {
            owned(open) {
                starts(
                    queued("late", "", 1, createdAt = NOW + 1),
                    queued("b", "", 1),
                    queued("a", "", 1),
                    queued("last", "", -3),
                    queued("first", "", 9, createdAt = NOW + 9),
                    queued("waits"),
                    run("begun"),
                )
                val order = listOf("first", "a", "b", "late", "last")
                store.pending().map { it.id() } shouldContainExactly order
                store.pending().map { it.priority() } shouldContainExactly listOf(9, 1, 1, 1, -3)
                if (store.isShared) store.claim(lease, Claim.of(NOW, 9)) shouldContainExactly order
            }
        }

        test("so many runs of a queue begin as it has slots, highest priority first, then oldest") {
            owned(open) {
                commit(Write.SaveQueue(queue(concurrency = 2)))
                starts(queued("old"), queued("young", createdAt = NOW + 1), queued("high", priority = 5), queued("z"))
                val first = admitted()
                first.runs() shouldContainExactly listOf(PendingRun("high", 5), PendingRun("old", 0))
                first.isMore shouldBe false
                begun().shouldBeEmpty()
                store.find("high").get().let {
                    it.status() shouldBe RunStatus.PENDING
                    it.isHeldBack shouldBe false
                    it.placement().beganAt().shouldNotBeNull()
                }
                ends("old")
                begun() shouldContainExactly listOf("z")
            }
        }

        test("a slot is kept by a run that waits, is paused, or goes on after it had ended") {
            owned(open) {
                commit(Write.SaveQueue(queue(concurrency = 3)))
                starts(*(1..9).map { queued("r$it") }.toTypedArray())
                begun() shouldContainExactly listOf("r1", "r2", "r3")
                commit(append("r1", update = parked(null)), append("r2", update = parked(null, RunStatus.PAUSED)))
                begun().shouldBeEmpty()
                ends("r3")
                commit(append("r3", update = parked(null, RunStatus.RUNNING)))
                begun().shouldBeEmpty()
                ends("r1")
                commit(Write.Reset("r2"))
                begun() shouldContainExactly listOf("r4", "r5")
            }
        }

        test("no more begin than are asked for, of the queues and workflows that are asked for") {
            owned(open) {
                commit(Write.SaveQueue(queue()), Write.SaveQueue(queue("p")))
                starts(queued("other", workflow = "other"), queued("r1"), queued("r2"), queued("p1", "p"))
                starts(queued("undeclared", "u"))
                admitted(1, queues = listOf("u", "q")).let {
                    it.runs() shouldContainExactly listOf(PendingRun("r1", 0))
                    it.isMore shouldBe true
                }
                admitted(9, queues = listOf("p", "q")).runs().map { it.id() } shouldContainExactly listOf("p1", "r2")
                admitted(9, workflows = setOf("other")).runs().map { it.id() } shouldContainExactly listOf("other")
                admitted(0) shouldBe Admitted.NOTHING
                store.find("undeclared").get().isHeldBack shouldBe true
            }
        }

        test("who has lost the lease lets nothing begin") {
            owned(open) {
                commit(Write.SaveQueue(queue()))
                starts(queued("r"))
                store.release(lease)
                shouldThrow<StoreException> { admitted() }.code() shouldBe ErrorCode.OWNERSHIP_LOST
                store.find("r").get().isHeldBack shouldBe true
            }
        }
    }

private fun rateContract(open: () -> Store) =
    funSpec {
        test("so many runs begin in a period as the rate says, whether they have ended or not") {
            owned(open) {
                commit(Write.SaveQueue(queue(rate = 3)))
                starts(*(1..5).map { queued("r$it") }.toTypedArray())
                begun(2) shouldContainExactly listOf("r1", "r2")
                ends("r1")
                val last = admitted()
                last.runs().map { it.id() } shouldContainExactly listOf("r3")
                last.again().shouldNotBeNull() shouldBeGreaterThan Duration.ZERO
                last.again()!! shouldBeLessThanOrEqualTo Duration.ofMillis(HOUR)
                ends("r2")
                begun().shouldBeEmpty()
            }
        }

        test("a queue that saves a greater rate lets more begin") {
            owned(open) {
                commit(Write.SaveQueue(queue(rate = 1, concurrency = 4)))
                starts(*(1..5).map { queued("r$it") }.toTypedArray())
                begun() shouldContainExactly listOf("r1")
                commit(Write.SaveQueue(queue(concurrency = 4)))
                begun() shouldContainExactly listOf("r2", "r3", "r4")
            }
        }
    }

private fun delayContract(open: () -> Store) =
    funSpec {
        test("a run does not begin before its time, which is the next that something is due") {
            owned(open) {
                starts(queued("later", "", startAt = NOW + 50), queued("soon", "", 3, startAt = NOW + 20))
                store.nextWake(NOW).asLong shouldBe NOW + 20
                store.nextWake(NOW + 20).asLong shouldBe NOW + 50
                store.nextWake(NOW + 50).isPresent shouldBe false
                store.pending().shouldBeEmpty()
                ripe(NOW + 19).shouldBeEmpty()
                ripe(NOW + 20) shouldContainExactly listOf("soon")
                ripe(NOW + 60) shouldContainExactly listOf("later")
                store.nextWake(NOW).isPresent shouldBe false
                val later = store.find("later").get()
                later.isHeldBack shouldBe false
                later.beginsAt() shouldBe NOW + 50
            }
        }

        test("of many runs whose time has come at once, none is forgotten, however few are asked for at once") {
            owned(open) {
                starts(*(1..5).map { queued("waits$it", startAt = NOW + 5) }.toTypedArray())
                starts(*(1..3).map { queued("u$it", "", startAt = NOW + 6) }.toTypedArray())
                val begun =
                    buildList {
                        do {
                            val next = admitted(2, NOW + 9)
                            addAll(next.runs().map { it.id() })
                        } while (next.isMore)
                    }
                val claimed = if (store.isShared) store.claim(lease, Claim.of(NOW + 9, 9)) else emptyList()
                begun + claimed shouldContainExactly listOf("u1", "u2", "u3")
                store.nextWake(NOW).isPresent shouldBe false
            }
        }

        test("a run in a queue begins after its time, when it is its turn") {
            owned(open) {
                commit(Write.SaveQueue(queue(concurrency = 1)))
                starts(queued("timed", priority = 9, startAt = NOW + 50), queued("a"), queued("b"))
                begun() shouldContainExactly listOf("a")
                admitted(at = NOW + 50).runs().shouldBeEmpty()
                ends("a")
                begun() shouldContainExactly listOf("timed")
            }
        }
    }

/** What may begin at a time, and is in no queue. */
private fun OwnedStore.ripe(at: Long): List<String> =
    if (store.isShared) store.claim(lease, Claim.of(at, 9)) else admitted(at = at).runs().map { it.id() }

private fun dedupContract(open: () -> Store) =
    funSpec {
        test("while a run with its key in its queue has not ended, a run is not started; the answer has that run") {
            owned(open) {
                commit(Write.SaveQueue(queue()))
                starts(queued("r", key = "k"))
                val second = commit(Write.StartRun(queued("s", key = "k"), listOf(row(1)))).single()
                second shouldBe WriteResult.exists(queued("r", key = "k"))
                begun() shouldContainExactly listOf("r")
                commit(append("r", update = parked(null)))
                starts(queued("s", key = "k")).single().run()?.id() shouldBe "r"
                store.find("s").isPresent shouldBe false
                store.journal("s").shouldBeEmpty()
            }
        }

        test("a key counts in its own queue, and is free again when its run has ended or was reset") {
            owned(open) {
                starts(
                    queued("r", key = "k"),
                    queued("other", "p", key = "k"),
                    queued("none"),
                ).map { it.isDone } shouldBe
                    listOf(true, true, true)
                ends("r")
                starts(queued("s", key = "k")).single() shouldBe WriteResult.started(1)
                commit(append("r", update = parked(null, RunStatus.RUNNING)))
                commit(Write.Reset("s"))
                starts(queued("t", key = "k"), queued("s", key = "k")).map { it.run()?.id() } shouldContainExactly
                    listOf(null, "t")
                ends("t")
                starts(queued("s", key = "k")).single() shouldBe WriteResult.started(2)
            }
        }

        test("a start that is committed again finds its own run, also when that has ended") {
            owned(open) {
                starts(queued("r", key = "k"))
                starts(queued("r", key = "k")).single().run()?.id() shouldBe "r"
                ends("r")
                starts(queued("s", key = "k"))
                starts(queued("r", key = "k")).single().run()?.id() shouldBe "r"
            }
        }

        test("two starts with one key in one batch start one run") {
            owned(open) {
                starts(queued("r", key = "k"), queued("s", key = "k")).map { it.run()?.id() } shouldContainExactly
                    listOf(null, "r")
            }
        }

        test("a run is imported with its place in its queue, unless its key is taken there") {
            owned(open) {
                val begun = queued("r", key = "k", priority = 4).let { it.placed(it.placement().begun(NOW + 3)) }
                commit(Write.ImportRun(begun, listOf(row(1)), emptyList())).single() shouldBe WriteResult.DONE
                store.find("r").get() shouldBe begun
                val second = commit(Write.ImportRun(queued("s", key = "k"), listOf(row(1)), emptyList())).single()
                second shouldBe WriteResult.exists(begun)
                store.find("s").isPresent shouldBe false
            }
        }
    }

private fun withdrawContract(open: () -> Store) =
    funSpec {
        val cancelled = RunUpdate(RunStatus.CANCELLED, null, null, null, 0, NOW + 9, NOW + 9, null)

        fun withdraw(
            id: String,
            update: RunUpdate = cancelled,
        ) = Write.Withdraw(id, listOf(row(1)), update)

        test("a run that waits for its turn or its time ends by being withdrawn, once, and its key is free") {
            owned(open) {
                commit(Write.SaveQueue(queue()))
                starts(queued("r", key = "k"), queued("later", "", startAt = NOW + 9), queued("s"))
                commit(withdraw("r"), withdraw("later")).map { it.isDone } shouldBe listOf(true, true)
                answer(withdraw("r")) shouldBe WriteResult.DONE
                val again = RunUpdate(RunStatus.CANCELLED, null, null, null, 0, NOW + 10, NOW + 10, null)
                answer(withdraw("r", again)).kind() shouldBe WriteResult.Kind.ENDED
                val ended = store.find("r").get()
                ended.status() shouldBe RunStatus.CANCELLED
                ended.finishedAt() shouldBe NOW + 9
                ended.placement() shouldBe Placement("q", 0, null, null, null)
                store.journal("r") shouldContainExactly listOf(row(1))
                ripe(NOW + 60) shouldContainExactly (if (store.isShared) emptyList() else listOf("s"))
                store.nextWake(NOW).isPresent shouldBe false
                starts(queued("t", key = "k")).single() shouldBe WriteResult.started(1)
            }
        }

        test("a run that has begun, has ended or is not there is not withdrawn") {
            owned(open) {
                commit(Write.SaveQueue(queue()))
                starts(queued("begun"), queued("cancelled"), queued("ended"))
                begun() shouldContainExactly listOf("begun", "cancelled", "ended")
                starts(run("running"), queued("plain", "", priority = 1), queued("reset"))
                ends("ended")
                commit(append("cancelled", update = cancelled), Write.Reset("reset"))
                val expected =
                    mapOf(
                        "begun" to WriteResult.Kind.BEGUN,
                        "ended" to WriteResult.Kind.ENDED,
                        "cancelled" to WriteResult.Kind.ENDED,
                        "running" to WriteResult.Kind.BEGUN,
                        "plain" to WriteResult.Kind.BEGUN,
                        "reset" to WriteResult.Kind.UNKNOWN_RUN,
                        "no" to WriteResult.Kind.UNKNOWN_RUN,
                    )
                val answers = commit(*expected.keys.map { withdraw(it) }.toTypedArray())
                expected.keys.zip(answers.map { it.kind() }).toMap() shouldBe expected
                store.journal("begun").shouldBeEmpty()
                store.find("begun").get().status() shouldBe RunStatus.PENDING
            }
        }

        test("a run that goes on after it was withdrawn takes up a slot") {
            owned(open) {
                commit(Write.SaveQueue(queue(concurrency = 1)))
                starts(queued("r"), queued("s"))
                commit(withdraw("r"), append("r", update = parked(null, RunStatus.RUNNING)))
                begun().shouldBeEmpty()
                ends("r")
                begun() shouldContainExactly listOf("s")
            }
        }
    }
