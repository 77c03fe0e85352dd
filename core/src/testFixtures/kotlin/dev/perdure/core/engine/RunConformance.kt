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

private fun retries(
    attempts: Int,
    delay: Duration = Duration.ZERO,
) = StepOptions.DEFAULT.retry(Retry.fixed(attempts, delay))

private fun RunRecord.failure(): Failure = Failure.fromPlain(Json.read(error()!!))

/** Retries, timeouts, cancels, resumes and errors as every store and engine has to treat them. */
fun runConformance(newStores: () -> Stores) =
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

        test("E66 a cancel stops the running body, ends the run CANCELLED and runs nothing after it") {
            val n = Ledger()
            val started = CountDownLatch(1)
            val sawCancel = AtomicBoolean()
            val workflow =
                flow("e66") {
                    does("running") { s ->
                        started.countDown()
                        try {
                            CountDownLatch(1).await()
                        } finally {
                            sawCancel.set(s.isCancelled)
                        }
                    }
                    does("next") { n.ran("next") }
                }
            newStores().open().engine(workflow).use { engine ->
                val run = engine.start("e66", "r", null)
                started.passed()
                run.cancel("enough").get() shouldBe true
                val failed = shouldThrow<RunFailedException> { run.await(String::class.java) }
                failed.status() shouldBe RunStatus.CANCELLED
                failed.message shouldContain "enough"
                run.statuses("running") shouldContainExactly listOf(StepStatus.CANCELLED)
                sawCancel.get() shouldBe true
                n["next"] shouldBe 0
                run.cancel("again").get() shouldBe false
            }
        }

        test(
            "a cancel that is recorded wins over a crash: the next engine ends the run CANCELLED without running a body",
        ) {
            val stores = newStores()
            val n = Ledger()
            val started = CountDownLatch(1)
            val workflow =
                flow("c") {
                    does("running") {
                        n.ran("running")
                        started.countDown()
                        CountDownLatch(1).await()
                    }
                }
            val isCancel =
                CrashPoint { batch ->
                    batch.any { w -> w is dev.perdure.core.spi.Write.Append && w.rows().any { it.kind() == "cancel" } }
                }
            val crashing = CrashingStore(stores.open(), true, isCancel)
            crashing.engine(workflow).use { engine ->
                val run = engine.start("c", "r", null)
                started.passed()
                run.cancel("stop")
                crashing.awaitCrash()
            }
            stores.open().engine(workflow).use { engine ->
                engine
                    .find("r")
                    .get()
                    .ended()
                    .status() shouldBe RunStatus.CANCELLED
                n["running"] shouldBe 1
            }
        }

        test(
            "E67 a run whose recorded step the definition does not know is INCOMPATIBLE, and goes on with the right one",
        ) {
            val stores = newStores()
            val hold = CountDownLatch(1)

            fun version(first: String) =
                flow("e67") {
                    does(first)
                    does("second") { hold.await() }
                    does("third")
                }
            val crashing = CrashingStore(stores.open(), true, CrashingStore.at("reserve"))
            crashing.engine(version("reserve")).use {
                it.startAsync("e67", "r", null)
                crashing.awaitCrash()
            }
            stores.open().engine(version("book")).use { engine ->
                val run = engine.find("r").get()
                val ended = run.ended()
                ended.status() shouldBe RunStatus.INCOMPATIBLE
                ended.failure().message() shouldContain "\"reserve\""
                ended.failure().message() shouldContain "\"book\""
                shouldThrow<RunFailedException> { run.await(String::class.java) }.code() shouldBe ErrorCode.INCOMPATIBLE
            }
            hold.countDown()
            stores.open().engine(version("reserve")).use { engine ->
                val run = engine.find("r").get().endsCompleted()
                run.statuses("reserve") shouldContainExactly listOf(StepStatus.COMPLETED)
            }
        }

        test("a run is INCOMPATIBLE when nodes that were still to come are gone, never completed") {
            val stores = newStores()
            val long =
                flow("short") {
                    does("a")
                    does("b")
                }
            val crashing = CrashingStore(stores.open(), true, CrashingStore.at("a"))
            crashing.engine(long).use {
                it.startAsync("short", "r", null)
                crashing.awaitCrash()
            }
            stores.open().engine(flow("short") { does("a") }).use { engine ->
                engine
                    .find("r")
                    .get()
                    .ended()
                    .status() shouldBe RunStatus.INCOMPATIBLE
            }
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

        test("a failed run that is retried runs only what failed, with a new budget") {
            val stores = newStores()
            val n = Ledger()
            val isBroken = AtomicBoolean(true)
            val workflow =
                flow("retry") {
                    does("first") { n.ran("first") }
                    together {
                        onError(dev.perdure.core.definition.ParallelPolicy.OnError.COMPLETE_ALL)
                        join(dev.perdure.core.definition.Join.ALL)
                        does("a") { n.ran("a") }
                        does("b", retries(2)) { check(n.ran("b") > 0 && !isBroken.get()) { "broken" } }
                        does("c") { n.ran("c") }
                    }
                    does("last") { n.ran("last") }
                }
            stores.open().engine(workflow).use { engine ->
                engine.start("retry", "r", null).ended().status() shouldBe RunStatus.FAILED
            }
            isBroken.set(false)
            stores.open().engine(workflow).use { engine ->
                val run = engine.find("r").get()
                run.status() shouldBe RunStatus.FAILED
                run.retry().get()
                run.endsCompleted()
                listOf("first", "a", "b", "c", "last").map { n[it] } shouldContainExactly listOf(1, 1, 3, 1, 1)
                run.rows("block/b").map { it.attempt() } shouldContainExactly listOf(1, 2, 3)
                shouldThrow<ExecutionException> {
                    run.retry().get()
                }.cause.let { it as PerdureException }.code() shouldBe
                    ErrorCode.WRONG_STATUS
            }
        }

        test("a retried run survives further crashes at every commit") {
            val points = listOf("retry", "b", "c")
            points.forEach { point ->
                val stores = newStores()
                val n = Ledger()
                val isBroken = AtomicBoolean(true)
                val workflow =
                    flow("again") {
                        does("a") { n.ran("a") }
                        does("b") { check(!isBroken.get()) { "broken" } }
                        does("c")
                    }
                stores.open().engine(workflow).use { it.start("again", "r", null).ended() }
                isBroken.set(false)
                val crash =
                    CrashPoint { batch ->
                        batch.filterIsInstance<dev.perdure.core.spi.Write.Append>().any { write ->
                            write.rows().any { it.kind() == point || it.path() == point }
                        }
                    }
                val crashing = CrashingStore(stores.open(), true, crash)
                crashing.engine(workflow).use { engine ->
                    engine.find("r").get().retry()
                    crashing.awaitCrash()
                }
                stores.open().engine(workflow).use { engine ->
                    engine.find("r").get().endsCompleted()
                    n["a"] shouldBe 1
                }
            }
        }

        test("one id is one run: the same input attaches, another one or another workflow is refused") {
            val n = Ledger()
            val one =
                Workflow.define("one", Map::class.java, String::class.java) { w ->
                    w.step("s", String::class.java) {
                        n.ran("s")
                        "done"
                    }
                }
            newStores().open().engine(one, flow("other") { does("s") }).use { engine ->
                engine.start("one", "r", mapOf("name" to "alice")).await(String::class.java) shouldBe "done"
                engine.start("one", "r", mapOf("name" to "alice")).await(String::class.java) shouldBe "done"
                n["s"] shouldBe 1
                val input = shouldThrow<PerdureException> { engine.start("one", "r", mapOf("name" to "bob")) }
                input.code() shouldBe ErrorCode.RUN_CONFLICT
                input.message shouldContain "another input"
                shouldThrow<PerdureException> { engine.start("other", "r", null) }.code() shouldBe
                    ErrorCode.RUN_CONFLICT
                shouldThrow<PerdureException> { engine.start("none", "x", null) }.code() shouldBe
                    ErrorCode.UNKNOWN_WORKFLOW
                shouldThrow<PerdureException> { engine.start("one", "bad\nid", null) }.code() shouldBe
                    ErrorCode.INVALID_NAME
            }
        }

        test("many threads that start one id get one run whose body runs once") {
            val n = Ledger()
            newStores().open().engine(flow("one") { does("s") { n.ran("s") } }).use { engine ->
                val started = (1..32).map { engine.startAsync("one", "r", null) }
                started.forEach { it.get(10, TimeUnit.SECONDS).endsCompleted() }
                n["s"] shouldBe 1
            }
        }

        test("beyond maxActiveRuns runs wait as PENDING, and all of them end") {
            val gate = CountDownLatch(1)
            val arrived = CountDownLatch(2)
            val peak = AtomicInteger()
            val active = AtomicInteger()
            val workflow =
                flow("busy") {
                    does("s") {
                        peak.accumulateAndGet(active.incrementAndGet(), ::maxOf)
                        arrived.countDown()
                        gate.passed()
                        active.decrementAndGet()
                    }
                }
            newStores().open().engine(workflow) { maxActiveRuns(2) }.use { engine ->
                val runs = (1..6).map { engine.start("busy", "r$it", null) }
                runs.count { it.status() == RunStatus.PENDING } shouldBe 4
                arrived.passed()
                gate.countDown()
                runs.forEach { it.endsCompleted() }
                peak.get() shouldBe 2
            }
        }

        test("runs that were pending at a crash begin without an interruption") {
            val stores = newStores()
            val hold = CountDownLatch(1)
            val workflow = flow("p") { does("s") { hold.await() } }
            stores.open().engine(workflow) { maxActiveRuns(1) }.use { engine ->
                engine.start("p", "r1", null)
                engine.start("p", "r2", null).status() shouldBe RunStatus.PENDING
            }
            hold.countDown()
            stores.open().engine(workflow).use { engine ->
                engine
                    .find("r2")
                    .get()
                    .endsCompleted()
                    .statuses("s") shouldContainExactly listOf(StepStatus.COMPLETED)
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

        test("a run that takes longer than its timeout fails with TIMED_OUT, also when a crash came in between") {
            val stores = newStores()
            val clock = VirtualClock()
            val started = List(2) { CountDownLatch(1) }
            val n = Ledger()
            val workflow =
                flow("limited") {
                    timeout(Duration.ofHours(1))
                    does("wait") {
                        started[n.ran("wait") - 1].countDown()
                        CountDownLatch(1).await()
                    }
                }
            stores.open().engine(workflow) { clock(clock) }.use { engine ->
                engine.start("limited", "r", null)
                started[0].passed()
                clock.advance(Duration.ofMinutes(30))
            }
            stores.open().engine(workflow) { clock(clock) }.use { engine ->
                val run = engine.find("r").get()
                started[1].passed()
                clock.advance(Duration.ofMinutes(30))
                val ended = run.ended()
                ended.status() shouldBe RunStatus.FAILED
                ended.failure().code() shouldBe ErrorCode.TIMED_OUT
                run.statuses("wait").last() shouldBe StepStatus.CANCELLED
            }
        }

        test("reset forgets a run, and a new one under its id has other idempotency keys") {
            val keys = ConcurrentLinkedQueue<String>()
            val n = Ledger()
            val workflow =
                flow("reset") {
                    does("s") {
                        n.ran(it.runId())
                        keys.add(it.idempotencyKey())
                    }
                }
            newStores().open().engine(workflow).use { engine ->
                engine.start("reset", "w1", null).endsCompleted()
                engine.start("reset", "w2", null).endsCompleted()
                engine.reset("w1").get()
                engine.find("w1").isPresent shouldBe false
                engine.start("reset", "w1", null).endsCompleted()
                engine.start("reset", "w2", null).endsCompleted()
                listOf(n["w1"], n["w2"]) shouldContainExactly listOf(2, 1)
                keys.toSet() shouldHaveSize 3
                shouldThrow<ExecutionException> { engine.reset("none").get() }
            }
        }

        test("reset of a running run stops its body, and nothing of it is recorded later") {
            val started = CountDownLatch(1)
            val workflow =
                flow("reset") {
                    does("s") { s ->
                        started.countDown()
                        try {
                            CountDownLatch(1).await()
                        } catch (e: InterruptedException) {
                            s.put("late", true)
                        }
                    }
                }
            newStores().open().engine(workflow).use { engine ->
                val run = engine.start("reset", "r", null)
                started.passed()
                engine.reset("r").get()
                engine.find("r").isPresent shouldBe false
                run.journal() shouldHaveSize 0
            }
        }

        test("a run of an unregistered workflow is left alone and reported, others go on") {
            val stores = newStores()
            val hold = CountDownLatch(1)
            val known = flow("known") { does("s") { hold.await() } }
            stores.open().engine(known, flow("gone") { does("s") { hold.await() } }).use { engine ->
                engine.start("gone", "r1", null)
                engine.start("known", "r2", null)
            }
            hold.countDown()
            val reported = CountDownLatch(1)
            val listener = EngineListener { if (it is EngineEvent.RunUnresolved) reported.countDown() }
            stores.open().engine(known) { listener(listener) }.use { engine ->
                engine.find("r2").get().endsCompleted()
                reported.passed()
                val unresolved = engine.find("r1").get()
                unresolved.status() shouldBe RunStatus.RUNNING
                shouldThrow<PerdureException> { unresolved.await(String::class.java) }.code() shouldBe
                    ErrorCode.UNKNOWN_WORKFLOW
            }
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

        test("closing an engine cancels no run: the next one goes on") {
            val stores = newStores()
            val started = CountDownLatch(1)
            val n = Ledger()
            val workflow =
                flow("closed") {
                    does("first") { n.ran("first") }
                    does("second") {
                        if (n.ran("second") == 1) {
                            started.countDown()
                            CountDownLatch(1).await()
                        }
                    }
                }
            val outcome =
                stores.open().engine(workflow).use { engine ->
                    val run = engine.start("closed", "r", null)
                    started.passed()
                    run.outcome()
                }
            shouldThrow<ExecutionException> { outcome.get(10, TimeUnit.SECONDS) }
                .cause
                .let { it as PerdureException }
                .code() shouldBe ErrorCode.ENGINE_CLOSED
            stores.open().engine(workflow).use { engine ->
                engine.find("r").get().endsCompleted()
                listOf(n["first"], n["second"]) shouldContainExactly listOf(1, 2)
            }
        }

        test("a run in the middle of its engine's crash is found by a new engine without outside knowledge") {
            val stores = newStores()
            val hold = CountDownLatch(1)
            val workflow = flow("many") { does("s") { s -> if (s.runId() in setOf("r2", "r4")) hold.await() } }
            stores.open().engine(workflow).use { engine ->
                val runs = (1..5).map { engine.start("many", "r$it", null) }
                listOf(0, 2, 4).forEach { runs[it].endsCompleted() }
            }
            hold.countDown()
            val resumed = ConcurrentLinkedQueue<String>()
            val listener = EngineListener { if (it is EngineEvent.RunResumed) resumed.add(it.runId()) }
            stores.open().engine(workflow) { listener(listener) }.use { engine ->
                listOf("r2", "r4").forEach { engine.find(it).get().endsCompleted() }
            }
            resumed.toSet() shouldBe setOf("r2", "r4")
            hold.count shouldNotBe 1
        }
    }
