package dev.perdure.core.engine

import dev.perdure.core.ErrorCode
import dev.perdure.core.Path
import dev.perdure.core.PerdureException
import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import dev.perdure.core.definition.Body
import dev.perdure.core.definition.ParallelPolicy.OnError
import dev.perdure.core.memory.MemoryStore
import dev.perdure.core.spi.BodyScope
import dev.perdure.core.spi.BodyScopes
import dev.perdure.core.spi.BodyTask
import dev.perdure.core.spi.EngineIdentity
import dev.perdure.core.spi.StoreException
import dev.perdure.core.spi.Write
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContain
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CountDownLatch
import java.util.concurrent.ExecutionException
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicBoolean

/** What a store's failures do to runs: invariants 1, 2, 5 and 9. */
class FaultsSpec :
    FunSpec({
        fun workflow(n: Ledger) =
            flow("faults") {
                does("a") { n.ran("a") }
                together {
                    onError(OnError.COMPLETE_ALL)
                    does("b") { n.ran("b") }
                    does("c") { n.ran("c") }
                }
                does("d") { n.ran("d") }
            }

        test("a store that is out of reach for a while delays a run and changes nothing else, at every commit") {
            for (isDoneBefore in listOf(false, true)) {
                for (commit in 2..6) {
                    val n = Ledger()
                    val events = ConcurrentLinkedQueue<String>()
                    val store = FaultyStore(MemoryStore(), commit, commit + 1, isDoneBefore)
                    val names = EngineListener { events.add(it::class.java.simpleName) }
                    store.engine(workflow(n)) { listener(names) }.use { engine ->
                        val run = engine.start("faults", "r", null).endsCompleted()
                        listOf("a", "b", "c", "d").map { n[it] } shouldContainExactly listOf(1, 1, 1, 1)
                        run.journal().count { it.status() == StepStatus.COMPLETED } shouldBe 5
                    }
                    if ("RunEnded" in events && commit < 5) events shouldContain "StoreUnavailable"
                }
            }
        }

        test("a start while the store is out of reach is refused and may be repeated") {
            for (isDoneBefore in listOf(false, true)) {
                val n = Ledger()
                FaultyStore(MemoryStore(), 1, 1, isDoneBefore).engine(workflow(n)).use { engine ->
                    shouldThrow<PerdureException> { engine.start("faults", "r", null) }.code() shouldBe
                        ErrorCode.STORE_UNAVAILABLE
                    engine.start("faults", "r", null).endsCompleted()
                    listOf("a", "b", "c", "d").map { n[it] } shouldContainExactly listOf(1, 1, 1, 1)
                }
            }
        }

        test("whoever asks something of a run is told when that cannot be recorded any more") {
            val begun = CountDownLatch(1)
            val held =
                flow("held") {
                    does("body") {
                        begun.countDown()
                        CountDownLatch(1).await()
                    }
                }
            for (isCommittedBefore in listOf(false, true)) {
                val store =
                    CrashingStore(MemoryStore(), isCommittedBefore) { batch ->
                        batch.any { write -> write is Write.Append && write.rows().any { it.kind() == "cancel" } }
                    }
                store.engine(held).use { engine ->
                    val run = engine.start("held", "r", null)
                    begun.passed()
                    repeat(2) {
                        val asked = shouldThrow<ExecutionException> { run.cancel("enough").get(10, TimeUnit.SECONDS) }
                        (asked.cause as PerdureException).code() shouldBe ErrorCode.STORE_UNAVAILABLE
                    }
                }
            }
        }

        test("a signal whose sender was told that the store is out of reach, but which is durable, ends its wait") {
            val waiting =
                flow("waiting") {
                    awaitSignal("go", String::class.java)
                    does("end")
                }
            val rests = CountDownLatch(1)
            val resting = EngineListener { if (it is EngineEvent.WaitStarted) rests.countDown() }
            LostReply(MemoryStore()) { batch -> batch.any { it is Write.Signal } }
                .engine(waiting) { listener(resting) }
                .use { engine ->
                    val run = engine.start("waiting", "r", null)
                    rests.passed()
                    shouldThrow<ExecutionException> { run.signal("go", "now").get(10, TimeUnit.SECONDS) }
                    run.endsCompleted()
                }
        }

        test("a body that cannot be launched fails its step, and one scope that is broken blocks its run alone") {
            class Broken : ThreadBodyScopesForTests() {
                override fun open(
                    runId: String,
                    workflow: String,
                ): BodyScope = BrokenScope(runId == "nested")
            }
            MemoryStore().engine(workflow(Ledger())) { bodyScopes(Broken()) }.use { engine ->
                val launched = engine.start("faults", "launch", null).ended()
                launched.status() shouldBe RunStatus.FAILED
                launched.error()!! shouldContain "no threads left"
            }
            val inBlock =
                flow("block") {
                    together { does("only") }
                    does("end")
                }
            MemoryStore().engine(inBlock) { bodyScopes(Broken()) }.use { engine ->
                val blocked = engine.start("block", "nested", null).ended()
                blocked.status() shouldBe RunStatus.BLOCKED
                blocked.error()!! shouldContain "scope is broken"
            }
        }

        test("an engine that lost its lease records nothing more, and its bodies are told and cancelled") {
            val store = MemoryStore()
            val started = CountDownLatch(1)
            val ended = CountDownLatch(1)
            val sawLoss = AtomicBoolean()
            val n = Ledger()
            val workflow =
                flow("lost") {
                    together {
                        does("held") { s ->
                            if (n.ran("held") == 1) {
                                started.countDown()
                                try {
                                    CountDownLatch(1).await()
                                } finally {
                                    sawLoss.set(s.isOwnershipLost)
                                    ended.countDown()
                                }
                            }
                        }
                        does("quick") { if (n.ran("quick") == 1) started.passed() }
                    }
                    does("after")
                }
            val taken = CountDownLatch(1)
            val isTaken = CrashPointStore(store) { taken.passed() }
            isTaken.engine(workflow).use { first ->
                val run = first.startAsync("lost", "r", null).get(10, TimeUnit.SECONDS)
                val outcome = run.outcome()
                started.passed()
                val second = store.acquire(EngineIdentity("second", 2, "there"))
                taken.countDown()
                shouldThrow<ExecutionException> { outcome.get(10, TimeUnit.SECONDS) }
                    .cause
                    .let { it as PerdureException }
                    .code() shouldBe ErrorCode.OWNERSHIP_LOST
                ended.passed()
                sawLoss.get() shouldBe true
                run.journal().size shouldBe 0
                store.release(second)
            }
            store.engine(workflow).use { it.find("r").get().endsCompleted() }
        }
    })

/** Commits, once, what [crash] names, and says that the disk is full. */
private class LostReply(
    private val store: MemoryStore,
    private val crash: CrashPoint,
) : dev.perdure.core.spi.Store by store {
    private val isFirst = AtomicBoolean(true)

    override fun commit(
        lease: dev.perdure.core.spi.Lease,
        batch: List<Write>,
    ): List<dev.perdure.core.spi.WriteResult> {
        val results = store.commit(lease, batch)
        if (crash.strikes(batch) && isFirst.getAndSet(false)) {
            throw StoreException(ErrorCode.STORE_UNAVAILABLE, "the disk is full", true, null)
        }
        return results
    }
}

/** Waits before every commit but the first. */
private class CrashPointStore(
    private val store: MemoryStore,
    private val wait: () -> Unit,
) : dev.perdure.core.spi.Store by store {
    private val isFirst = AtomicBoolean(true)

    override fun commit(
        lease: dev.perdure.core.spi.Lease,
        batch: List<dev.perdure.core.spi.Write>,
    ): List<dev.perdure.core.spi.WriteResult> {
        if (!isFirst.getAndSet(false)) wait()
        return store.commit(lease, batch)
    }
}

private abstract class ThreadBodyScopesForTests : BodyScopes {
    override fun supports(bodyType: Class<out Body>) = true

    override fun close() = Unit
}

private class BrokenScope(
    private val isBrokenWhenNested: Boolean,
) : BodyScope {
    override fun nested(path: Path): BodyScope = if (isBrokenWhenNested) error("the scope is broken") else this

    override fun launch(task: BodyTask): BodyScope.RunningBody = throw OutOfMemoryError("no threads left")

    override fun cancel() = Unit

    override fun close() = Unit
}
