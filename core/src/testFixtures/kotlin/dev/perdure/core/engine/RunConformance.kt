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

/** Starts, cancels, resumes and resets of runs, as every store and engine has to treat them. */
fun runConformance(newStores: () -> Stores) =
    funSpec {
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

        test(
            "a run of an unregistered workflow is left alone, and reported unless other engines may know it; others go on",
        ) {
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
            val store = stores.open()
            store.engine(known) { listener(listener) }.use { engine ->
                engine.find("r2").get().endsCompleted()
                val unresolved = engine.find("r1").get()
                unresolved.status() shouldBe RunStatus.RUNNING
                if (store.isShared) {
                    unresolved.outcome().isDone shouldBe false
                    return@use
                }
                reported.passed()
                shouldThrow<PerdureException> { unresolved.await(String::class.java) }.code() shouldBe
                    ErrorCode.UNKNOWN_WORKFLOW
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
