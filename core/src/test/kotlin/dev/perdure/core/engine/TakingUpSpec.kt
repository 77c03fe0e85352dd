package dev.perdure.core.engine

import dev.perdure.core.ErrorCode
import dev.perdure.core.PerdureException
import dev.perdure.core.RunStatus
import dev.perdure.core.journal.Row
import dev.perdure.core.journal.RunRecord
import dev.perdure.core.journal.SignalRecord
import dev.perdure.core.memory.MemoryStore
import dev.perdure.core.spi.Claim
import dev.perdure.core.spi.EngineIdentity
import dev.perdure.core.spi.Lease
import dev.perdure.core.spi.Recorded
import dev.perdure.core.spi.RunQuery
import dev.perdure.core.spi.Store
import dev.perdure.core.spi.StoreException
import dev.perdure.core.spi.Write
import dev.perdure.core.spi.WriteResult
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.time.Duration
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicBoolean
import java.util.concurrent.atomic.AtomicInteger

/** A store whose reads fail [failing] times, and whose runs [theirs] are another engine's where engines share it. */
private class Troubled(
    private val store: MemoryStore,
    private val isShared: Boolean,
    private val thrown: () -> RuntimeException = { unavailable(isTransient = true) },
) : Store by store {
    val failing = AtomicInteger()
    val failingClaims = AtomicInteger()
    val failingSignals = AtomicInteger()
    val theirs: MutableSet<String> = ConcurrentHashMap.newKeySet()
    private val given: MutableSet<String> = ConcurrentHashMap.newKeySet()

    override fun isShared() = isShared

    private fun failsOnceMore(count: AtomicInteger) {
        if (count.getAndUpdate { maxOf(0, it - 1) } > 0) {
            throw thrown()
        }
    }

    override fun journal(runId: String): List<Row> {
        failsOnceMore(failing)
        return store.journal(runId)
    }

    override fun signals(runId: String): List<SignalRecord> {
        failsOnceMore(failingSignals)
        return store.signals(runId)
    }

    override fun recorded(runIds: List<String>): List<Recorded> {
        failsOnceMore(failing)
        failsOnceMore(failingSignals)
        return store.recorded(runIds)
    }

    /** What an engine starts is its own, and not given to it once more. */
    override fun commit(
        lease: Lease,
        batch: List<Write>,
    ): List<WriteResult> {
        batch.filterIsInstance<Write.StartRun>().filter { it.run().status() == RunStatus.RUNNING }.forEach {
            given += it.runId()
        }
        return store.commit(lease, batch)
    }

    override fun claim(
        lease: Lease,
        claim: Claim,
    ): List<String> {
        failsOnceMore(failingClaims)
        return store
            .list(RunQuery.unfinished())
            .filter { !it.status().isStopped && it.id() !in theirs && it.id() !in given }
            .take(claim.limit())
            .onEach { given += it.id() }
            .map { it.id() }
    }

    override fun claim(
        lease: Lease,
        runIds: Collection<String>,
    ): List<String> = runIds.filter { it !in theirs && store.find(it).isPresent }
}

private fun unavailable(isTransient: Boolean) =
    StoreException(ErrorCode.STORE_UNAVAILABLE, "the line is dead", isTransient, null)

/** Runs that cannot be taken up at once, or at all. */
class TakingUpSpec :
    FunSpec({
        timeout = 60_000
        val workflow = flow("case") { does("only") }

        fun begun() = Image.begun(workflow, "null").toStore()

        fun pending(id: String): RunRecord {
            val run = Image.begun(workflow, "null").record
            val at = run.createdAt()
            val status = RunStatus.PENDING
            val fingerprint = run.fingerprint()
            return RunRecord(
                id,
                1,
                run.workflow(),
                run.version(),
                fingerprint,
                status,
                run.input(),
                null,
                null,
                null,
                0,
                at,
                at,
                null,
                null,
                null,
                null,
            )
        }

        fun failing(isMended: AtomicBoolean) =
            flow("case") {
                does("only") { check(isMended.get()) { "not yet" } }
            }

        for (isShared in listOf(true, false)) {
            val where = if (isShared) "that engines share" else "with one owner"

            test("a run that cannot be read for the moment is taken up when it can be, from a store $where") {
                val store = Troubled(begun(), isShared)
                store.failing.set(2)
                store.engine(workflow) { pollInterval(Duration.ofMillis(1)) }.use { engine ->
                    engine.find("r").get().output() shouldBe "only"
                }
                store.failing.get() shouldBe 0
            }

            test(
                "a run whose signals cannot be read for the moment is taken up when they can be, from a store $where",
            ) {
                val store = Troubled(begun(), isShared)
                store.failingSignals.set(2)
                store.engine(workflow) { pollInterval(Duration.ofMillis(1)) }.use { engine ->
                    engine.find("r").get().output() shouldBe "only"
                }
                store.failingSignals.get() shouldBe 0
            }

            test("a retry of a run that cannot be read says so, and leaves it as it is, in a store $where") {
                val isMended = AtomicBoolean()
                val store = Troubled(MemoryStore(), isShared)
                store.engine(failing(isMended)) { pollInterval(Duration.ofMillis(1)) }.use { engine ->
                    val run = engine.start("case", "r", null)
                    run.ended().status() shouldBe RunStatus.FAILED
                    isMended.set(true)
                    store.failing.set(1)
                    run.retry().refusal().code() shouldBe ErrorCode.STORE_UNAVAILABLE
                    store.find("r").get().status() shouldBe RunStatus.FAILED
                    run.retry().get(10, TimeUnit.SECONDS)
                    run.output() shouldBe "only"
                }
            }
        }

        test("a run that cannot be read for good stays in the store, and who waits for it is told") {
            for (thrown in listOf(unavailable(isTransient = false), IllegalStateException("a defect"))) {
                val store = Troubled(begun(), isShared = false, thrown = { thrown })
                store.failing.set(2)
                store.engine(workflow).use { engine ->
                    // It was read in vain, with others and by itself, when the engine was opened, or is now; whoever asks after that has it read again.
                    val run = engine.find("r").get()
                    repeat(2) { run.cancel("enough").handle { _, _ -> }.get(10, TimeUnit.SECONDS) }
                    run.ended().status().isTerminal shouldBe true
                }
            }
        }

        test("who asks for the end of a run that could not be taken up has it read again") {
            val store = Troubled(begun(), isShared = false, thrown = { unavailable(isTransient = false) })
            store.failing.set(3)
            store.engine(workflow).use { engine ->
                val run = engine.find("r").get()
                // Read in vain when the engine was opened, with others and by itself, and once more if that is over by now.
                runCatching { run.output() }.onFailure { it.message shouldContain "the line is dead" }
                store.failing.set(0)
                run.output() shouldBe "only"
            }
        }

        test("a run that engines share and that cannot be read is tried again, as no other engine is given it") {
            val store = Troubled(begun(), isShared = true, thrown = { unavailable(isTransient = false) })
            store.failing.set(2)
            store.engine(workflow) { pollInterval(Duration.ofMillis(1)) }.use { engine ->
                engine.find("r").get().output() shouldBe "only"
            }
            store.failing.get() shouldBe 0
        }

        test("a run that is gone when it is to be taken up keeps no place") {
            val memory = MemoryStore()
            val store =
                object : Store by memory {
                    override fun unheard() = listOf("gone")
                }
            store.engine(workflow) { maxActiveRuns(1) }.use { it.start("case", "r", null).output() shouldBe "only" }
        }

        test("a run whose workflow this engine does not have is asked nothing") {
            begun().engine().use { engine ->
                val run = engine.find("r").get()
                run.cancel("enough").get(10, TimeUnit.SECONDS) shouldBe false
                run.status() shouldBe RunStatus.RUNNING
            }
        }

        test("an engine takes up no more runs than it has places, and all of them one after the other") {
            val memory = MemoryStore()
            val first = memory.acquire(EngineIdentity("former", 1, "here"))
            val runs = (1..5).map { pending("r$it") }
            memory.commit(first, runs.map { Write.StartRun(it) })
            memory.release(first)
            Troubled(memory, isShared = true)
                .engine(workflow) {
                    maxActiveRuns(1)
                    pollInterval(Duration.ofMillis(1))
                }.use { engine -> runs.forEach { engine.find(it.id()).get().output() shouldBe "only" } }
        }

        test("an engine without workflows takes no run from a store that others share") {
            val store = Troubled(begun(), isShared = true)
            store.failingClaims.set(1)
            store.engine { pollInterval(Duration.ofMillis(1)) }.use { engine ->
                engine.find("r").get().status() shouldBe RunStatus.RUNNING
            }
            store.failingClaims.get() shouldBe 1
        }

        test("a run that is gone is not retried, and nobody waits for its end") {
            MemoryStore().engine(workflow).use { engine ->
                val run = engine.start("case", "r", null).endsCompleted()
                engine.reset("r").get(10, TimeUnit.SECONDS)
                run.retry().refusal().code() shouldBe ErrorCode.UNKNOWN_RUN
                run.outcome().refusal().code() shouldBe ErrorCode.UNKNOWN_RUN
            }
        }

        test("who starts a run that waits, is paused or stopped attaches to it and leaves it as it is") {
            val asking =
                flow("ask") {
                    awaitSignal("go", Any::class.java)
                    does("end")
                }
            MemoryStore().engine(asking).use { engine ->
                val told = Suspensions()
                engine.listen(told)
                val run = engine.start("ask", "r", null)
                told.await("go")
                engine.start("ask", "r", null).id() shouldBe "r"
                run.pause("wait").get(10, TimeUnit.SECONDS)
                engine.start("ask", "r", null).status() shouldBe RunStatus.PAUSED
            }
            val blocked =
                flow("stop") {
                    does("only") { throw PerdureException(ErrorCode.NOT_DECODABLE, "what is it?") }
                }
            MemoryStore().engine(blocked).use { engine ->
                engine.start("stop", "r", null).ended().status() shouldBe RunStatus.BLOCKED
                engine.start("stop", "r", null).ended().status() shouldBe RunStatus.BLOCKED
            }
        }

        test("a store that cannot be asked for work is asked again") {
            val store = Troubled(begun(), isShared = true)
            store.failingClaims.set(3)
            store.engine(workflow) { pollInterval(Duration.ofMillis(1)) }.use { engine ->
                engine.find("r").get().output() shouldBe "only"
            }
            store.failingClaims.get() shouldBe 0
        }

        test("a run that another engine has is not retried here") {
            val isMended = AtomicBoolean()
            val store = Troubled(MemoryStore(), isShared = true)
            store.engine(failing(isMended)) { pollInterval(Duration.ofMillis(1)) }.use { engine ->
                val run = engine.start("case", "r", null)
                run.ended().status() shouldBe RunStatus.FAILED
                store.theirs += "r"
                val refused = run.retry().refusal()
                refused.code() shouldBe ErrorCode.OWNERSHIP_LOST
                refused.message shouldContain "another engine has it"
                store.theirs.clear()
                isMended.set(true)
                run.retry().get(10, TimeUnit.SECONDS)
                run.output() shouldBe "only"
            }
        }

        test("of two retries one counts, and a closed engine takes none") {
            val isMended = AtomicBoolean()
            val isHeld = CountDownLatch(1)
            val gate = CountDownLatch(1)
            val memory = MemoryStore()
            val store =
                object : Store by memory {
                    override fun commit(
                        lease: Lease,
                        batch: List<Write>,
                    ): List<WriteResult> {
                        if (isMended.get()) {
                            isHeld.countDown()
                            gate.passed()
                        }
                        return memory.commit(lease, batch)
                    }
                }
            store.engine(failing(isMended)).use { engine ->
                val run = engine.start("case", "r", null)
                run.ended().status() shouldBe RunStatus.FAILED
                isMended.set(true)
                val first = run.retry()
                isHeld.passed()
                val second = run.retry().refusal()
                gate.countDown()
                second.code() shouldBe ErrorCode.WRONG_STATUS
                second.message shouldContain "at work on it"
                first.get(10, TimeUnit.SECONDS)
                run.output() shouldBe "only"
            }
            MemoryStore().engine(failing(AtomicBoolean())).let { closed ->
                val late = closed.start("case", "r", null)
                late.ended().status() shouldBe RunStatus.FAILED
                closed.close()
                late.retry().refusal().code() shouldBe ErrorCode.ENGINE_CLOSED
            }
        }

        test("a run whose workflow, or code, this engine does not have is not retried, and it says which") {
            val store = MemoryStore()
            store.engine(failing(AtomicBoolean())).use { engine ->
                engine.start("case", "r", null).ended().status() shouldBe RunStatus.FAILED
                shouldThrow<PerdureException> {
                    engine.execute("brought", { ctx -> ctx.step("s", String::class.java) { error("no") } })
                }
            }
            store.engine().use { engine ->
                val unknown =
                    engine
                        .find("r")
                        .get()
                        .retry()
                        .refusal()
                unknown.code() shouldBe ErrorCode.UNKNOWN_WORKFLOW
                unknown.message shouldContain "\"case\" version 1"
                engine
                    .find("brought")
                    .get()
                    .retry()
                    .refusal()
                    .message shouldContain "execute(…)"
            }
        }

        test("a retry of a run that does not fit its workflow any more stops it, and is told why") {
            val store = MemoryStore()
            store.engine(failing(AtomicBoolean())).use { it.start("case", "r", null).ended() }
            store.engine(flow("case") { does("another") }).use { engine ->
                val run = engine.find("r").get()
                run.retry().refusal().code() shouldBe ErrorCode.INCOMPATIBLE
                run.ended().status() shouldBe RunStatus.INCOMPATIBLE
            }
        }
    })
