package dev.perdure.storage

import dev.perdure.core.RunStatus
import dev.perdure.core.definition.Workflow
import dev.perdure.core.engine.EngineBuilder
import dev.perdure.core.engine.EngineEvent
import dev.perdure.core.engine.EngineListener
import dev.perdure.core.engine.does
import dev.perdure.core.engine.ended
import dev.perdure.core.engine.engine
import dev.perdure.core.engine.flow
import dev.perdure.core.engine.passed
import dev.perdure.core.journal.Row
import dev.perdure.core.journal.RunRecord
import dev.perdure.core.spi.EngineIdentity
import dev.perdure.core.spi.Recorded
import dev.perdure.core.spi.RunQuery
import dev.perdure.core.spi.Store
import dev.perdure.core.spi.Write
import dev.perdure.core.testing.VirtualClock
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.longs.shouldBeLessThan
import io.kotest.matchers.shouldBe
import java.nio.file.Path
import java.time.Duration
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicInteger

/** Invariant: a run that waits costs no memory and no start-up time, however many there are. */
class ManyWaitingRunsSpec :
    FunSpec({
        val directory = StoreDirectory(this)
        val fast = SqliteOptions(Synchronous.NORMAL)
        val month = Duration.ofDays(30)

        fun sleeper(after: (String) -> Unit = {}) =
            flow("sleeper") {
                sleep("wait", month)
                does("end") { after(it.runId()) }
            }

        /** A file with so many runs of [sleeper], as the engine would have left each of them. */
        fun filled(
            runs: Int,
            clock: VirtualClock,
        ): Path {
            val file = directory.newFile()
            SqliteStore.open(file, fast).engine(sleeper()) { clock(clock) }.use { engine ->
                engine.start("sleeper", id(0), null)
                clock.awaitTimer(month)
            }
            SqliteStore.open(file, fast).use { store ->
                val record = store.find(id(0)).get()
                val rows = store.journal(id(0))
                check(record.status() == RunStatus.WAITING && rows.size == 1) { "$record is not asleep: $rows" }
                val lease = store.acquire(EngineIdentity("filler", 1, "here"))
                (1 until runs).chunked(BATCH).forEach { numbers ->
                    store.commit(lease, numbers.map { Write.StartRun(record.called(id(it)), rows) })
                }
                store.list(RunQuery.all().page(1, runs - 1)).single().status() shouldBe RunStatus.WAITING
            }
            return file
        }

        /** How much more the heap retains once an engine is open on [file]; [use] is then shown the engine and what it did. */
        fun measured(
            file: Path,
            clock: VirtualClock,
            use: (Opened) -> Unit = {},
        ): Long {
            val before = retainedHeap()
            val opened = Opened(CountingStore(SqliteStore.open(file, fast)), sleeper()) { clock(clock) }
            opened.engine.use {
                val after = retainedHeap()
                use(opened)
                return after - before
            }
        }

        test("100,000 runs that wait are not loaded, take no heap, and a signal or cancel takes up one of them") {
            val clock = VirtualClock()
            val file = filled(MANY, clock)
            measured(directory.newFile(), VirtualClock())
            val empty = measured(directory.newFile(), VirtualClock())
            val started = System.nanoTime()
            var openMillis = 0L
            val full =
                measured(file, clock) { opened ->
                    openMillis = (opened.openedAt - started) / 1_000_000
                    clock.awaitTimer(month)
                    opened.resumed.shouldBeEmpty()
                    opened.store.journals.shouldBeEmpty()
                    opened.engine.list(RunQuery.of(setOf(RunStatus.WAITING)).page(1, MANY - 1)).size shouldBe 1

                    opened.engine.signal(id(77), "hello", 1, null).get(10, TimeUnit.SECONDS) shouldBe true
                    opened.firstResumed.passed()
                    opened.resumed shouldContainExactly listOf(id(77))
                    val cancelled = opened.engine.find(id(99_999)).get()
                    cancelled.cancel("enough").get(10, TimeUnit.SECONDS) shouldBe true
                    cancelled.ended().status() shouldBe RunStatus.CANCELLED
                    // A run that is let out again before it is asked is taken up once more.
                    opened.resumed.toSet() shouldBe setOf(id(77), id(99_999))
                    opened.store.journals.toSet() shouldBe setOf(id(77), id(99_999))
                    opened.engine.list(RunQuery.of(setOf(RunStatus.WAITING)).page(1, MANY - 2)).size shouldBe 1
                }
            println("100,000 waiting runs: open $openMillis ms, heap $full B, of an empty file $empty B")
            full - empty shouldBeLessThan MANY * 100L
        }

        test("more timers than the engine asks for at once, all due together, fire exactly once each") {
            val clock = VirtualClock()
            val file = filled(TOGETHER, clock)
            val ran = ConcurrentHashMap<String, AtomicInteger>()
            val workflow = sleeper { ran.computeIfAbsent(it) { AtomicInteger() }.incrementAndGet() }
            val ended = ConcurrentHashMap<String, AtomicInteger>()
            val done = CountDownLatch(TOGETHER)
            val listener =
                EngineListener { event ->
                    if (event is EngineEvent.RunEnded) {
                        ended.computeIfAbsent(event.runId()) { AtomicInteger() }.incrementAndGet()
                        done.countDown()
                    }
                }
            val store = SqliteStore.open(file, fast)
            store
                .engine(workflow) {
                    clock(clock)
                    listener(listener)
                }.use { engine ->
                    clock.awaitTimer(month)
                    val started = System.nanoTime()
                    clock.advance(month)
                    val deadline = started + Duration.ofSeconds(60).toNanos()
                    while (!done.await(100, TimeUnit.MILLISECONDS)) {
                        check(System.nanoTime() < deadline) { "${done.count} runs have not ended" }
                        clock.advance(Duration.ofMillis(200))
                    }
                    println("$TOGETHER timers due together: ${(System.nanoTime() - started) / 1_000_000} ms")
                    engine.list(RunQuery.of(setOf(RunStatus.COMPLETED))).size shouldBe TOGETHER
                    engine.list(RunQuery.unfinished()).shouldBeEmpty()
                }
            listOf(ran, ended).forEach { counts ->
                counts.size shouldBe TOGETHER
                counts.filterValues { it.get() != 1 }.keys.shouldBeEmpty()
            }
        }
    }) {
    private companion object {
        const val MANY = 100_000
        const val TOGETHER = 10_500
        const val BATCH = 5_000
    }
}

private fun id(number: Int) = "run-$number"

private fun RunRecord.called(id: String) =
    RunRecord(
        id,
        generation(),
        workflow(),
        version(),
        fingerprint(),
        status(),
        input(),
        output(),
        error(),
        context(),
        contextSeq(),
        createdAt(),
        updatedAt(),
        finishedAt(),
        deadlineAt(),
        parent(),
        wakeAt(),
    )

/** The least of a few looks: a collection that runs late only ever adds. */
private fun retainedHeap(): Long {
    val runtime = Runtime.getRuntime()
    return (1..4).minOf {
        System.gc()
        runtime.totalMemory() - runtime.freeMemory()
    }
}

/** Keeps whose journals are read. */
private class CountingStore(
    private val store: Store,
) : Store by store {
    val journals = ConcurrentLinkedQueue<String>()

    override fun journal(runId: String): List<Row> {
        journals.add(runId)
        return store.journal(runId)
    }

    override fun recorded(runIds: List<String>): List<Recorded> {
        journals.addAll(runIds)
        return store.recorded(runIds)
    }
}

/** An engine with what it read and took up. */
private class Opened(
    val store: CountingStore,
    workflow: Workflow<*, *>,
    configure: EngineBuilder.() -> Unit,
) {
    val resumed = ConcurrentLinkedQueue<String>()
    val firstResumed = CountDownLatch(1)
    val engine =
        store.engine(workflow) {
            configure()
            listener { event ->
                if (event is EngineEvent.RunResumed) {
                    resumed.add(event.runId())
                    firstResumed.countDown()
                }
            }
        }
    val openedAt: Long = System.nanoTime()
}
