package dev.perdure.core.engine

import dev.perdure.core.RunStatus
import dev.perdure.core.journal.Row
import dev.perdure.core.memory.MemoryStore
import dev.perdure.core.spi.EngineIdentity
import dev.perdure.core.spi.Lease
import dev.perdure.core.spi.Store
import dev.perdure.core.spi.Write
import dev.perdure.core.spi.WriteResult
import java.util.concurrent.CountDownLatch
import java.util.concurrent.atomic.AtomicInteger
import kotlin.random.Random

/**
 * Two engines have one run: a second one takes over at some commit of the first, which goes on only when the second has made some
 * commits, and does not know. Nothing of the first may be recorded from there on (I7), and nothing that is recorded changes (I3).
 *
 * @param around what both engines have between them and their store; a store that is as it must be changes nothing
 */
class TakeoverHarness(
    private val seed: Long,
    around: (Store) -> Store = { it },
) {
    private val random = Random(seed)
    private val flow = RandomFlow(seed, isPatient = false)
    private val memory = MemoryStore()
    private val rules = StartRules(memory, isRepeatRefused = false)
    private val guarded = OwnedValues(memory)
    private val store = around(guarded)
    private val first = RandomFlows(1, rules).build(flow)
    private val second = RandomFlows(2, rules).build(flow)

    /** Returns whether it came to the takeover. */
    fun check(): Boolean =
        try {
            takeOver().also {
                rules.requireKept()
                guarded.requireKept()
                val end = Image(memory.find(StartRules.RUN).get(), memory.journal(StartRules.RUN))
                Reference(end).check(flow)
                ReplayCheck.requireSame(second, end)
            }
        } catch (broken: RuntimeException) {
            throw IllegalStateException("seed $seed: ${broken.message}\n  ${flow.parts}", broken)
        }

    private fun takeOver(): Boolean {
        val gate = GatedStore(store, random.nextInt(1, 14))
        val slow = gate.engine(first)
        val ended = slow.startAsync(first.name(), StartRules.RUN, "in").thenCompose { it.outcome() }
        ended.whenComplete { _, _ -> gate.reached.countDown() }
        gate.reached.passed()
        val isTaken = !ended.isDone
        if (isTaken) {
            val until = AtomicInteger(random.nextInt(8))
            CountedStore(store) { if (until.getAndDecrement() == 0) gate.open() }.engine(second).use { engine ->
                val run = engine.start(second.name(), StartRules.RUN, "in")
                check(run.ended().status().isTerminal) { "the run is ${run.status()}: ${run.record().error()}" }
                gate.open()
                ended.handle { record, _ -> record }.soon { "the former owner" }
            }
        }
        slow.close()
        val status = memory.find(StartRules.RUN).get().status()
        check(status == RunStatus.COMPLETED || status == RunStatus.FAILED) { "the run is left $status" }
        return isTaken
    }
}

/** Sees to it that whatever is recorded stays, and comes from the engine that was the last to take the store. */
private class OwnedValues(
    private val store: MemoryStore,
) : Store by store {
    private val seen = HashMap<Long, Row>()
    private val broken = mutableListOf<String>()
    private var owner = 0L

    @Synchronized
    override fun acquire(engine: EngineIdentity): Lease = store.acquire(engine).also { owner++ }

    @Synchronized
    override fun commit(
        lease: Lease,
        batch: List<Write>,
    ): List<WriteResult> {
        val results = store.commit(lease, batch)
        val now = store.journal(StartRules.RUN).filter { it.isStepDone() }.associateBy { it.seq() }
        seen.filter { (seq, row) -> now[seq] != row }.forEach { broken += "${it.value} is another value now, or gone" }
        (now - seen.keys).values.filter { (it.made("by") ?: owner) != owner }.forEach {
            broken += "$it was recorded by a former owner"
        }
        seen.clear()
        seen.putAll(now)
        return results
    }

    @Synchronized
    fun requireKept() = check(broken.isEmpty()) { broken.joinToString() }
}

/** Stops at a commit until it is opened. */
private class GatedStore(
    private val store: Store,
    at: Int,
) : Store by store {
    private val left = AtomicInteger(at)
    private val opened = CountDownLatch(1)
    val reached = CountDownLatch(1)

    fun open() = opened.countDown()

    override fun commit(
        lease: Lease,
        batch: List<Write>,
    ): List<WriteResult> {
        if (left.decrementAndGet() == 0) {
            reached.countDown()
            opened.passed()
        }
        return store.commit(lease, batch)
    }
}

/** Tells of each commit, before it is made. */
private class CountedStore(
    private val store: Store,
    private val onCommit: () -> Unit,
) : Store by store {
    override fun commit(
        lease: Lease,
        batch: List<Write>,
    ): List<WriteResult> {
        onCommit()
        return store.commit(lease, batch)
    }
}
