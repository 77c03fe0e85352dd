package dev.perdure.core.engine

import dev.perdure.core.ErrorCode
import dev.perdure.core.PerdureException
import dev.perdure.core.RunFailedException
import dev.perdure.core.RunStatus
import dev.perdure.core.definition.Workflow
import dev.perdure.core.testing.VirtualClock
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.factory.TestFactory
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.ints.shouldBeLessThanOrEqual
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.time.Duration
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CountDownLatch
import java.util.concurrent.CyclicBarrier
import java.util.concurrent.TimeUnit.SECONDS
import java.util.concurrent.atomic.AtomicInteger

private val inQ = StartOptions.inQueue("q")
private val minute = Duration.ofMinutes(1)
private val twoDays = Duration.ofDays(2)

/** A run of this holds its slot until the latch is open. */
private class Gate {
    val isThere = CountDownLatch(1)
    val letGo = CountDownLatch(1)
    val order = ConcurrentLinkedQueue<String>()

    val workflow: Workflow<Any, String> =
        flow("work") {
            does("step") {
                order += it.runId()
                if (it.runId() == "first") {
                    isThere.countDown()
                    letGo.passed()
                }
            }
        }
}

/** Which runs begin and when, for stores with one owner and a clock that the test moves. */
fun queueConformance(newStores: () -> Stores): TestFactory =
    funSpec {
        include(limitConformance(newStores))
        include(laterConformance(newStores))
        include(oneAtATimeConformance(newStores))
    }

private fun limitConformance(newStores: () -> Stores) =
    funSpec {
        test("of a queue's runs never more than its concurrency are under way, and all end") {
            val underWay = AtomicInteger()
            val pairs = CyclicBarrier(2)
            val workflow =
                flow("work") {
                    does("step") {
                        underWay.incrementAndGet() shouldBeLessThanOrEqual 2
                        pairs.await(10, SECONDS)
                        underWay.decrementAndGet()
                    }
                }
            newStores().open().engine(workflow) { queue("q", QueueLimits.concurrency(2)) }.use { engine ->
                val runs = (1..12).map { engine.start("work", "r$it", null, inQ) }
                runs.forEach { it.endsCompleted() }
            }
        }

        listOf("in a queue" to inQ, "for a place" to StartOptions.DEFAULT).forEach { (where, options) ->
            test("of runs that wait $where, those of a higher priority begin first, then the oldest") {
                val gate = Gate()
                val clock = VirtualClock()
                val engine =
                    newStores().open().engine(gate.workflow) {
                        clock(clock)
                        maxActiveRuns(1)
                        queue("q", QueueLimits.concurrency(1))
                    }
                engine.use {
                    val first = engine.start("work", "first", null, options)
                    gate.isThere.passed()
                    val later =
                        listOf("a" to 0, "low" to -5, "high" to 7, "b" to 0).map { (id, priority) ->
                            clock.advance(Duration.ofMillis(1))
                            engine.start("work", id, null, options.priority(priority))
                        }
                    later.map { it.status() }.toSet() shouldBe setOf(RunStatus.PENDING)
                    gate.letGo.countDown()
                    (later + first).forEach { it.endsCompleted() }
                }
                gate.order.toList() shouldContainExactly listOf("first", "high", "a", "b", "low")
            }
        }

        test("so many runs begin in a period as the rate says, and the next ones when it is over") {
            val clock = VirtualClock()
            val engine =
                newStores().open().engine(flow("work") { does("step") }) {
                    clock(clock)
                    queue("q", QueueLimits.NONE.rate(2, minute))
                }
            engine.use {
                val runs = (1..5).map { number -> engine.start("work", "r$number", null, inQ) }
                runs.chunked(2).forEach { pair ->
                    pair.forEach { it.endsCompleted() }
                    val left = runs.drop(runs.indexOf(pair.last()) + 1)
                    left.forEach { it.status() shouldBe RunStatus.PENDING }
                    if (left.isNotEmpty()) {
                        clock.awaitTimer(minute)
                        clock.advance(minute)
                    }
                }
            }
        }

        test(
            "what was under way in a queue when its engine ended goes on first, and keeps its slot until it has ended",
        ) {
            val stores = newStores()
            val held = Gate()
            stores.open().engine(held.workflow) { queue("q", QueueLimits.concurrency(1)) }.use { engine ->
                engine.start("work", "first", null, inQ)
                held.isThere.passed()
                engine.start("work", "second", null, inQ.priority(9))
            }
            val next = Gate()
            stores.open().engine(next.workflow) { queue("q", QueueLimits.concurrency(1)) }.use { engine ->
                next.isThere.passed()
                engine.find("second").get().status() shouldBe RunStatus.PENDING
                next.letGo.countDown()
                engine.find("second").get().endsCompleted()
            }
            next.order.toList() shouldContainExactly listOf("first", "second")
        }

        test("a run in a queue that no engine declares waits and says so, until one does") {
            val stores = newStores()
            val workflow = flow("work") { does("step") }
            stores.open().engine(workflow).use { engine ->
                val run = engine.start("work", "r", null, inQ.priority(3))
                engine.start("work", "free", null).endsCompleted()
                run.status() shouldBe RunStatus.PENDING
                run.explain().toString() shouldContain "waits for its turn in queue \"q\" with priority 3"
            }
            stores.open().engine(workflow) { queue("q", QueueLimits.NONE) }.use { it.find("r").get().endsCompleted() }
        }

        test("a slot is free again when its run is forgotten") {
            val gate = Gate()
            newStores().open().engine(gate.workflow) { queue("q", QueueLimits.concurrency(1)) }.use { engine ->
                engine.start("work", "first", null, inQ)
                gate.isThere.passed()
                val second = engine.start("work", "second", null, inQ)
                engine.reset("first").get(10, SECONDS)
                second.endsCompleted()
                gate.letGo.countDown()
            }
        }
    }

private fun laterConformance(newStores: () -> Stores) =
    funSpec {
        test("a run that is to begin later begins then, across a restart, in a queue and in none") {
            val stores = newStores()
            val clock = VirtualClock()
            val ran = ConcurrentLinkedQueue<String>()
            val workflow = flow("work") { does("step") { ran += it.runId() } }
            val open = {
                stores.open().engine(workflow) {
                    clock(clock)
                    queue("q", QueueLimits.NONE)
                }
            }
            open().use { engine ->
                val run = engine.start("work", "r", null, StartOptions.DEFAULT.startingAfter(twoDays))
                engine.start("work", "queued", null, inQ.startingAt(clock.now().plus(twoDays).plus(minute)))
                clock.awaitTimer(twoDays)
                run.status() shouldBe RunStatus.PENDING
                run.explain().toString() shouldContain "waits for its time to begin"
            }
            clock.advance(Duration.ofDays(1))
            open().use { engine ->
                clock.awaitTimer(Duration.ofDays(1))
                clock.advance(Duration.ofDays(1).minusMillis(1))
                engine.find("r").get().status() shouldBe RunStatus.PENDING
                clock.awaitTimer(Duration.ofMillis(1))
                clock.advance(Duration.ofMillis(1))
                engine.find("r").get().endsCompleted()
                clock.awaitTimer(minute)
                ran.toList() shouldContainExactly listOf("r")
            }
            clock.advance(minute)
            open().use { it.find("queued").get().endsCompleted() }
        }

        test("a workflow's timeout counts from when the run begins, in a queue and in none") {
            val clock = VirtualClock()
            val workflow =
                Workflow.define("work", 1, Any::class.java, String::class.java) { w ->
                    w.timeout(minute)
                    w.does("step")
                }
            val engine =
                newStores().open().engine(workflow) {
                    clock(clock)
                    queue("q", QueueLimits.NONE.rate(1, twoDays))
                }
            engine.use {
                val first = engine.start("work", "first", null, inQ)
                first.endsCompleted()
                val runs =
                    listOf(StartOptions.DEFAULT.startingAfter(twoDays), inQ)
                        .mapIndexed { number, options -> engine.start("work", "r$number", null, options) }
                clock.awaitTimer(twoDays)
                clock.advance(twoDays)
                runs.forEach { it.endsCompleted() }
            }
        }

        test("a run is cancelled before it begins, and goes on when it is retried") {
            val ran = Ledger()
            newStores()
                .open()
                .engine(flow("work") { does("step") { ran.ran(it.runId()) } }) {
                    clock(VirtualClock())
                }.use { engine ->
                    val later = engine.start("work", "later", null, StartOptions.DEFAULT.startingAfter(twoDays))
                    val queued = engine.start("work", "queued", null, inQ)
                    listOf(later, queued).forEach { run ->
                        val outcome = run.outcome()
                        run.pause("a break").get(10, SECONDS) shouldBe false
                        run.cancel("enough").get(10, SECONDS) shouldBe true
                        outcome.get(10, SECONDS).status() shouldBe RunStatus.CANCELLED
                        shouldThrow<RunFailedException> { run.await(String::class.java) }.message shouldContain "enough"
                        run.cancel("again").get(10, SECONDS) shouldBe false
                        ran[run.id()] shouldBe 0
                        run.retry().get(10, SECONDS)
                        run.endsCompleted()
                        ran[run.id()] shouldBe 1
                    }
                }
        }

        test("a run that has begun by its queue is cancelled like any other") {
            val gate = Gate()
            newStores().open().engine(gate.workflow) { queue("q", QueueLimits.NONE) }.use { engine ->
                val run = engine.start("work", "first", null, inQ)
                gate.isThere.passed()
                run.cancel("enough").get(10, SECONDS) shouldBe true
                run.ended().status() shouldBe RunStatus.CANCELLED
            }
        }

        test("a signal that came before a run began is there when it does") {
            val clock = VirtualClock()
            val workflow =
                flow("work") {
                    awaitSignal("go", String::class.java)
                    does("end")
                }
            newStores().open().engine(workflow) { clock(clock) }.use { engine ->
                val run = engine.start("work", "r", null, StartOptions.DEFAULT.startingAfter(twoDays))
                run.signal("go", "now").get(10, SECONDS) shouldBe true
                run.status() shouldBe RunStatus.PENDING
                clock.awaitTimer(twoDays)
                clock.advance(twoDays)
                run.endsCompleted()
            }
        }
    }

private fun oneAtATimeConformance(newStores: () -> Stores) =
    funSpec {
        test(
            "while a run with its dedup key has not ended, a start attaches to that, and begins a new one afterwards",
        ) {
            val gate = Gate()
            newStores().open().engine(gate.workflow) { queue("q", QueueLimits.NONE) }.use { engine ->
                val keyed = inQ.key("customer-3")
                val first = engine.start("work", "first", 1, keyed)
                gate.isThere.passed()
                engine.start("work", "second", 2, keyed).id() shouldBe "first"
                engine.find("second").isPresent shouldBe false
                engine.start("work", "other", 3, inQ.key("customer-4")).id() shouldBe "other"
                gate.letGo.countDown()
                first.endsCompleted()
                val third = engine.start("work", "third", 4, keyed)
                third.id() shouldBe "third"
                third.endsCompleted()
            }
        }

        test("a key of another workflow's run in the queue, or without a queue, is refused") {
            newStores().open().engine(flow("work") { does("step") }, flow("other") { does("step") }).use { engine ->
                engine.start("work", "r", null, inQ.key("k"))
                shouldThrow<PerdureException> { engine.start("other", "s", null, inQ.key("k")) }.let {
                    it.code() shouldBe ErrorCode.RUN_CONFLICT
                    it.message shouldContain "by run \"r\" of workflow \"work\""
                }
                shouldThrow<PerdureException> { engine.start("work", "s", null, StartOptions.DEFAULT.key("k")) }
                    .code() shouldBe ErrorCode.INVALID_ARGUMENT
            }
        }
    }
