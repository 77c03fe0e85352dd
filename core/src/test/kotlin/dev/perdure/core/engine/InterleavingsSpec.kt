package dev.perdure.core.engine

import dev.perdure.core.RunStatus
import dev.perdure.core.journal.RunUpdate
import dev.perdure.core.memory.MemoryStore
import dev.perdure.core.spi.EngineIdentity
import dev.perdure.core.spi.StoreRecords.append
import dev.perdure.core.spi.StoreRecords.parked
import dev.perdure.core.spi.StoreRecords.run
import dev.perdure.core.spi.Write
import dev.perdure.core.testing.VirtualClock
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.ints.shouldBeGreaterThan
import java.time.Duration
import java.time.Instant

/** Every order in which the atomic steps of several threads can come, each tried on a world of its own. */
private fun <W> everyOrder(
    newWorld: () -> W,
    vararg threads: List<W.() -> Unit>,
    check: W.() -> Unit,
): Int {
    var count = 0

    fun go(
        order: List<Int>,
        next: IntArray,
    ) {
        if (order.size == threads.sumOf { it.size }) {
            val world = newWorld()
            val done = IntArray(threads.size)
            order.forEach { thread -> threads[thread][done[thread]++].invoke(world) }
            try {
                world.check()
            } catch (broken: IllegalStateException) {
                throw IllegalStateException("in the order $order: ${broken.message}", broken)
            }
            count++
        }
        for (thread in threads.indices) {
            if (next[thread] < threads[thread].size) {
                next[thread]++
                go(order + thread, next)
                next[thread]--
            }
        }
    }
    go(emptyList(), IntArray(threads.size))
    return count
}

/** An alarm with what it works on: runs that go to sleep, time that passes, and a pool that gets to its work at some moment. */
private class Sleepers {
    private val clock = VirtualClock()
    private val begin = clock.now()
    private val store = MemoryStore()
    private val lease = store.acquire(EngineIdentity("e", 1, "here"))
    private val pool = ArrayDeque<Runnable>()
    private val alarm = Alarm(store, clock, pool::add, ::takeUp)
    private val due = HashMap<String, Instant>()
    private val taken = HashMap<String, Instant>()

    private fun takeUp(
        now: Instant,
        most: Int,
    ): Boolean {
        val found = store.due(now.toEpochMilli(), most)
        found.forEach { id ->
            check(taken.put(id, now) == null) { "$id is taken up twice" }
            store.commit(lease, listOf(append(id, update = RunUpdate.toStatus(RUNNING, null, 0))))
        }
        return found.size == most
    }

    fun recordSleep(
        id: String,
        hours: Long,
    ) {
        val wake = begin.plus(Duration.ofHours(hours))
        due[id] = wake
        store.commit(lease, listOf(Write.StartRun(run(id)), append(id, update = parked(wake.toEpochMilli()))))
    }

    fun setAlarm(id: String) = alarm.setFor(due.getValue(id))

    fun passAnHour() = clock.advance(Duration.ofHours(1))

    fun work() {
        pool.removeFirstOrNull()?.run()
    }

    fun requireAllTakenUp() {
        repeat(HOURS) {
            passAnHour()
            while (pool.isNotEmpty()) work()
        }
        check(taken.keys == due.keys) { "of $due, only $taken were taken up" }
        taken.forEach { (id, at) -> check(at >= due.getValue(id)) { "$id is taken up at $at, before it is due" } }
    }

    private companion object {
        const val HOURS = 5
        val RUNNING = RunStatus.RUNNING
    }
}

/** One run of a table with one place: it is being started, becomes due, and is given the place, by three threads. */
private class Places {
    private val table = RunTable(1)
    private var isPlaced = false
    private var admitted: List<String> = emptyList()
    private var isDue = false

    fun place() {
        isPlaced = table.place("r").join()
    }

    fun giveUpStart() {
        if (isPlaced) table.arrived("r", null)
    }

    fun becomeDue() {
        table.enqueue(listOf("r"))
        isDue = true
    }

    fun admit() {
        check(admitted.isEmpty()) { "the run has a place, and is given another" }
        admitted = table.admit()
        if (admitted.isNotEmpty()) isDue = false
    }

    fun giveUpLoad() {
        admitted.forEach { table.arrived(it, null) }
        admitted = emptyList()
    }

    fun requireNotLost() {
        val again = table.admit()
        check(!isDue || again == listOf("r")) { "the run became due, and nobody takes it up" }
        again.forEach { table.arrived(it, null) }
        check(table.room() == 1 || table.isLive("r")) { "the place is taken by nobody" }
    }
}

/** What several threads share, in every order of its atomic steps. */
class InterleavingsSpec :
    FunSpec({
        test("a run is taken up when it is due, once, whatever comes between its record, its alarm and the hour") {
            val orders =
                everyOrder(
                    ::Sleepers,
                    listOf({ recordSleep("a", 1) }, { setAlarm("a") }),
                    listOf({ recordSleep("b", 2) }, { setAlarm("b") }),
                    listOf({ passAnHour() }, { work() }, { passAnHour() }, { work() }),
                ) { requireAllTakenUp() }
            println("orders of alarms: $orders")
            orders shouldBeGreaterThan 400
        }

        test("a run that becomes due while it is started or loaded is not lost, and no place is") {
            val orders =
                everyOrder(
                    ::Places,
                    listOf({ place() }, { giveUpStart() }),
                    listOf({ becomeDue() }, { becomeDue() }),
                    listOf({ admit() }, { giveUpLoad() }, { admit() }, { giveUpLoad() }),
                ) { requireNotLost() }
            println("orders of places: $orders")
            orders shouldBeGreaterThan 400
        }
    })
