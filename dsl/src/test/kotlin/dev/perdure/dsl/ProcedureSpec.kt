package dev.perdure.dsl

import dev.perdure.core.ErrorCode
import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import dev.perdure.core.engine.EngineEvent
import dev.perdure.core.engine.EngineListener
import dev.perdure.core.engine.Ledger
import dev.perdure.core.engine.ended
import dev.perdure.core.engine.endsCompleted
import dev.perdure.core.engine.engine
import dev.perdure.core.engine.failure
import dev.perdure.core.engine.output
import dev.perdure.core.engine.passed
import dev.perdure.core.engine.statuses
import dev.perdure.core.memory.MemoryStore
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.TimeoutCancellationException
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.launch
import kotlinx.coroutines.withTimeout
import kotlinx.coroutines.withTimeoutOrNull
import kotlinx.serialization.Serializable
import java.util.concurrent.CountDownLatch
import java.util.concurrent.atomic.AtomicInteger
import kotlin.time.Duration.Companion.milliseconds

@Serializable
private data class Part<T>(
    val id: String,
    val parts: List<T>,
    val by: Map<String, T?>,
)

class ProcedureSpec :
    FunSpec({
        test("J07 J23 J24 values come back as they were, with their types") {
            val n = Ledger()
            val store = MemoryStore()
            val values = mutableListOf<List<kotlin.Any?>>()
            val workflow =
                procedure<Unit, String>("types") {
                    val item = step("item") { Part("é", listOf(9007199254740993L), mapOf("a" to null)) }
                    values +=
                        listOf(
                            step("text") { "Ä".also { n.ran("text") } },
                            step("int") { 42 },
                            step("long") { 9007199254740993L },
                            step("boolean") { true },
                            step("double") { 3.14 },
                            step("nan") { Double.NaN }.toString(),
                            step<Unit>("unit") { },
                            step<String?>("null") { null },
                            step("bytes") { byteArrayOf(1, -1) }.toList(),
                            item,
                        )
                    step("last") { if (n.ran("last") == 1) error("again") else "done" }
                }
            store.engine(workflow).use { engine ->
                val run = engine.start(workflow, "r", Unit)
                run.ended().status() shouldBe RunStatus.FAILED
                run.retry().get()
                run.output() shouldBe "done"
            }
            values.size shouldBe 2
            values[1] shouldBe values[0]
            values[1].map { it?.javaClass } shouldBe values[0].map { it?.javaClass }
            n["text"] shouldBe 1
        }

        test("J25 a type that cannot be recorded is refused before the step's effect") {
            class Opaque
            val n = Ledger()
            val workflow =
                procedure<Unit, Unit>("opaque") {
                    val odd = step("odd") { Opaque().also { n.ran("odd") } }
                    check(odd.hashCode() != 0)
                }
            MemoryStore().engine(workflow).use { engine ->
                engine
                    .start(workflow, "r", Unit)
                    .ended()
                    .failure()
                    .code() shouldBe ErrorCode.NOT_ENCODABLE
            }
            n["odd"] shouldBe 0
        }

        test("J40 withTimeout around a step cancels it and throws a timeout, the same when the code is run again") {
            val n = Ledger()
            val store = MemoryStore()
            val workflow =
                procedure<Unit, String>("timed") {
                    val first =
                        withTimeoutOrNull(20.milliseconds) {
                            step<String>("slow") {
                                n.ran("slow")
                                awaitCancellation()
                            }
                        }
                    val caught =
                        try {
                            withTimeout(20.milliseconds) { step<Unit>("slow") { awaitCancellation() } }
                        } catch (late: TimeoutCancellationException) {
                            "late"
                        }
                    step("after") { if (n.ran("after") == 1) error("again") else "$first $caught" }
                }
            store.engine(workflow).use { engine ->
                val run = engine.start(workflow, "r", Unit)
                run.ended().status() shouldBe RunStatus.FAILED
                run.retry().get()
                run.output() shouldBe "null late"
                run.statuses("slow") shouldContainExactly listOf(StepStatus.CANCELLED)
                run.statuses("slow#1") shouldContainExactly listOf(StepStatus.CANCELLED)
            }
            n["slow"] shouldBe 1
        }

        test(
            "J40 a timeout that nobody catches fails the run as one, and a step that its code's cancel ended is not failed",
        ) {
            val timed =
                procedure<Unit, Unit>(
                    "timed",
                ) { withTimeout(20.milliseconds) { step<Unit>("slow") { awaitCancellation() } } }
            MemoryStore().engine(timed).use { engine ->
                val run = engine.start(timed, "r", Unit)
                run.ended().failure().code() shouldBe ErrorCode.TIMED_OUT
                run.statuses("slow") shouldContainExactly listOf(StepStatus.CANCELLED)
            }
            val started = CompletableDeferred<Unit>()
            val left =
                procedure<Unit, String>("left") {
                    coroutineScope {
                        val work =
                            launch {
                                step<Unit>("slow") {
                                    started.complete(Unit)
                                    awaitCancellation()
                                }
                            }
                        started.await()
                        work.cancel()
                    }
                    "left"
                }
            MemoryStore().engine(left).use { engine ->
                val run = engine.start(left, "r", Unit)
                run.output() shouldBe "left"
                run.statuses("slow") shouldContainExactly listOf(StepStatus.CANCELLED)
            }
        }

        test("code that waits for long is dropped without a finally of it, and leaves nothing behind") {
            val finals = AtomicInteger()
            val entered = AtomicInteger()
            val suspended = CountDownLatch(1)
            val workflow =
                procedure<Unit, String>("waits") {
                    entered.incrementAndGet()
                    try {
                        awaitSignal<String>("go")
                    } finally {
                        finals.incrementAndGet()
                    }
                }
            val listener = EngineListener { if (it is EngineEvent.RunSuspended) suspended.countDown() }
            MemoryStore().engine(workflow) { listener(listener) }.use { engine ->
                val run = engine.start(workflow, "r", Unit)
                suspended.passed()
                finals.get() shouldBe 0
                run.signal("go", "done").get() shouldBe true
                run.output() shouldBe "done"
            }
            finals.get() shouldBe 1
            entered.get() shouldBe 2
        }

        test("code with a timeout of its own around a wait stays in memory, so that the timeout counts") {
            val workflow =
                procedure<Unit, String>("own") {
                    withTimeoutOrNull(50.milliseconds) { awaitSignal<String>("never") } ?: "gave up"
                }
            MemoryStore().engine(workflow) { suspendAfter(java.time.Duration.ZERO) }.use { engine ->
                engine.start(workflow, "r", Unit).output() shouldBe "gave up"
            }
        }

        test("10,000 steps that are suspended at once hold no thread") {
            val all = CountDownLatch(10_000)
            val release = CompletableDeferred<Unit>()
            val workflow =
                procedure<Int, Int>("many") { number ->
                    step("wait") {
                        all.countDown()
                        release.await()
                        number
                    }
                }
            MemoryStore().engine(workflow) { maxActiveRuns(20_000) }.use { engine ->
                val runs = (1..10_000).map { engine.startAsync("many", "r$it", it) }.map { it.get() }
                all.passed()
                (Thread.activeCount() < 100) shouldBe true
                release.complete(Unit)
                runs.forEach { it.endsCompleted() }
            }
        }

        test("J04 branches overlap, on however many threads") {
            val arrived = AtomicInteger()
            val all = CompletableDeferred<Unit>()
            val workflow =
                procedure<Unit, Int>("overlap") {
                    parallel {
                        (1..3).map { i ->
                            step("b$i") {
                                if (arrived.incrementAndGet() == 3) all.complete(Unit)
                                all.await()
                                i
                            }
                        }
                    }.awaitAll().sum()
                }
            MemoryStore().engine(workflow).use { engine -> engine.start(workflow, "r", Unit).output() shouldBe 6L }
        }
    })
