package dev.perdure.core.engine

import dev.perdure.core.PerdureException
import dev.perdure.core.memory.MemoryStore
import dev.perdure.core.spi.Lease
import dev.perdure.core.spi.Store
import dev.perdure.core.spi.StoreException
import dev.perdure.core.spi.StoreRecords
import dev.perdure.core.spi.Write
import dev.perdure.core.spi.WriteResult
import org.jetbrains.lincheck.datastructures.LongGen
import org.jetbrains.lincheck.datastructures.Operation
import org.jetbrains.lincheck.datastructures.Param
import org.jetbrains.lincheck.datastructures.Validate
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.atomic.AtomicInteger

/** Signals of one run: each is numbered once, kept, and consumed once. */
@Param(name = "seq", gen = LongGen::class, conf = "1:3")
class SharedSignals {
    private val store = MemoryStore()
    private val lease = store.acquire(StoreRecords.engine("e"))

    init {
        store.commit(lease, listOf(Write.StartRun(StoreRecords.run("r"))))
    }

    @Operation
    fun send(): String = send(null)

    @Operation
    fun sendKeyed(): String = send("key")

    private fun send(key: String?): String {
        val result = store.commit(lease, listOf(Write.Signal("r", StoreRecords.signal(key = key), 3))).single()
        return "${result.kind()} ${result.seq()}"
    }

    @Operation
    fun consume(
        @Param(name = "seq") seq: Long,
    ) {
        val row = StoreRecords.row(seq)
        store.commit(lease, listOf(StoreRecords.append("r", row, consumed = listOf(seq))))
    }

    @Operation
    fun waiting(): List<Long> = store.signals("r").map { it.seq() }
}

/** Runs that are to be taken up: each is, once, by one of the loaders. */
class SharedLoads {
    private val pool = ConcurrentLinkedQueue<Runnable>()
    private val loaded = ConcurrentLinkedQueue<String>()
    private val added = AtomicInteger()
    private val queue = LoadQueue(pool::add, loaded::addAll, { error("nothing is rejected") })

    @Operation
    fun add() = queue.add(listOf("r${added.incrementAndGet()}"))

    @Operation
    fun addTwo() = queue.add(List(2) { "r${added.incrementAndGet()}" })

    /** A thread of the pool has nothing else to do. */
    @Operation
    fun work() {
        pool.poll()?.run()
    }

    @Validate
    fun allAreLoaded() {
        while (pool.isNotEmpty()) work()
        val expected = (1..added.get()).map { "r$it" }
        check(loaded.sorted() == expected.sorted()) { "loaded are $loaded, expected $expected" }
    }
}

/** A mailbox: what is put in is done once, in the order in which one thread puts it in, and never two at a time. */
class SharedMailbox {
    private val done = ArrayList<Int>()
    private val given = AtomicInteger()
    private val errands = AtomicInteger()
    private val doneBeside = AtomicInteger()
    private val noWork =
        object : Strand.Idle {
            override fun hasWork() = false

            override fun work() = Unit
        }
    private val strand = Strand({ it.run() }, noWork, { throw it })

    /** Two in a row. */
    @Operation
    fun put() {
        val first = given.addAndGet(2)
        strand.execute { done += first }
        strand.execute { done += first + 1 }
    }

    /** Something long is handed to another thread, or done by this one, which then drains the mailbox. */
    @Operation
    fun give() {
        errands.incrementAndGet()
        strand.executeHere { strand.give(Errand()) }
    }

    @Validate
    fun allAreDone() {
        val expected = (2..given.get() step 2).flatMap { listOf(it, it + 1) }
        check(done.sorted() == expected) { "done are $done, expected $expected" }
        check(doneBeside.get() == errands.get()) { "${doneBeside.get()} errands are done of ${errands.get()}" }
        expected.filter { it % 2 == 0 }.forEach { check(done.indexOf(it) < done.indexOf(it + 1)) { "order of $done" } }
    }

    private inner class Errand : Strand.Errand {
        override fun handOver() {
            doneBeside.incrementAndGet()
        }

        override fun doHere(): Boolean = strand.enqueue { doneBeside.incrementAndGet() }
    }
}

/** What is to be recorded: it is, once, in the order in which it came, whoever has the turn to commit. */
open class SharedCommits
    @JvmOverloads
    constructor(
        lanes: Int = 1,
    ) {
        private val store = Recording(lanes)
        private val given = AtomicInteger()
        private val told = ConcurrentLinkedQueue<String>()
        private val committer = Committer(store, Lease("e", 1), NoTroubles)

        @Operation
        fun submit() {
            val id = "r${given.incrementAndGet()}"
            committer.prepare(Write.StartRun(StoreRecords.run(id)), Acknowledged.of({ told += id }, { throw it }))
            committer.work()
        }

        /** An atomic step: what waits is committed with it. */
        @Operation(blocking = true)
        fun commitInTurn() =
            inTurn { waiting -> committer.tell(waiting, store.commit(committer.lease(), waiting.map { it.write() })) }

        /** An atomic step whose transaction is rolled back. */
        @Operation(blocking = true)
        fun rollBackInTurn() = inTurn(committer::putBack)

        private fun inTurn(work: (List<PendingWrite>) -> Unit) {
            val holder = TurnHolder { }
            committer.takeTurn(holder)
            work(committer.takeWaiting())
            committer.giveBack(holder)
            committer.work() // as the committer's own thread does, which these have none of
        }

        @Validate
        fun allAreDurable() {
            committer.work()
            val expected = (1..given.get()).map { "r$it" }
            check(store.ids.sorted() == expected.sorted()) { "durable are ${store.ids}, expected $expected" }
            check(isToldInOrder(told.toList(), store.ids.toList())) { "told are $told, but durable ${store.ids}" }
        }

        /** In the order in which it is durable. */
        protected open fun isToldInOrder(
            told: List<String>,
            durable: List<String>,
        ): Boolean = told == durable

        /** With one lane not safe for threads: nobody commits beside another one. Where engines share a store, one tells while the next one commits. */
        private class Recording(
            private val lanes: Int,
        ) : Store by MemoryStore() {
            val ids: MutableCollection<String> = if (lanes == 1) ArrayList() else ConcurrentLinkedQueue()

            override fun isShared() = true

            override fun lanes() = lanes

            override fun commit(
                lease: Lease,
                batch: List<Write>,
            ): List<WriteResult> {
                batch.forEach { ids += it.runId() }
                return batch.map { WriteResult.started(1) }
            }
        }

        private object NoTroubles : Troubles {
            override fun unavailable(why: StoreException) = throw why

            override fun recovered() = Unit

            override fun failedForGood(why: PerdureException) = throw why
        }
    }

/** The same where two commits may be under way at once: which of them is noted first says nothing about whose end comes first. */
class SharedLanes : SharedCommits(2) {
    override fun isToldInOrder(
        told: List<String>,
        durable: List<String>,
    ): Boolean = told.sorted() == durable.sorted()
}
