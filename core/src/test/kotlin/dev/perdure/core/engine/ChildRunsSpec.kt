package dev.perdure.core.engine

import dev.perdure.core.ErrorCode
import dev.perdure.core.PerdureException
import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import dev.perdure.core.definition.Call
import dev.perdure.core.definition.ValueTypes
import dev.perdure.core.journal.RunRecord
import dev.perdure.core.machine.Driven
import dev.perdure.core.machine.graph
import dev.perdure.core.machine.step
import dev.perdure.core.memory.MemoryStore
import dev.perdure.core.spi.EngineIdentity
import dev.perdure.core.spi.Recorded
import dev.perdure.core.spi.Store
import dev.perdure.core.spi.StoreException
import dev.perdure.core.spi.Write
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldStartWith
import java.time.Duration
import java.util.Optional
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicBoolean
import java.util.concurrent.atomic.AtomicInteger

/** A run whose id is that of a child, and how it ended. */
private fun ended(
    id: String,
    status: RunStatus,
): RunRecord {
    val run = Image.begun(JavaAuthoring.flow("child") { does("work") }, "null").record
    return RunRecord(
        id,
        1,
        run.workflow(),
        run.version(),
        run.fingerprint(),
        status,
        run.input(),
        if (status == RunStatus.COMPLETED) "\"kept\"" else null,
        null,
        null,
        0,
        run.createdAt(),
        run.updatedAt(),
        null,
        null,
        null,
        null,
    )
}

/** A store that keeps whoever reads the run [holds] waiting at its [gate]. */
private class Gated(
    private val store: Store,
) : Store by store {
    @Volatile
    var holds: String? = null
    val isHeld = CountDownLatch(1)
    val gate = CountDownLatch(1)

    override fun recorded(runIds: List<String>): List<Recorded> {
        if (holds in runIds) {
            isHeld.countDown()
            gate.await()
        }
        return store.recorded(runIds)
    }
}

/** A store that cannot find the run [runId] for the next [failing] times. */
private class Unreadable(
    private val store: Store,
    private val runId: String,
) : Store by store {
    val failing = AtomicInteger()

    override fun find(runId: String): Optional<RunRecord> {
        if (runId == this.runId && failing.getAndUpdate { maxOf(0, it - 1) } > 0) {
            throw StoreException(ErrorCode.STORE_UNAVAILABLE, "the line is dead", true, null)
        }
        return store.find(runId)
    }
}

/** The run, once another one has started it. */
private fun Engine.awaited(runId: String): Run {
    val isThere = CountDownLatch(1)
    listen { if (it.runId() == runId) isThere.countDown() }.use { if (find(runId).isEmpty) isThere.passed() }
    return find(runId).get()
}

/** Runs that other runs call, where there is something in the way of it. */
class ChildRunsSpec :
    FunSpec({
        fun parent(isDetached: Boolean = false) =
            JavaAuthoring.flow {
                if (isDetached) callDetached("kid", "child") { null } else call("kid", "child") { null }
            }

        fun child(n: Ledger) =
            JavaAuthoring.flow("child", timeout = Duration.ofHours(1)) {
                step("work") { "worked".also { n.ran("work") } }
            }

        test("a run that has a child's id and another input is no child: the call fails and says so") {
            val n = Ledger()
            MemoryStore().engine(parent(), child(n)).use { engine ->
                engine.start("child", "r/kid", "another").endsCompleted()
                val failure = engine.start("case", "r", null).ended().failure()
                failure.code() shouldBe ErrorCode.CHILD_FAILED
                failure.causes().single().code() shouldBe ErrorCode.RUN_CONFLICT
            }
            n["work"] shouldBe 1
        }

        test("a child that has ended before its call attaches to it gives what it gave") {
            val n = Ledger()
            MemoryStore().engine(parent(), child(n)).use { engine ->
                engine.start("child", "r/kid", null).endsCompleted()
                engine.start("case", "r", null).output() shouldBe "worked"
            }
            n["work"] shouldBe 1
        }

        test("a detached call gives the id of a child that has ended before, however it ended") {
            val failing = JavaAuthoring.flow("child") { does("work") { error("no") } }
            MemoryStore().engine(parent(isDetached = true), failing).use { engine ->
                engine.start("child", "r/kid", null).ended().status() shouldBe RunStatus.FAILED
                engine.start("case", "r", null).output() shouldBe "r/kid"
            }
        }

        test("a call of a workflow that nobody has registered fails, and says which") {
            MemoryStore().engine(parent()).use { engine ->
                val failure = engine.start("case", "r", null).ended().failure()
                failure.causes().single().code() shouldBe ErrorCode.UNKNOWN_WORKFLOW
                failure.message() shouldContain "\"child\""
            }
        }

        test(
            "a run that is done again under its id calls a child of its own, and long ids are shortened, each to another",
        ) {
            val n = Ledger()
            MemoryStore().engine(parent(isDetached = true), child(n)).use { engine ->
                engine.start("case", "r", null).output() shouldBe "r/kid"
                engine.reset("r").get(10, TimeUnit.SECONDS)
                engine.start("case", "r", null).output() shouldBe "r/kid?generation=2"
                val ids = listOf("a", "b").map { engine.start("case", it.repeat(199), null).output().toString() }
                ids.forEach { it shouldStartWith "child-" }
                ids.distinct().size shouldBe 2
                (ids + listOf("r/kid", "r/kid?generation=2")).forEach { engine.find(it).get().endsCompleted() }
            }
            n["work"] shouldBe 4
        }

        test("a retried parent retries its child, or takes what the child has come to meanwhile") {
            for (isChildFirst in listOf(false, true)) {
                val isMended = AtomicBoolean()
                val n = Ledger()
                val mended =
                    JavaAuthoring.flow("child") {
                        step("work") {
                            n.ran("work")
                            check(isMended.get()) { "not yet" }
                            "worked"
                        }
                    }
                MemoryStore().engine(parent(), mended).use { engine ->
                    val run = engine.start("case", "r", null)
                    run.ended().failure().code() shouldBe ErrorCode.CHILD_FAILED
                    isMended.set(true)
                    if (isChildFirst) {
                        val kid = engine.find("r/kid").get()
                        kid.retry().get(10, TimeUnit.SECONDS)
                        kid.endsCompleted()
                    }
                    run.retry().get(10, TimeUnit.SECONDS)
                    run.output() shouldBe "worked"
                }
                n["work"] shouldBe 2
            }
        }

        test("a retry of a parent that is just being looked at, as its child has ended, waits for that") {
            val isMended = AtomicBoolean()
            val mended = JavaAuthoring.flow("child") { does("work") { check(isMended.get()) { "not yet" } } }
            val store = Gated(MemoryStore())
            store.engine(parent(), mended).use { engine ->
                val run = engine.start("case", "r", null)
                run.ended().failure().code() shouldBe ErrorCode.CHILD_FAILED
                isMended.set(true)
                store.holds = "r"
                val kid = engine.find("r/kid").get()
                kid.retry().get(10, TimeUnit.SECONDS)
                store.isHeld.await(10, TimeUnit.SECONDS) shouldBe true
                val retried = run.retry()
                retried.isDone shouldBe false
                store.gate.countDown()
                retried.get(10, TimeUnit.SECONDS)
                run.output() shouldBe "work"
            }
        }

        test("a child that stopped keeps its parent waiting until it is mended and retried") {
            val isMended = AtomicBoolean()
            val stopping =
                JavaAuthoring.flow("child") {
                    does("work") { if (!isMended.get()) throw PerdureException(ErrorCode.NOT_DECODABLE, "what is it?") }
                }
            MemoryStore().engine(parent(), stopping).use { engine ->
                val run = engine.start("case", "r", null)
                val kid = engine.awaited("r/kid")
                kid.ended().status() shouldBe RunStatus.BLOCKED
                run.status().isTerminal shouldBe false
                isMended.set(true)
                kid.retry().get(10, TimeUnit.SECONDS)
                run.output() shouldBe "work"
            }
        }

        test("a child that cannot be read for the moment is cancelled when it can be") {
            val store = Unreadable(MemoryStore(), "r/kid")
            store.engine(parent(), JavaAuthoring.flow("child") { awaitSignal("never") }).use { engine ->
                val run = engine.start("case", "r", null)
                engine.awaited("r/kid")
                store.failing.set(2)
                run.cancel("enough").get(10, TimeUnit.SECONDS) shouldBe true
                run.ended().status() shouldBe RunStatus.CANCELLED
                store.find("r/kid").get().status() shouldBe RunStatus.CANCELLED
            }
        }

        test("a child that cannot be read for the moment is retried with its parent when it can be") {
            val isMended = AtomicBoolean()
            val n = Ledger()
            val mended =
                JavaAuthoring.flow("child") {
                    does("work") {
                        n.ran("work")
                        check(isMended.get()) { "not yet" }
                    }
                }
            val store = Unreadable(MemoryStore(), "r/kid")
            store.engine(parent(), mended).use { engine ->
                val run = engine.start("case", "r", null)
                run.ended().failure().code() shouldBe ErrorCode.CHILD_FAILED
                isMended.set(true)
                store.failing.set(1)
                run.retry().get(10, TimeUnit.SECONDS)
                run.output() shouldBe "work"
            }
            n["work"] shouldBe 2
        }

        test("a child that was undone cannot be retried: its retried parent fails again, with the same") {
            val n = Ledger()
            val undone =
                JavaAuthoring.flow("child") {
                    does("work", undo = { n.ran("undo") }) { n.ran("work") }
                    does("fail") { error("no money") }
                }
            MemoryStore().engine(parent(), undone).use { engine ->
                val run = engine.start("case", "r", null)
                repeat(2) {
                    val failure = run.ended().failure()
                    failure.message() shouldContain "COMPENSATED"
                    failure.causes().single().message() shouldBe "no money"
                    if (it == 0) run.retry().get(10, TimeUnit.SECONDS)
                }
                run.statuses("kid").count { it == StepStatus.FAILED } shouldBe 2
            }
            listOf(n["work"], n["undo"]) shouldContainExactly listOf(1, 1)
        }

        test("a cancelled run whose process died is CANCELLED though its child never began, or has ended") {
            val call = Call("kid", "child", 1, step("input"), ValueTypes.PLAIN, false)
            val workflow = graph(call)
            val run =
                Driven.begin(workflow).apply {
                    completes("kid#input", null)
                    cancel()
                }
            for (status in listOf(null, RunStatus.COMPLETED, RunStatus.FAILED)) {
                val store = MemoryStore()
                val lease = store.acquire(EngineIdentity("former", 1, "here"))
                val rows = Write.StartRun(Image.begun(workflow, "null").record, run.rows())
                val kid = status?.let { Write.StartRun(ended("r/kid", it), listOf()) }
                store.commit(lease, listOfNotNull(rows, kid))
                store.release(lease)
                val n = Ledger()
                store.engine(workflow, child(n)).use { engine ->
                    engine
                        .find("r")
                        .get()
                        .ended()
                        .status() shouldBe RunStatus.CANCELLED
                    engine.find("r/kid").map { it.status() }.orElse(null) shouldBe status
                }
                n["work"] shouldBe 0
            }
        }
    })
