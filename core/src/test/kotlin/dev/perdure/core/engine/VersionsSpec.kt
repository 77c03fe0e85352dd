package dev.perdure.core.engine

import dev.perdure.core.ErrorCode
import dev.perdure.core.PerdureException
import dev.perdure.core.RunFailedException
import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import dev.perdure.core.definition.Workflow
import dev.perdure.core.memory.MemoryStore
import dev.perdure.core.testing.VirtualClock
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import java.time.Duration
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CountDownLatch

/** What a step yields, in its first form. */
@JvmRecord
data class Receipt(
    val number: String,
    val cents: Long,
)

/** The same with a field more, which old ones lack. */
@JvmRecord
data class ReceiptWithNote(
    val number: String,
    val cents: Long,
    val note: String?,
)

/** Runs that no workflow was found for. */
private class Unresolved : EngineListener {
    val told = ConcurrentLinkedQueue<EngineEvent.RunUnresolved>()
    private val first = CountDownLatch(1)

    override fun onEvent(event: EngineEvent) {
        if (event is EngineEvent.RunUnresolved) {
            told.add(event)
            first.countDown()
        }
    }

    fun await() = first.passed()
}

/** What happens to runs when the code around them changes while they wait. */
class VersionsSpec :
    FunSpec({
        fun waiting(
            version: Int,
            n: Ledger = Ledger(),
        ) = JavaAuthoring.flow("order", version) {
            does("before") { n.ran("before $version") }
            awaitSignal("go")
            step("end") { "ended by version $version" }
        }

        fun MemoryStore.leaveWaiting(
            workflow: Workflow<*, *>,
            runId: String = "r",
        ) {
            val told = Suspensions()
            engine(workflow) { listener(told) }.use { engine ->
                engine.start(workflow.name(), runId, null)
                told.await()
            }
            find(runId).get().status() shouldBe RunStatus.WAITING
        }

        test("two versions live side by side: a run stays on its own over restarts, a new one takes the newest") {
            val store = MemoryStore()
            val n = Ledger()
            store.leaveWaiting(waiting(1, n), "old")
            val told = Suspensions()
            store.engine(waiting(2, n), waiting(1, n)) { listener(told) }.use { engine ->
                engine.start("order", "new", null)
                told.await()
                engine.start("order", "old", null).record().version() shouldBe 1
            }
            store.engine(waiting(1, n), waiting(3, n), waiting(2, n)).use { engine ->
                val runs = listOf("old", "new").map { engine.find(it).get() }
                runs.map { it.record().version() } shouldContainExactly listOf(1, 2)
                runs.forEach { it.signal("go", 1).get() shouldBe true }
                runs.map { it.output() } shouldContainExactly listOf("ended by version 1", "ended by version 2")
                runs.map { it.record().version() } shouldContainExactly listOf(1, 2)
                val newest = engine.start("order", "newest", null)
                newest.signal("go", 1).get() shouldBe true
                newest.output() shouldBe "ended by version 3"
                (1..3).map { n["before $it"] } shouldContainExactly listOf(1, 1, 1)
            }
        }

        test("a run whose version is not registered is left as it is, and a later engine that has it goes on") {
            val store = MemoryStore()
            val n = Ledger()
            store.leaveWaiting(waiting(1, n))
            val journal = store.journal("r")
            val unresolved = Unresolved()
            store.engine(waiting(2, n)) { listener(unresolved) }.use { engine ->
                val run = engine.find("r").get()
                run.signal("go", "kept").get() shouldBe true
                unresolved.await()
                unresolved.told.map { listOf(it.runId(), it.workflow(), it.version()) } shouldContainExactly
                    listOf(listOf("r", "order", 1))
                shouldThrow<PerdureException> { run.await(String::class.java) }.let {
                    it.code() shouldBe ErrorCode.UNKNOWN_WORKFLOW
                    it.message shouldContain "version 1"
                }
                run.status() shouldBe RunStatus.WAITING
                run.journal() shouldBe journal
            }
            store.engine(waiting(2, n), waiting(1, n)).use { engine ->
                engine.find("r").get().output() shouldBe "ended by version 1"
                listOf(n["before 1"], n["before 2"]) shouldContainExactly listOf(1, 0)
            }
        }

        test("a timer that comes due while no engine has the run's version fires when one does") {
            val store = MemoryStore()
            val clock = VirtualClock()

            fun sleeper(version: Int) =
                JavaAuthoring.flow("sleeper", version) {
                    sleep("wait", Duration.ofDays(2))
                    step("end") { version }
                }
            store.engine(sleeper(1)) { clock(clock) }.use { engine ->
                engine.start("sleeper", "r", null)
                clock.awaitTimer(Duration.ofDays(2))
            }
            val unresolved = Unresolved()
            store
                .engine(sleeper(2)) {
                    clock(clock)
                    listener(unresolved)
                }.use {
                    clock.awaitTimer(Duration.ofDays(2))
                    clock.advance(Duration.ofDays(2))
                    unresolved.await()
                    store.find("r").get().status() shouldBe RunStatus.WAITING
                }
            store.engine(sleeper(1), sleeper(2)) { clock(clock) }.use { engine ->
                engine.find("r").get().output() shouldBe 1L
            }
        }

        val changes =
            mapOf<String, Nodes.(Ledger) -> Unit>(
                "renamed" to { n -> does("book") { n.ran("changed") } },
                "removed" to { },
                "made a block" to { n -> parallel("reserve", "a" to { does("in") { n.ran("changed") } }) },
            )
        changes.forEach { (change, first) ->
            test("a run that waits behind a node that was $change is INCOMPATIBLE, runs nothing, and can still go on") {
                val store = MemoryStore()
                val n = Ledger()

                fun version(first: Nodes.(Ledger) -> Unit) =
                    JavaAuthoring.flow("changed") {
                        first(n)
                        val got = awaitSignal("go")
                        step("end") {
                            n.ran("end")
                            read(got)
                        }
                    }
                val right = version { does("reserve") { n.ran("reserve") } }
                store.leaveWaiting(right)
                val journal = store.journal("r")
                repeat(2) { attempt ->
                    store.engine(version(first)).use { engine ->
                        val run = engine.find("r").get()
                        if (attempt == 0) run.signal("go", "kept").get() shouldBe true
                        val ended = run.ended()
                        ended.status() shouldBe RunStatus.INCOMPATIBLE
                        ended.failure().code() shouldBe ErrorCode.INCOMPATIBLE
                        ended.failure().message() shouldContain "\"reserve\""
                        shouldThrow<RunFailedException> { run.await(Any::class.java) }.code() shouldBe
                            ErrorCode.INCOMPATIBLE
                        run.journal() shouldBe journal
                    }
                }
                listOf(n["changed"], n["end"]) shouldContainExactly listOf(0, 0)
                store.engine(right).use { engine ->
                    engine.find("r").get().output() shouldBe "kept"
                    listOf(n["reserve"], n["end"], n["changed"]) shouldContainExactly listOf(1, 1, 0)
                }
            }
        }

        fun <T : Any> typed(
            type: Class<T>,
            n: Ledger,
            made: () -> T,
        ) = Workflow.define("typed", Any::class.java, String::class.java) { w ->
            val receipt =
                w.step("pay", type) {
                    n.ran("pay")
                    made()
                }
            w.awaitSignal("go", Any::class.java)
            w.step("show", String::class.java) { s ->
                val text = s.get(receipt).toString()
                n.ran("show")
                text
            }
        }

        test("a recorded value whose class gained an optional field is read, and its step is not run again") {
            val store = MemoryStore()
            val n = Ledger()
            store.leaveWaiting(typed(Receipt::class.java, n) { Receipt("4711", 1_999) })
            val new = typed(ReceiptWithNote::class.java, n) { error("ran again") }
            store.engine(new).use { engine ->
                val run = engine.find("r").get()
                run.signal("go", 1).get() shouldBe true
                run.output() shouldBe ReceiptWithNote("4711", 1_999, null).toString()
                n["pay"] shouldBe 1
            }
        }

        test(
            "a recorded value that cannot be read blocks its run with the path, until a fitting class is there again",
        ) {
            val store = MemoryStore()
            val n = Ledger()
            store.leaveWaiting(typed(String::class.java, n) { "secret" })
            repeat(2) { attempt ->
                store.engine(typed(Receipt::class.java, n) { error("ran again") }).use { engine ->
                    val run = engine.find("r").get()
                    if (attempt == 0) run.signal("go", 1).get() shouldBe true
                    val ended = run.ended()
                    ended.status() shouldBe RunStatus.BLOCKED
                    ended.failure().code() shouldBe ErrorCode.NOT_DECODABLE
                    ended.failure().message() shouldContain "\"pay\""
                    ended.failure().message() shouldContain "Receipt"
                    ended.error()!! shouldNotContain "secret"
                    run.rows("show").filter { it.status() == StepStatus.COMPLETED }.shouldBeEmpty()
                }
            }
            listOf(n["pay"], n["show"]) shouldContainExactly listOf(1, 0)
            store.engine(typed(String::class.java, n) { error("ran again") }).use { engine ->
                val run = engine.find("r").get()
                run.output() shouldBe "secret"
                run.statuses("pay") shouldContainExactly listOf(StepStatus.COMPLETED)
                listOf(n["pay"], n["show"]) shouldContainExactly listOf(1, 1)
            }
        }
    })
