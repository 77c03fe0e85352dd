package dev.perdure.core.engine

import dev.perdure.core.ErrorCode
import dev.perdure.core.PerdureException
import dev.perdure.core.memory.MemoryStore
import dev.perdure.core.spi.Lease
import dev.perdure.core.spi.Store
import dev.perdure.core.spi.StoreException
import dev.perdure.core.spi.StoreRecords.engine
import dev.perdure.core.spi.StoreRecords.run
import dev.perdure.core.spi.StoreRecords.signal
import dev.perdure.core.spi.Write
import dev.perdure.core.spi.WriteResult
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.shouldBe
import java.util.Optional
import java.util.concurrent.CompletableFuture
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit.SECONDS

/** What a lane does with a run's batch before the store takes it, or instead. */
private fun interface OnCommit {
    fun of(runId: String)
}

/** Takes two commits at once. What a lane's commit recorded before it failed, the lane says when it is asked. */
private class TwoLanes(
    private val memory: MemoryStore,
    private val recorded: Map<Int, List<WriteResult>> = emptyMap(),
    private val before: OnCommit,
) : Store by memory {
    val committed = CopyOnWriteArrayList<Pair<Int, String>>()
    val asked = CopyOnWriteArrayList<Int>()

    override fun isShared() = true

    override fun lanes() = 2

    override fun commit(
        lease: Lease,
        lane: Int,
        batch: List<Write>,
    ): List<WriteResult> {
        batch.forEach { before.of(it.runId()) }
        batch.forEach { committed += lane to it.runId() }
        return memory.commit(lease, batch)
    }

    override fun outcome(
        lease: Lease,
        lane: Int,
    ): Optional<List<WriteResult>> {
        asked += lane
        return Optional.ofNullable(recorded[lane])
    }
}

private fun outOfReach() = StoreException(ErrorCode.STORE_UNAVAILABLE, "the line is dead", true, null)

/** A committer of a store that takes two commits at once, its troubles included. */
class CommitLanesSpec :
    FunSpec({
        timeout = 60_000
        val heard = ConcurrentLinkedQueue<String>()
        beforeTest { heard.clear() }

        fun TwoLanes.committer(troubles: Met = Met()) = Committer(this, acquire(engine("e")), troubles)

        fun Committer.put(
            id: String,
            isTold: CountDownLatch = CountDownLatch(1),
        ) {
            fun hear(what: String) {
                heard += what
                isTold.countDown()
            }
            prepare(Write.StartRun(run(id)), Acknowledged.of({ hear(id) }, { hear("no $id") }))
        }

        /** Has a thread commit the run, which it is doing when this returns. */
        fun Committer.begin(
            id: String,
            isBegun: CountDownLatch,
        ): CompletableFuture<Void> {
            put(id)
            return CompletableFuture.runAsync(::work) { Thread(it).apply { isDaemon = true }.start() }.also {
                isBegun.passed()
            }
        }

        test("two runs are recorded beside each other, and who is done first is told first") {
            val memory = MemoryStore()
            val isSlow = CountDownLatch(1)
            val mayGoOn = CountDownLatch(1)
            val store =
                TwoLanes(memory) {
                    if (it == "slow") {
                        isSlow.countDown()
                        mayGoOn.passed()
                    }
                }
            val committer = store.committer()
            val first = committer.begin("slow", isSlow)
            committer.put("quick")
            committer.work()
            heard shouldContainExactly listOf("quick")
            memory.find("slow").isEmpty shouldBe true
            mayGoOn.countDown()
            first.get(10, SECONDS)
            heard shouldContainExactly listOf("quick", "slow")
            store.committed shouldContainExactlyInAnyOrder listOf(1 to "quick", 0 to "slow")
            committer.start()
            committer.close()
        }

        test("of two lanes in trouble, each is asked what it recorded, and each batch goes its own lane again") {
            val memory = MemoryStore()
            val areBegun = mapOf("a" to CountDownLatch(1), "b" to CountDownLatch(1))
            val mayFail = CountDownLatch(1)
            val failing = ConcurrentLinkedQueue(listOf("a", "b"))
            val store =
                TwoLanes(memory, mapOf(1 to listOf(WriteResult.started(1)))) {
                    if (failing.remove(it)) {
                        areBegun.getValue(it).countDown()
                        mayFail.passed()
                        throw outOfReach()
                    }
                }
            val committer = store.committer()
            val tries = listOf("a", "b").map { committer.begin(it, areBegun.getValue(it)) }
            mayFail.countDown()
            tries.forEach { it.get(10, SECONDS) }
            val isTold = CountDownLatch(1)
            committer.put("c", isTold)
            committer.hasWork() shouldBe false
            committer.start()
            isTold.passed()
            committer.close()
            heard shouldContainExactlyInAnyOrder listOf("a", "b", "c")
            store.asked shouldContainExactlyInAnyOrder listOf(0, 1)
            store.committed.filter { it.second != "c" } shouldContainExactly listOf(0 to "a")
        }

        test(
            "while the store is out of reach, nothing that would rather be refused waits in either lane or behind them",
        ) {
            val memory = MemoryStore()
            val areBegun = mapOf("a" to CountDownLatch(1), "b" to CountDownLatch(1))
            val mayFail = CountDownLatch(1)
            val isOver = CountDownLatch(1)
            val refused = CountDownLatch(3)
            val store =
                TwoLanes(memory) {
                    areBegun[it]?.countDown()
                    mayFail.passed()
                    if (isOver.count > 0) throw outOfReach()
                }
            val committer = store.committer()

            fun impatient(id: String) =
                object : Acknowledged {
                    override fun committed(result: WriteResult) = error("$id was to be refused")

                    override fun refused(why: PerdureException) = refused.countDown()

                    override fun isImpatient() = true
                }

            fun send(to: String) = committer.prepare(Write.Signal(to, signal(), 9), impatient(to))
            val tries =
                listOf("a", "b").map {
                    send(it)
                    CompletableFuture
                        .runAsync(committer::work) { task -> Thread(task).apply { isDaemon = true }.start() }
                        .also { _ -> areBegun.getValue(it).passed() }
                }
            send("c")
            val isTold = CountDownLatch(1)
            committer.put("patient", isTold)
            mayFail.countDown()
            tries.forEach { it.get(10, SECONDS) }
            committer.start()
            refused.passed()
            isOver.countDown()
            isTold.passed()
            committer.close()
            heard shouldContainExactly listOf("patient")
        }

        test(
            "a committer that closes while the store is out of reach refuses what both lanes were to record, and the rest",
        ) {
            val areBegun = mapOf("a" to CountDownLatch(1), "b" to CountDownLatch(1))
            val mayFail = CountDownLatch(1)
            val store =
                TwoLanes(MemoryStore()) {
                    areBegun[it]?.countDown()
                    mayFail.passed()
                    throw outOfReach()
                }
            val committer = store.committer()
            val tries = listOf("a", "b").map { committer.begin(it, areBegun.getValue(it)) }
            committer.put("c")
            mayFail.countDown()
            tries.forEach { it.get(10, SECONDS) }
            committer.start()
            committer.close()
            heard shouldContainExactlyInAnyOrder listOf("no a", "no b", "no c")
        }

        test("what one lane is recording as the other one breaks is told of if it is recorded, and refused if not") {
            listOf(true, false).forEach { isRecorded ->
                heard.clear()
                val areBegun = mapOf("breaks" to CountDownLatch(1), "late" to CountDownLatch(1))
                val mayBreak = CountDownLatch(1)
                val mayGoOn = CountDownLatch(1)
                val met = Met()
                val store =
                    TwoLanes(MemoryStore()) {
                        areBegun.getValue(it).countDown()
                        (if (it == "late") mayGoOn else mayBreak).passed()
                        if (it == "breaks" || !isRecorded) error("it breaks")
                    }
                val committer = store.committer(met)
                val breaking = committer.begin("breaks", areBegun.getValue("breaks"))
                val late = committer.begin("late", areBegun.getValue("late"))
                committer.start()
                mayBreak.countDown()
                met.forGood.get(10, SECONDS)
                mayGoOn.countDown()
                listOf(breaking, late).forEach { it.get(10, SECONDS) }
                heard shouldContainExactly listOf("no breaks", if (isRecorded) "late" else "no late")
                committer.close()
            }
        }
    })
