package dev.perdure.core.engine

import dev.perdure.core.ErrorCode
import dev.perdure.core.Path
import dev.perdure.core.PerdureException
import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import dev.perdure.core.definition.ApprovalRequest
import dev.perdure.core.testing.VirtualClock
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import java.time.Duration
import java.util.concurrent.CompletableFuture
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CountDownLatch
import java.util.concurrent.ExecutionException
import java.util.concurrent.TimeUnit

/** What a call that was refused said. */
fun CompletableFuture<*>.refusal(): PerdureException =
    shouldThrow<ExecutionException> { get(10, TimeUnit.SECONDS) }.cause as PerdureException

/** Hears of waits that begin. */
class Suspensions : EngineListener {
    private val any = CountDownLatch(1)
    private val byPath = ConcurrentHashMap<String, CountDownLatch>()

    override fun onEvent(event: EngineEvent) {
        if (event is EngineEvent.WaitStarted) {
            of(event.path().toString()).countDown()
            any.countDown()
        }
    }

    private fun of(path: String) = byPath.computeIfAbsent(path) { CountDownLatch(1) }

    fun await() = any.passed()

    fun await(path: String) = of(path).passed()
}

/** Sleeps, signals, approvals and callbacks: E20, E70 to E72. */
fun waitConformance(subject: Subject) =
    funSpec {
        test("${subject}E70 a sleep of days is spent out of memory, over engines, and each fires once") {
            val stores = subject.newStores()
            val clock = VirtualClock()
            val n = Ledger()
            val workflow =
                subject.flow {
                    sleep("first", Duration.ofDays(3))
                    does("between") { n.ran("between") }
                    sleepUntil("second") { clock.now().plus(Duration.ofDays(1)) }
                    does("end") { n.ran("end") }
                }
            subject.engine(stores, workflow) { clock(clock) }.use { engine ->
                val run = engine.start("case", "r", null)
                clock.awaitTimer(Duration.ofDays(3))
                run.status() shouldBe RunStatus.WAITING
                clock.advance(Duration.ofDays(1))
            }
            subject.engine(stores, workflow) { clock(clock) }.use { engine ->
                clock.awaitTimer(Duration.ofDays(2))
                n["between"] shouldBe 0
                clock.advance(Duration.ofDays(2))
                clock.awaitTimer(Duration.ofDays(1))
                n["between"] shouldBe 1
            }
            clock.advance(Duration.ofDays(5))
            subject.engine(stores, workflow) { clock(clock) }.use { engine ->
                val run = engine.find("r").get().endsCompleted()
                listOf(n["between"], n["end"]) shouldContainExactly listOf(1, 1)
                run.statuses("first") shouldContainExactly listOf(StepStatus.COMPLETED)
                run.statuses("second") shouldContainExactly listOf(StepStatus.COMPLETED)
            }
        }

        test("${subject}E20 two waits for one name take two signals, and one that came early is kept and taken once") {
            val workflow =
                subject.flow {
                    val first = awaitSignal("first", "go")
                    val second = awaitSignal("second", "go")
                    step("end") { listOf(read(first), read(second)) }
                }
            val told = Suspensions()
            subject.engine(subject.newStores(), workflow) { listener(told) }.use { engine ->
                val run = engine.start("case", "r", null)
                run.signal("go", "one").get() shouldBe true
                told.await()
                run.signal("go", "two").get() shouldBe true
                run.output() shouldBe listOf("one", "two")
                run.signal("go", "three").refusal().code() shouldBe ErrorCode.WRONG_STATUS
            }
        }

        test("${subject}E20 waits side by side for one name take a signal each, in the order in which they began") {
            val wait: Nodes.() -> Unit = {
                awaitSignal("take", "go")
                does("took")
            }
            val workflow =
                subject.flow {
                    parallel("both", "a" to wait, "b" to wait)
                    does("end")
                }
            val told = Suspensions()
            subject.engine(subject.newStores(), workflow) { listener(told) }.use { engine ->
                val run = engine.start("case", "r", null)
                told.await()
                run.signal("go", "one").get() shouldBe true
                run.signal("go", "two").get() shouldBe true
                run.endsCompleted()
                run.rows("both/a/take").single().output() shouldBe "\"one\""
                run.rows("both/b/take").single().output() shouldBe "\"two\""
            }
        }

        test("${subject}E20 a signal that is sent while no engine is there, or before the wait, is not lost") {
            val stores = subject.newStores()
            val gate = CountDownLatch(1)
            val workflow =
                subject.flow {
                    does("before") { gate.passed() }
                    val signal = awaitSignal("über/漢 #1")
                    step("end") { read(signal) }
                }
            subject.engine(stores, workflow).use { engine ->
                val run = engine.start("case", "r", null)
                run.signal("über/漢 #1", mapOf("k" to listOf(1L, "é"))).get() shouldBe true
                gate.countDown()
                run.output() shouldBe mapOf("k" to listOf(1L, "é"))
            }
        }

        test(
            "${subject}E71 a wait that times out yields its default, null or a failure; a late signal is kept for the next",
        ) {
            val clock = VirtualClock()
            val workflow =
                subject.flow {
                    val none = awaitSignal("none", timeout = Duration.ofHours(1))
                    val default = awaitSignal("default", timeout = Duration.ofHours(1), otherwise = "default")
                    val late = awaitSignal("late", "none")
                    step("end") { listOf(read(none), read(default), read(late)) }
                }
            subject.engine(subject.newStores(), workflow) { clock(clock) }.use { engine ->
                val run = engine.start("case", "r", null)
                clock.awaitTimer(Duration.ofHours(1))
                clock.advance(Duration.ofHours(1))
                clock.awaitTimer(Duration.ofHours(1))
                clock.advance(Duration.ofHours(1))
                run.signal("none", "late").get() shouldBe true
                run.output() shouldBe listOf(null, "default", "late")
            }
            val failing =
                subject.flow("failing") {
                    awaitSignal("never", timeout = Duration.ofHours(1), isFailing = true)
                    does("end")
                }
            subject.engine(subject.newStores(), failing) { clock(clock) }.use { engine ->
                val run = engine.start("failing", "r", null)
                clock.awaitTimer(Duration.ofHours(1))
                clock.advance(Duration.ofHours(1))
                run.ended().failure().code() shouldBe ErrorCode.TIMED_OUT
                run.statuses("never") shouldContainExactly listOf(StepStatus.TIMED_OUT)
            }
        }

        test(
            "${subject}E71 any-of takes the first, all-of one of each, and a key counts once, before and after it was taken",
        ) {
            val told = Suspensions()
            val workflow =
                subject.flow {
                    val any = awaitAny("any", listOf("a", "b"))
                    val all = awaitAll("all", listOf("a", "b", "c"))
                    step("end") { listOf(any()!!.first, any()!!.second, all()) }
                }
            subject.engine(subject.newStores(), workflow) { listener(told) }.use { engine ->
                val run = engine.start("case", "r", null)
                told.await()
                run.signal("b", 1L, "key").get() shouldBe true
                run.signal("b", 2L, "key").get() shouldBe false
                run.signal("c", 3L).get() shouldBe true
                run.signal("b", 4L, "key").get() shouldBe false
                run.signal("b", 5L, "other").get() shouldBe true
                run.signal("a", 6L).get() shouldBe true
                run.output() shouldBe listOf("b", 1L, mapOf("a" to 6L, "b" to 5L, "c" to 3L))
            }
        }

        test("${subject}a signal for a run that is unknown, too large, too many or of a reserved name is refused") {
            val workflow =
                subject.flow {
                    awaitSignal("never")
                    does("end")
                }
            subject
                .engine(subject.newStores(), workflow) {
                    maxWaitingSignals(2)
                    maxPayloadLength(1_000)
                }.use { engine ->
                    engine.start("case", "r", null)
                    engine.signal("none", "go", 1, null).refusal().code() shouldBe ErrorCode.UNKNOWN_RUN
                    engine.signal("r", "perdure:approval:x", 1, null).refusal().code() shouldBe ErrorCode.INVALID_NAME
                    engine.signal("r", "", 1, null).refusal().code() shouldBe ErrorCode.INVALID_NAME
                    engine.signal("r", "go", "x".repeat(1_001), null).refusal().code() shouldBe ErrorCode.LIMIT_EXCEEDED
                    repeat(2) { engine.signal("r", "go", it, null).get() shouldBe true }
                    engine.signal("r", "go", 3, null).refusal().message shouldContain "maxWaitingSignals"
                }
        }

        test("${subject}E72 an approval is listed with its prompt, metadata and choices until it is answered, once") {
            val stores = subject.newStores()
            val workflow =
                subject.flow {
                    does("first") { this["amount"] = 12_000 }
                    val answer =
                        approval("sign_off", listOf("yes", "no")) {
                            ApprovalRequest("Pay ${this["amount"]}?", mapOf("invoice" to "4711"))
                        }
                    step("end") { answer()!!.let { listOf(it.choice(), it.by(), it.comment()) } }
                }
            val path = Path.parse("sign_off")
            val told = Suspensions()
            subject.engine(stores, workflow) { listener(told) }.use { engine ->
                engine.start("case", "r", null)
                told.await()
            }
            subject.engine(stores, workflow).use { engine ->
                val pending = engine.approvals(10, 0).single()
                pending.runId() shouldBe "r"
                pending.path() shouldBe path
                pending.prompt() shouldBe "Pay 12000?"
                pending.metadata() shouldBe mapOf("invoice" to "4711")
                pending.choices() shouldBe listOf("yes", "no")
                engine.answer("r", path, "maybe", "Ada", null).refusal().code() shouldBe ErrorCode.INVALID_ARGUMENT
                engine.answer("r", Path.parse("else"), "yes", "Ada", null).refusal().code() shouldBe
                    ErrorCode.WRONG_STATUS
                engine.answer("r", path, "yes", "Ada", "fine").get()
                engine.find("r").get().output() shouldBe listOf("yes", "Ada", "fine")
                engine.answer("r", path, "no", "Bob", null).refusal().code() shouldBe ErrorCode.ALREADY_ANSWERED
                engine.approvals(10, 0).shouldBeEmpty()
            }
        }

        test("${subject}a callback ends its wait once, by its token, of which the store has no trace") {
            val stores = subject.newStores()
            val tokens = ConcurrentLinkedQueue<String>()
            val told = Suspensions()
            val workflow =
                subject.flow {
                    val paid = callback("pay") { token -> tokens.add(token) }
                    step("end") { read(paid) }
                }
            subject.engine(stores, workflow) { listener(told) }.use { engine ->
                engine.start("case", "r", null)
                told.await()
            }
            val token = tokens.single()
            val secret = token.substringAfterLast('.')
            subject.engine(stores, workflow).use { engine ->
                val run = engine.find("r").get()
                run.journal().forEach { row ->
                    listOfNotNull(row.output(), row.detail(), row.error(), row.changes()).forEach {
                        it shouldNotContain
                            secret
                    }
                }
                listOf("", "x", "a.b.c", token.dropLast(3) + "AAA", token + "A").forEach { wrong ->
                    val refused = engine.complete(wrong, 1).refusal()
                    refused.code() shouldBe ErrorCode.INVALID_TOKEN
                    refused.message shouldNotContain secret
                }
                engine.complete(token, mapOf("receipt" to 7L)).get()
                run.output() shouldBe mapOf("receipt" to 7L)
                engine.complete(token, 2).refusal().code() shouldBe ErrorCode.ALREADY_ANSWERED
                tokens shouldHaveSize 1
            }
        }

        test("${subject}a cancel ends a run that waits, whatever it waits for") {
            val waits =
                listOf<Nodes.() -> Unit>(
                    { sleep("wait", Duration.ofDays(1)) },
                    { awaitSignal("wait") },
                    { approval("wait", listOf("yes")) { ApprovalRequest("?") } },
                    { forEach("wait", { listOf(1, 2) }, 2) { awaitSignal("never") } },
                )
            waits.forEach { wait ->
                val told = Suspensions()
                val workflow =
                    subject.flow {
                        wait()
                        does("end")
                    }
                subject.engine(subject.newStores(), workflow) { listener(told) }.use { engine ->
                    val run = engine.start("case", "r", null)
                    told.await()
                    run.cancel("enough").get() shouldBe true
                    run.ended().status() shouldBe RunStatus.CANCELLED
                    run.journal().none { it.status() == StepStatus.WAITING } shouldBe true
                }
            }
        }

        test("${subject}a deadline ends a run that waits, and is kept while it is out of memory") {
            val clock = VirtualClock()
            val stores = subject.newStores()
            val workflow =
                subject.flow(timeout = Duration.ofHours(8)) {
                    awaitSignal("never")
                    does("end")
                }
            val asleep = CountDownLatch(2)
            val sleepers = EngineListener { if (it is EngineEvent.RunSuspended) asleep.countDown() }
            subject.engine(stores, workflow) { clock(clock).listener(sleepers) }.use { engine ->
                engine.start("case", "slow", null)
                val deadline = StartOptions.DEFAULT.deadline(clock.now().plus(Duration.ofHours(2)))
                engine.start("case", "urgent", null, deadline)
                asleep.passed()
            }
            subject.engine(stores, workflow) { clock(clock) }.use { engine ->
                clock.awaitTimer(Duration.ofHours(2))
                clock.advance(Duration.ofHours(2))
                val urgent = engine.find("urgent").get().ended()
                urgent.status() shouldBe RunStatus.FAILED
                urgent.failure().code() shouldBe ErrorCode.TIMED_OUT
                engine.find("slow").get().status() shouldBe RunStatus.WAITING
                clock.awaitTimer(Duration.ofHours(6))
                clock.advance(Duration.ofHours(6))
                engine
                    .find("slow")
                    .get()
                    .ended()
                    .failure()
                    .code() shouldBe ErrorCode.TIMED_OUT
            }
        }

        test("${subject}a paused run starts nothing until it is resumed, and keeps what its bodies still did") {
            val stores = subject.newStores()
            val n = Ledger()
            val started = CountDownLatch(1)
            val gate = CountDownLatch(1)
            val workflow =
                subject.flow {
                    does("first") {
                        n.ran("first")
                        started.countDown()
                        gate.passed()
                    }
                    does("second") { n.ran("second") }
                }
            val ended = CountDownLatch(1)
            val hears = EngineListener { if (it is EngineEvent.StepCompleted) ended.countDown() }
            subject.engine(stores, workflow) { listener(hears) }.use { engine ->
                val run = engine.start("case", "r", null)
                started.passed()
                run.pause("look at it").get() shouldBe true
                run.status() shouldBe RunStatus.PAUSED
                gate.countDown()
                ended.passed()
            }
            subject.engine(stores, workflow).use { engine ->
                val run = engine.find("r").get()
                run.status() shouldBe RunStatus.PAUSED
                n["second"] shouldBe 0
                run.resume().get() shouldBe true
                run.endsCompleted()
                listOf(n["first"], n["second"]) shouldContainExactly listOf(1, 1)
                run.pause("too late").get() shouldBe false
            }
        }
    }
