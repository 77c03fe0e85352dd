package dev.perdure.storage

import dev.perdure.core.ErrorCode
import dev.perdure.core.RunStatus
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
import dev.perdure.core.spi.Write
import dev.perdure.core.spi.WriteResult
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain

/** An engine as far as its store sees it. */
private class Member(
    name: String,
    schema: String,
) : AutoCloseable {
    val store: PostgresStore = PostgresServer.open(schema)
    val lease: Lease = store.acquire(engine(name))

    fun commit(vararg writes: Write): List<WriteResult> = store.commit(lease, writes.toList())

    fun claim(limit: Int): List<String> = store.claim(lease, NOW, limit)

    fun claim(
        limit: Int,
        vararg workflows: Claim.Version,
    ): List<String> = store.claim(lease, Claim(NOW, limit, workflows.toSet()))

    fun lost(action: Member.() -> Any?) =
        shouldThrow<StoreException> { action() }.let {
            it.code() shouldBe ErrorCode.OWNERSHIP_LOST
            it.message shouldContain lease.engineId()
        }

    override fun close(): Unit = store.close()
}

private fun <T> List<Member>.closing(use: (List<Member>) -> T): T =
    try {
        use(this)
    } finally {
        forEach { it.close() }
    }

/** Several engines on one database, as their stores see them. */
class PostgresOwnerSpec :
    FunSpec({
        fun members(
            count: Int,
            test: (List<Member>, String) -> Unit,
        ) {
            val schema = PostgresServer.newSchema()
            (1..count).map { Member("engine-$it", schema) }.closing { test(it, schema) }
        }

        fun pending(id: String) = Write.StartRun(run(id).pending())

        listOf(2, 3).forEach { count ->
            test("E64 P58 $count engines that claim 40 runs at once get different ones, and all of them") {
                members(count) { engines, _ ->
                    val ids = (10 until 50).map { "run-$it" }
                    engines.first().commit(*ids.map(::pending).toTypedArray())
                    val claimed =
                        atOnce(engines) { member ->
                            generateSequence { member.claim(3) }.takeWhile { it.isNotEmpty() }.flatten().toList()
                        }
                    claimed.flatten() shouldContainExactlyInAnyOrder ids
                    engines.zip(claimed).forEach { (member, own) ->
                        own.forEach { member.commit(append(it, row(1))).single().isDone shouldBe true }
                    }
                }
            }
        }

        test("what is due is claimed before what is free, each in its order, and no more than is asked for") {
            members(2) { (one, two), _ ->
                one.commit(
                    Write.StartRun(run("new", createdAt = NOW + 1).pending()),
                    Write.StartRun(run("old", createdAt = NOW).pending()),
                    Write.StartRun(run("late")),
                    append("late", update = parked(NOW)),
                    Write.StartRun(run("woken")),
                    append("woken", update = parked(0)),
                    Write.StartRun(run("asleep")),
                    append("asleep", update = parked(NOW + 1)),
                )
                two.claim(0).shouldBeEmpty()
                two.claim(3) shouldContainExactly listOf("woken", "late", "old")
                one.claim(9) shouldContainExactly listOf("new")
            }
        }

        test("a run that an engine started is its own, and nobody claims it; one that waits or has ended is nobody's") {
            members(2) { (one, two), _ ->
                one.commit(Write.StartRun(run("busy")))
                listOf(RunStatus.PAUSED, RunStatus.COMPLETED).forEach { status ->
                    one.commit(Write.StartRun(run(status.name)), append(status.name, update = parked(0, status)))
                }
                two.claim(9).shouldBeEmpty()
                one.commit(append("busy", update = parked(NOW)))
                two.claim(9) shouldContainExactly listOf("busy")
                one.claim(9).shouldBeEmpty()
                two.commit(append("busy", update = parked(NOW)))
                one.claim(9) shouldContainExactly listOf("busy")
            }
        }

        test("runs that are asked something are claimed by their ids, unless another engine has them") {
            members(2) { (one, two), _ ->
                one.commit(Write.StartRun(run("theirs")), Write.StartRun(run("paused")), pending("new"))
                one.commit(append("paused", update = parked(null, RunStatus.PAUSED)))
                val asked = listOf("theirs", "paused", "nobody's", "new")
                repeat(2) { two.store.claim(two.lease, asked) shouldContainExactly listOf("new") }
                one.store.claim(one.lease, asked) shouldContainExactly listOf("theirs", "paused")
                one.store.release(one.lease)
                two.store.claim(two.lease, asked) shouldContainExactly asked - "nobody's"
            }
        }

        test("an engine is given runs of the workflows and versions that it asks for") {
            members(1) { (one), _ ->
                one.commit(pending("other"), Write.StartRun(run("mine", "w").pending()))
                one.commit(Write.StartRun(run("asleep", "w")), append("asleep", update = parked(NOW)))
                one.claim(9, Claim.Version("w", 2)).shouldBeEmpty()
                one.claim(9, Claim.Version("w", 2), Claim.Version("w", 3)) shouldContainExactly listOf("asleep", "mine")
                one.store
                    .find("asleep")
                    .get()
                    .status() shouldBe RunStatus.RUNNING
            }
        }

        test("an engine is told once of what came for a run that it has, and what waits becomes due instead") {
            members(2) { (one, two), _ ->
                one.commit(Write.StartRun(run("r")), Write.StartRun(run("s")))
                two.commit(Write.Signal("r", signal(), 9))
                two.store.woken(two.lease, 9).shouldBeEmpty()
                one.store.woken(one.lease, 9) shouldContainExactly listOf("r")
                one.store.woken(one.lease, 9).shouldBeEmpty()
                one.commit(append("r", update = parked(NOW + 1)))
                two.commit(Write.Signal("r", signal(), 9))
                one.store.woken(one.lease, 9).shouldBeEmpty()
                one.commit(append("s", update = finished(RunStatus.COMPLETED)))
                one.store.settled(listOf("r", "s", "unknown")) shouldContainExactlyInAnyOrder listOf("s", "unknown")
                two.claim(9) shouldContainExactly listOf("r")
            }
        }

        test(
            "without a lease, only starts of pending runs and signals with a key are taken, and they may be repeated",
        ) {
            members(1) { (one), _ ->
                val keyed = Write.Signal("r", signal(key = "k"), 9)
                one.store.post(listOf(pending("r"), keyed)).map { it.kind() } shouldContainExactly
                    List(2) { WriteResult.Kind.DONE }
                one.store.post(listOf(pending("r"), keyed)).map { it.kind() } shouldContainExactly
                    listOf(WriteResult.Kind.EXISTS, WriteResult.Kind.DUPLICATE)
                listOf(Write.StartRun(run("s")), Write.Signal("r", signal(), 9), Write.Reset("r")).forEach {
                    shouldThrow<IllegalArgumentException> { one.store.post(listOf(it)) }
                }
                one.claim(9) shouldContainExactly listOf("r")
            }
        }

        test("a write about another engine's run is refused, and the rest of its batch is carried out") {
            members(2) { (one, two), _ ->
                one.commit(Write.StartRun(run("r")), append("r", row(1)))
                val batch =
                    arrayOf<Write>(
                        append("r", row(2)),
                        append("r", update = finished(RunStatus.FAILED)),
                        Write.Reset("r"),
                        Write.Signal("r", signal(), 9),
                        Write.StartRun(run("r")),
                        Write.StartRun(run("s")),
                        append("s", row(1)),
                    )
                val answers = two.commit(*batch)
                answers.map { it.kind() } shouldContainExactly
                    List(3) { WriteResult.Kind.NOT_OWNED } +
                    listOf(WriteResult.Kind.DONE, WriteResult.Kind.EXISTS) + List(2) { WriteResult.Kind.DONE }
                two.store.find("r").get() shouldBe run("r").wakingAt(0)
                two.store.journal("r") shouldContainExactly listOf(row(1))
                two.store.journal("s") shouldContainExactly listOf(row(1))
            }
        }

        listOf("waiting" to parked(NOW), "ended" to finished(RunStatus.FAILED)).forEach { (what, update) ->
            test("an engine that recorded its run as $what is refused once another one has taken it up") {
                members(2) { (one, two), _ ->
                    one.commit(Write.StartRun(run("r")))
                    repeat(2) { one.commit(append("r", row(it + 1L))).single().isDone shouldBe true }
                    one.commit(append("r", update = update))
                    two.store.claim(two.lease, listOf("r")) shouldContainExactly listOf("r")
                    one.commit(append("r", row(3))).single().kind() shouldBe WriteResult.Kind.NOT_OWNED
                    two.commit(append("r", row(4))).single().isDone shouldBe true
                    one.commit(append("r", update = update)).single().kind() shouldBe WriteResult.Kind.NOT_OWNED
                    two.store.journal("r").map { it.seq() } shouldContainExactly listOf(1, 2, 4)
                }
            }
        }

        test("a batch about runs that the engine is known to have may be repeated, and its rows meet themselves") {
            members(1) { (one), _ ->
                one.commit(Write.StartRun(run("r")), Write.StartRun(run("s")))
                val batch =
                    arrayOf<Write>(append("r", row(1)), append("s", row(1), update = parked(null, RunStatus.RUNNING)))
                repeat(3) { one.commit(*batch).all { it.isDone } shouldBe true }
                one.commit(append("r", row(1, output = "\"another\"")), append("s", row(2)))
                one.store.journal("r") shouldContainExactly listOf(row(1))
                one.store.journal("s") shouldContainExactly listOf(row(1), row(2))
            }
        }

        test("a run that another engine starts in the same batch in which it goes on is left to that engine") {
            members(2) { (one, two), _ ->
                one.commit(Write.StartRun(run("r")))
                val answers =
                    two.commit(
                        Write.StartRun(run("s")),
                        Write.StartRun(run("r")),
                        append("r", row(1)),
                        append("s", row(1)),
                    )
                answers.map { it.kind() } shouldContainExactly
                    listOf(
                        WriteResult.Kind.DONE,
                        WriteResult.Kind.EXISTS,
                        WriteResult.Kind.NOT_OWNED,
                        WriteResult.Kind.DONE,
                    )
                two.commit(append("r", row(2))).single().kind() shouldBe WriteResult.Kind.NOT_OWNED
            }
        }

        test("engines that end their runs and wake each other's at once, in different orders, do not stop each other") {
            members(2) { engines, _ ->
                val ids = (1..20).map { "run-${10 + it}" }
                engines.zip(listOf("a", "b")).forEach { (member, name) ->
                    member.commit(*ids.map { Write.StartRun(run("$it$name")) }.toTypedArray())
                }
                atOnce(engines) { member ->
                    val isFirst = member === engines.first()
                    val (own, other) = if (isFirst) "a" to "b" else "b" to "a"
                    repeat(20) {
                        val order = if (isFirst) ids else ids.reversed()
                        member.commit(
                            *order.map { append("$it$own", update = parked(null, RunStatus.RUNNING)) }.toTypedArray(),
                        )
                        member.commit(*order.map { Write.Signal("$it$other", signal(), 99) }.toTypedArray())
                    }
                }
                ids.forEach {
                    engines
                        .first()
                        .store
                        .signals("${it}a")
                        .size shouldBe 20
                }
            }
        }

        test("a write about a run that nobody has makes it the engine's") {
            members(2) { (one, two), _ ->
                one.commit(pending("appended"), pending("updated"))
                two.commit(append("appended", row(1)), append("updated", update = parked(null, RunStatus.RUNNING)))
                one.claim(9).shouldBeEmpty()
                one.commit(append("appended", row(2)), append("updated", row(2))).map { it.kind() } shouldContainExactly
                    List(2) { WriteResult.Kind.NOT_OWNED }
            }
        }

        test(
            "a lease that ran out is taken over: its engine neither writes, claims nor renews, and its runs are free",
        ) {
            members(2) { (one, two), schema ->
                one.commit(Write.StartRun(run("r")), append("r", row(1)), pending("p"))
                one.claim(1) shouldContainExactly listOf("p")
                PostgresServer.expireLeases(schema)
                two.store.renew(two.lease) shouldBe true
                two.claim(9) shouldContainExactlyInAnyOrder listOf("r", "p")
                one.lost { commit(append("r", row(2)), Write.StartRun(run("late"))) }
                one.lost { claim(1) }
                one.lost { store.claim(lease, listOf("r")) }
                one.store.renew(one.lease) shouldBe false
                two.store.journal("r") shouldContainExactly listOf(row(1))
                two.store.find("late").isPresent shouldBe false
                two.commit(append("r", row(3))).single().isDone shouldBe true
            }
        }

        test("a lease that ran out, but that nobody took over, is renewed and goes on") {
            members(2) { (one, two), schema ->
                one.commit(Write.StartRun(run("r")))
                PostgresServer.expireLeases(schema)
                one.store.renew(one.lease) shouldBe true
                two.claim(9).shouldBeEmpty()
                one.commit(append("r", row(1))).single().isDone shouldBe true
            }
        }

        test("of leases that are over, the last thousand are remembered, and an old one that is held stays") {
            members(4) { (one, two, three), schema ->
                one.commit(Write.StartRun(run("r")))
                listOf(two, three).forEach { it.store.release(it.lease) }
                PostgresServer.execute("SELECT setval('$schema.engine_epochs', 1001)")
                Member("late", schema).use { it.lease.epoch() shouldBe 1002 }
                val epochs = listOf("1", "3", "4", "1002")
                PostgresServer.query("SELECT epoch FROM $schema.engines ORDER BY epoch") shouldBe epochs
                PostgresServer.query("SELECT epoch FROM $schema.lanes ORDER BY epoch") shouldBe epochs
                one.commit(append("r", row(1))).single().isDone shouldBe true
                two.lost { commit(append("r", row(2))) }
            }
        }

        test("an engine opens also while one that stands still is about to forget the same leases") {
            members(2) { (one, two), schema ->
                listOf(one, two).forEach { it.store.release(it.lease) }
                PostgresServer.execute("SELECT setval('$schema.engine_epochs', 2000)")
                PostgresServer.connected { still ->
                    still.autoCommit = false
                    still.createStatement().use { it.execute("DELETE FROM $schema.engines WHERE epoch = 1") }
                    Member("late", schema).use { it.lease.epoch() shouldBe 2001 }
                    still.rollback()
                }
                PostgresServer.query("SELECT epoch FROM $schema.lanes ORDER BY epoch") shouldBe listOf("1", "2001")
            }
        }

        test("an engine that closes hands its runs over at once, and its lease is worth nothing") {
            members(2) { (one, two), _ ->
                one.commit(Write.StartRun(run("r")), Write.StartRun(run("s")))
                one.store.release(one.lease)
                two.claim(9) shouldContainExactly listOf("r", "s")
                one.lost { commit(append("r", row(1))) }
                one.store.renew(one.lease) shouldBe false
            }
        }

        test("of engines that start the same runs at once, one starts each of them, and the others learn of it") {
            members(3) { engines, _ ->
                val ids = (1..20).map { "run-$it" }
                val answers =
                    atOnce(engines) { member ->
                        ids.map { member.commit(Write.StartRun(run(it, member.lease.engineId()))).single() }
                    }
                ids.forEachIndexed { i, id ->
                    val (done, exist) = answers.map { it[i] }.partition { it.isDone }
                    done.size shouldBe 1
                    exist.map { it.run()?.workflow() }.toSet() shouldBe
                        setOf(
                            engines
                                .first()
                                .store
                                .find(id)
                                .get()
                                .workflow(),
                        )
                }
            }
        }

        test("engines that signal the same runs at once, in different orders, number the signals without gaps") {
            members(2) { engines, _ ->
                val ids = (1..10).map { "run-$it" }
                engines.first().commit(*ids.map { Write.StartRun(run(it)) }.toTypedArray())
                atOnce(engines) { member ->
                    val order = if (member === engines.first()) ids else ids.reversed()
                    repeat(10) { member.commit(*order.map { Write.Signal(it, signal(), 99) }.toTypedArray()) }
                }
                ids.forEach { id ->
                    engines
                        .last()
                        .store
                        .signals(id)
                        .map { it.seq() } shouldContainExactly (1L..20L).toList()
                }
            }
        }
    })
