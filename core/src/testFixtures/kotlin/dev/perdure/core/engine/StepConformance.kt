package dev.perdure.core.engine

import dev.perdure.core.ErrorCode
import dev.perdure.core.Failure
import dev.perdure.core.Json
import dev.perdure.core.PerdureException
import dev.perdure.core.RunFailedException
import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import dev.perdure.core.definition.Retry
import dev.perdure.core.definition.StepOptions
import dev.perdure.core.definition.Workflow
import dev.perdure.core.journal.RunRecord
import dev.perdure.core.testing.VirtualClock
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.maps.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.shouldNotBe
import io.kotest.matchers.string.shouldContain
import java.time.Duration
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CountDownLatch
import java.util.concurrent.ExecutionException
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicBoolean
import java.util.concurrent.atomic.AtomicInteger

/** Attempts, retries, timeouts and values of steps, as every store and engine has to treat them. */
fun stepConformance(newStores: () -> Stores) =
    funSpec {
        test("E60 a step that fails twice and has attempts left completes with three rows") {
            val n = Ledger()
            val workflow = flow("e60") { does("flaky", retries(5)) { check(n.ran("flaky") > 2) { "not yet" } } }
            newStores().open().engine(workflow).use { engine ->
                val run = engine.start("e60", "r", null).endsCompleted()
                run.statuses("flaky") shouldContainExactly
                    listOf(StepStatus.FAILED, StepStatus.FAILED, StepStatus.COMPLETED)
                run.rows("flaky").map { it.attempt() } shouldContainExactly listOf(1, 2, 3)
            }
        }

        test("E61 a crash during the back-off neither refills the budget nor forgets the remaining delay") {
            val stores = newStores()
            val n = Ledger()
            val clock = VirtualClock()
            val options = retries(3, Duration.ofHours(1))
            val workflow =
                flow("e61") {
                    does("flaky", options) {
                        n.ran("flaky")
                        error("always")
                    }
                }
            stores.open().engine(workflow) { clock(clock) }.use { engine ->
                engine.start("e61", "r", null)
                clock.awaitTimer(Duration.ofHours(1))
                clock.advance(Duration.ofHours(1))
                clock.awaitTimer(Duration.ofHours(1))
                clock.advance(Duration.ofMinutes(20))
            }
            n["flaky"] shouldBe 2
            stores.open().engine(workflow) { clock(clock) }.use { engine ->
                val run = engine.find("r").get()
                clock.awaitTimer(Duration.ofMinutes(40))
                n["flaky"] shouldBe 2
                clock.advance(Duration.ofMinutes(40))
                run.ended().status() shouldBe RunStatus.FAILED
                n["flaky"] shouldBe 3
                run.rows("flaky").map { it.attempt() to it.status() } shouldContainExactly
                    listOf(1 to StepStatus.FAILED, 2 to StepStatus.FAILED, 3 to StepStatus.FAILED)
            }
        }

        test("E63 whatever a body throws or returns, its step fails with type, message and attempt") {
            val bodies =
                mapOf<String, () -> Any>(
                    "java.io.IOException" to { throw java.io.IOException("boom") },
                    "java.lang.StackOverflowError" to { throw StackOverflowError("boom") },
                    "java.lang.AssertionError" to { throw AssertionError("boom") },
                    "java.util.concurrent.CancellationException" to
                        { throw java.util.concurrent.CancellationException("boom") },
                    ErrorCode.NOT_ENCODABLE.name to { Thread.currentThread() },
                )
            bodies.forEach { (type, body) ->
                val workflow =
                    Workflow.define("e63", Any::class.java, Any::class.java) { w ->
                        w.step("bad", Any::class.java) { body() }
                    }
                newStores().open().engine(workflow).use { engine ->
                    val failure = engine.start("e63", "r", null).ended().failure()
                    failure.type() shouldBe type
                    failure.path().toString() shouldBe "bad"
                    failure.attempt() shouldBe 1
                    if (type != ErrorCode.NOT_ENCODABLE.name) failure.message() shouldBe "boom"
                }
            }
        }

        test("E65 an attempt that takes too long is recorded TIMED_OUT, retried, and its late result changes nothing") {
            val clock = VirtualClock()
            val n = Ledger()
            val options = StepOptions.DEFAULT.timeout(Duration.ofMillis(20)).retry(Retry.fixed(2, Duration.ZERO))
            val started = ConcurrentLinkedQueue<CountDownLatch>(listOf(CountDownLatch(1), CountDownLatch(1)))
            val latches = started.toList()
            val workflow =
                flow("e65") {
                    does("slow", options) { s ->
                        n.ran("slow")
                        started.poll().countDown()
                        try {
                            CountDownLatch(1).await()
                        } catch (e: InterruptedException) {
                            s.put("late", true)
                        }
                    }
                }
            newStores().open().engine(workflow) { clock(clock) }.use { engine ->
                val run = engine.start("e65", "r", null)
                latches.forEach { latch ->
                    latch.passed()
                    clock.advance(Duration.ofMillis(20))
                }
                val ended = run.ended()
                ended.status() shouldBe RunStatus.FAILED
                ended.failure().code() shouldBe ErrorCode.TIMED_OUT
                run.statuses("slow") shouldContainExactly listOf(StepStatus.TIMED_OUT, StepStatus.TIMED_OUT)
                run.context() shouldContainExactly emptyMap()
                n["slow"] shouldBe 2
            }
        }

        test("a body that ignores its cancellation is abandoned after the grace and its late result refused") {
            val clock = VirtualClock()
            val release = CountDownLatch(1)
            val events = ConcurrentLinkedQueue<EngineEvent>()
            val started = CountDownLatch(1)
            val workflow =
                flow("deaf", content = {
                    does("deaf", StepOptions.DEFAULT.timeout(Duration.ofSeconds(1))) {
                        started.countDown()
                        while (true) {
                            try {
                                release.await()
                                break
                            } catch (ignored: InterruptedException) {
                                continue
                            }
                        }
                    }
                })
            newStores()
                .open()
                .engine(workflow) {
                    clock(clock)
                    listener(events::add)
                    cancellationGrace(Duration.ofSeconds(5))
                }.use { engine ->
                    val run = engine.start("deaf", "r", null)
                    started.passed()
                    clock.advance(Duration.ofSeconds(1))
                    clock.awaitTimer(Duration.ofSeconds(5))
                    clock.advance(Duration.ofSeconds(5))
                    run.ended().status() shouldBe RunStatus.FAILED
                    run.statuses("deaf") shouldContainExactly listOf(StepStatus.TIMED_OUT)
                    release.countDown()
                }
            events.filterIsInstance<EngineEvent.BodyAbandoned>() shouldHaveSize 1
        }

        test("E77 large and odd values survive a resume") {
            val stores = newStores()
            val big = "x".repeat(1_000_000)
            val context =
                mapOf(
                    "text" to "Zoë \uD83D\uDE80 \u0000 \uD800 end",
                    "numbers" to listOf(1L, 9007199254740993L, 0.1, -0.0, 1e300),
                    "emptyMap" to emptyMap<String, Any?>(),
                    "emptyList" to emptyList<Any?>(),
                    "null" to null,
                    "large" to "y".repeat(100_000),
                )
            val workflow =
                flow("e77") {
                    val made =
                        step("make", String::class.java) { s ->
                            context.forEach { (key, value) -> s.put(key, value) }
                            big
                        }
                    does("check") { s -> check(s.get(made) == big) }
                    step("last", String::class.java) { s -> s.get(made) }
                }
            val crashing = CrashingStore(stores.open(), true, CrashingStore.at("make"))
            crashing.engine(workflow).use {
                it.startAsync("e77", "r", null)
                crashing.awaitCrash()
            }
            stores.open().engine(workflow).use { engine ->
                val run = engine.find("r").get().endsCompleted()
                run.context() shouldContainExactly context
                run.await(String::class.java) shouldBe big
            }
        }

        test("an atMostOnce step that was interrupted fails instead of running again") {
            val stores = newStores()
            val n = Ledger()
            val started = CountDownLatch(1)
            val workflow =
                flow("once") {
                    does("charge", StepOptions.DEFAULT.atMostOnce()) {
                        if (n.ran("charge") == 1) {
                            started.countDown()
                            CountDownLatch(1).await()
                        }
                    }
                }
            stores.open().engine(workflow).use { engine ->
                val run = engine.start("once", "r", null)
                started.passed()
                run.statuses("charge") shouldContainExactly listOf(StepStatus.RUNNING)
            }
            stores.open().engine(workflow).use { engine ->
                val run = engine.find("r").get()
                run.ended().failure().code() shouldBe ErrorCode.STEP_INTERRUPTED
                n["charge"] shouldBe 1
                run.statuses("charge") shouldContainExactly listOf(StepStatus.FAILED)
                run.retry().get()
                run.endsCompleted()
                n["charge"] shouldBe 2
            }
        }

        test("a step that is interrupted ten times is parked as FAILED, and its attempts go on counting") {
            val stores = newStores()
            val attempts = ConcurrentLinkedQueue<Int>()
            val keys = ConcurrentLinkedQueue<String>()
            var run: RunRecord? = null
            repeat(11) {
                val started = CountDownLatch(1)
                val workflow =
                    flow("killer") {
                        does("kill") { s ->
                            attempts.add(s.attempt())
                            keys.add(s.idempotencyKey())
                            started.countDown()
                            CountDownLatch(1).await()
                        }
                    }
                stores.open().engine(workflow).use { engine ->
                    val handle = engine.find("r").orElseGet { engine.start("killer", "r", null) }
                    if (it < 10) started.passed() else run = handle.ended()
                }
            }
            attempts.toList() shouldContainExactly (1..10).toList()
            keys.toSet() shouldBe setOf("r/kill")
            run!!.status() shouldBe RunStatus.FAILED
            run.failure().code() shouldBe ErrorCode.INTERRUPTED_TOO_OFTEN
        }

        test("a recorded value that the code cannot read any more blocks the run, and nothing recorded runs again") {
            val stores = newStores()
            val n = Ledger()

            fun <T : Any> version(type: Class<T>) =
                Workflow.define("typed", Any::class.java, String::class.java) { w ->
                    val made =
                        w.step("make", type) {
                            n.ran("make")
                            type.cast("secret text")
                        }
                    w.step("read", String::class.java) { s -> s.get(made).toString() }
                }
            val crashing = CrashingStore(stores.open(), true, CrashingStore.at("make"))
            crashing.engine(version(String::class.java)).use {
                it.startAsync("typed", "r", null)
                crashing.awaitCrash()
            }
            stores.open().engine(version(Int::class.javaObjectType)).use { engine ->
                val ended = engine.find("r").get().ended()
                ended.status() shouldBe RunStatus.BLOCKED
                ended.failure().message() shouldContain "\"make\""
                ended.failure().message() shouldContain "Integer"
                ended.error()!!.contains("secret") shouldBe false
            }
            stores.open().engine(version(String::class.java)).use { engine ->
                engine.find("r").get().await(String::class.java) shouldBe "secret text"
                n["make"] shouldBe 1
            }
        }

        test("the first run and a resume see the same decoded values") {
            val workflow =
                Workflow.define("decoded", Any::class.java, String::class.java) { w ->
                    val made = w.step("make", MutableList::class.java) { mutableListOf<Any?>(2.5f, 'c') }
                    w.step(
                        "read",
                        String::class.java,
                    ) { s -> s.get(made).map { it!!::class.java.simpleName }.toString() }
                }
            newStores().open().engine(workflow).use { engine ->
                engine.start("decoded", "r", null).await(String::class.java) shouldBe "[Double, String]"
            }
        }

        test("a payload over the limit fails its step with its size and the limit") {
            val workflow = flow("big") { does("s") { it.put("key", "x".repeat(2_000)) } }
            newStores().open().engine(workflow) { maxPayloadLength(1_000) }.use { engine ->
                val failure = engine.start("big", "r", null).ended().failure()
                failure.code() shouldBe ErrorCode.LIMIT_EXCEEDED
                failure.message() shouldContain "1000"
                shouldThrow<PerdureException> { engine.start("big", "r2", "x".repeat(2_000)) }.code() shouldBe
                    ErrorCode.LIMIT_EXCEEDED
            }
        }

        test("a body that runs longer than the limit is written as RUNNING, and that row gives way to its outcome") {
            val clock = VirtualClock()
            val started = CountDownLatch(1)
            val release = CountDownLatch(1)
            val isRecorded = CountDownLatch(1)
            val workflow =
                flow("long") {
                    does("s") {
                        started.countDown()
                        release.passed()
                    }
                }
            val listener = EngineListener { if (it is EngineEvent.StepRecordedRunning) isRecorded.countDown() }
            newStores()
                .open()
                .engine(workflow) {
                    clock(clock)
                    listener(listener)
                }.use { engine ->
                    val run = engine.start("long", "r", null)
                    started.passed()
                    clock.awaitTimer(Duration.ofSeconds(1))
                    clock.advance(Duration.ofSeconds(1))
                    isRecorded.passed()
                    run.statuses("s") shouldContainExactly listOf(StepStatus.RUNNING)
                    release.countDown()
                    run.endsCompleted().statuses("s") shouldContainExactly listOf(StepStatus.COMPLETED)
                }
        }

        test("retryable and non-retryable failures") {
            val n = Ledger()
            val policy = Retry.fixed(5, Duration.ZERO).notOn(IllegalStateException::class.java)
            val workflow =
                flow("choosy") {
                    does("s", StepOptions.DEFAULT.retry(policy)) {
                        if (n.ran("s") < 3) throw java.io.IOException("again") else error("for good")
                    }
                }
            newStores().open().engine(workflow).use { engine ->
                engine
                    .start("choosy", "r", null)
                    .ended()
                    .failure()
                    .message() shouldBe "for good"
                n["s"] shouldBe 3
            }
        }
    }
