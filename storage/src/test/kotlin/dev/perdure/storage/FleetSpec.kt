package dev.perdure.storage

import dev.perdure.core.ErrorCode
import dev.perdure.core.PerdureException
import dev.perdure.core.RunStatus
import dev.perdure.core.definition.Workflow
import dev.perdure.core.engine.Client
import dev.perdure.core.engine.EngineBuilder
import dev.perdure.core.engine.EngineEvent
import dev.perdure.core.engine.Ledger
import dev.perdure.core.engine.does
import dev.perdure.core.engine.ended
import dev.perdure.core.engine.endsCompleted
import dev.perdure.core.engine.flow
import dev.perdure.core.engine.passed
import dev.perdure.core.engine.together
import dev.perdure.core.schedule.Schedule
import dev.perdure.core.spi.RunQuery
import dev.perdure.dsl.await
import dev.perdure.dsl.client
import dev.perdure.dsl.join
import dev.perdure.dsl.start
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.longs.shouldBeLessThan
import io.kotest.matchers.shouldBe
import kotlinx.coroutines.future.await
import kotlinx.coroutines.runBlocking
import java.time.Duration
import java.util.concurrent.CountDownLatch
import java.util.concurrent.ExecutionException
import java.util.concurrent.TimeUnit.SECONDS

/** Several engines on one database share its runs. */
class FleetSpec :
    FunSpec({
        fun node(
            vararg workflows: Workflow<*, *>,
            configure: EngineBuilder.() -> Unit = {},
        ) = { schema: String -> Node(schema, *workflows, configure = configure) }

        listOf(2, 3).forEach { count ->
            test("$count engines run 300 runs between them, each step once") {
                val effects = Ledger()
                val takers = Ledger()
                val nodes =
                    (1..count).map { number ->
                        val work =
                            flow("work") {
                                does("first") {
                                    effects.ran("${it.runId()} first")
                                    takers.ran("node $number")
                                }
                                together { (1..3).forEach { n -> does("side-$n") { effects.ran("${it.runId()} $n") } } }
                                does("last") { effects.ran("${it.runId()} last") }
                            }
                        node(work) { maxActiveRuns(8) }
                    }
                fleet(*nodes.toTypedArray()) { engines ->
                    val ids = (1..300).map { "run-$it" }
                    ids.map { engines.first().engine.startAsync("work", it, it) }.forEach { it.get(20, SECONDS) }
                    ids.forEach { id ->
                        engines
                            .last()
                            .engine
                            .find(id)
                            .get()
                            .endsCompleted()
                    }
                    ids.forEach { id ->
                        listOf("first", "1", "2", "3", "last").forEach { effects["$id $it"] shouldBe 1 }
                    }
                    (1..count).forEach { takers["node $it"] shouldBeGreaterThan 0 }
                }
            }
        }

        test("a run of a dead engine is taken over within its lease and two seconds, and its bodies there are void") {
            val began = CountDownLatch(1)
            val letGo = CountDownLatch(1)
            val cancelled = CountDownLatch(1)
            val held =
                flow("work") {
                    does("step") {
                        began.countDown()
                        try {
                            letGo.await(30, SECONDS)
                        } catch (e: InterruptedException) {
                            cancelled.countDown()
                            throw e
                        }
                    }
                }
            val lease = Duration.ofSeconds(2)
            val schema = PostgresServer.newSchema()
            PostgresServer.open(schema).close()
            LossyProxy(PostgresServer.port).use { proxy ->
                val silent = PostgresStore.open(proxy.url(), schema, PostgresOptions(lease = lease))
                Node(silent, held).use { cut ->
                    val run = cut.engine.start("work", "r", null)
                    began.passed()
                    Node(PostgresServer.open(schema), flow("work") { does("step") }).use { heir ->
                        proxy.freeze()
                        val since = System.nanoTime()
                        heir.hears { it is EngineEvent.RunEnded && it.runId() == "r" }
                        val took = Duration.ofNanos(System.nanoTime() - since).toMillis()
                        took shouldBeLessThan lease.plusSeconds(2).toMillis()
                        proxy.thaw()
                        cancelled.passed()
                        cut.hears { it is EngineEvent.OwnershipLost }
                        run.ended().status() shouldBe RunStatus.COMPLETED
                        cut.engine.start("work", "again", null).let { letGo.countDown() }
                        cut.hears { it is EngineEvent.RunEnded && it.runId() == "again" }
                        cut.told { it is EngineEvent.OwnershipLost } shouldHaveSize 1
                        cut.told { it is EngineEvent.StepCompleted && it.runId() == "r" }.shouldBeEmpty()
                    }
                }
            }
        }

        test("an engine that closes hands its runs over at once; what a stopped body did counts as interrupted") {
            val began = CountDownLatch(2)
            val held =
                flow("work") {
                    does("before")
                    does("step") {
                        began.countDown()
                        CountDownLatch(1).await()
                    }
                }
            val free =
                flow("work") {
                    does("before")
                    does("step")
                }
            val schema = PostgresServer.newSchema()
            val leaver = Node(PostgresServer.open(schema), held)
            listOf("a", "b").forEach { leaver.engine.start("work", it, null) }
            began.passed()
            Node(PostgresServer.open(schema), free).use { heir ->
                leaver.close()
                listOf("a", "b").forEach {
                    heir.engine
                        .find(it)
                        .get()
                        .endsCompleted()
                }
                heir.told { it is EngineEvent.StepInterrupted } shouldHaveSize 2
                heir.told { it is EngineEvent.StepCompleted && it.path().toString() == "before" }.shouldBeEmpty()
            }
        }

        test("signals, cancels and pauses reach a run through an engine that does not have it") {
            val began = CountDownLatch(1)
            val waiter =
                flow("work") {
                    together {
                        does("busy") {
                            began.countDown()
                            CountDownLatch(1).await()
                        }
                        branch("wait") { branch -> branch.awaitSignal("go", String::class.java) }
                    }
                    does("end")
                }
            fleet(node(waiter), node(waiter)) { (owner, other) ->
                owner.engine.start("work", "r", null)
                began.passed()
                val far =
                    other.engine.find("r").get()
                far.signal("go", "now").get(10, SECONDS) shouldBe true
                owner.hears { it is EngineEvent.WaitCompleted && it.runId() == "r" }
                far.pause("a break").get(10, SECONDS) shouldBe true
                far.status() shouldBe RunStatus.PAUSED
                far.resume().get(10, SECONDS) shouldBe true
                far.resume().get(10, SECONDS) shouldBe true
                far.cancel("enough").get(10, SECONDS) shouldBe true
                far.ended().status() shouldBe RunStatus.CANCELLED
                far.cancel("again").get(10, SECONDS) shouldBe false
                other.told { it is EngineEvent.StepStarted }.shouldBeEmpty()
            }
        }

        test(
            "a run that waits for a time or a signal is gone on with by any engine, also when that is closed which began it",
        ) {
            val waiter =
                flow("work") {
                    sleep("nap", Duration.ofMillis(1_500))
                    awaitSignal("go", String::class.java)
                    does("end")
                }
            fleet(node(waiter), node(waiter)) { (one, two) ->
                one.engine.start("work", "r", null)
                one.hears { it is EngineEvent.RunSuspended }
                one.close()
                two.engine.signal("r", "go", "now", null).get(10, SECONDS) shouldBe true
                two.engine
                    .find("r")
                    .get()
                    .endsCompleted()
            }
        }

        test("a child run may run on another engine, and its end goes on with its parent") {
            val isCalled = CountDownLatch(1)
            val parent =
                flow("parent") {
                    together {
                        branch("child") { branch -> branch.call("call", "child", 0, String::class.java) { "x" } }
                        does("busy") { isCalled.passed() }
                    }
                    does("end")
                }

            fun child(where: String) =
                flow("child") {
                    does(where) { isCalled.countDown() }
                }
            // The first knows the child but has no place for it, as its parent is busy until the child has run.
            fleet(node(parent, child("first")) { maxActiveRuns(1) }, node(child("second"))) { (one, two) ->
                one.engine.start("parent", "p", null).endsCompleted()
                two.hears { it is EngineEvent.RunEnded }
                two.told { it is EngineEvent.RunEnded } shouldHaveSize 1
                one.told { it is EngineEvent.RunEnded }.map { it.runId() } shouldContainExactly listOf("p")
            }
        }

        test("a schedule starts one run for each of its times in the whole fleet, and none once it is dropped") {
            val starts = Ledger()

            fun tick() = flow("tick") { does("step") { starts.ran(it.runId()) } }
            fleet(node(tick()), node(tick()), node(tick())) { nodes ->
                nodes.first().engine.schedule("often", Schedule.every(Duration.ofMillis(300)), "tick", null)
                // The others learn of it by themselves, and go on when the first one is closed.
                nodes.first().hears(2) { it is EngineEvent.RunEnded || it is EngineEvent.RunStarted }
                nodes.first().close()
                nodes[1].hears(2) { it is EngineEvent.WaitStarted || it is EngineEvent.RunEnded }
                nodes[1].engine.unschedule("often")
                val runs = nodes[1].engine.list(RunQuery.all())
                runs.forEach {
                    nodes[1]
                        .engine
                        .find(it.id())
                        .get()
                        .endsCompleted()
                }
                runs.forEach { starts[it.id()] shouldBe 1 }
                val ended = nodes.flatMap { node -> node.told { it is EngineEvent.RunEnded } }.map { it.runId() }
                ended.toSet().size shouldBe ended.size
                nodes[2].engine.schedules().shouldBeEmpty()
            }
        }

        test("a client without an engine starts, signals, watches, pauses and cancels runs") {
            val waiter =
                flow("work") {
                    awaitSignal("go", String::class.java)
                    does("end")
                }
            fleet(node(waiter)) { (node) ->
                PostgresServer.open(node.schema).client().use { client ->
                    val run = client.start("work", 1, "r", "input")
                    client.start(waiter, "r", "input").id() shouldBe "r"
                    shouldThrow<PerdureException> { client.start("work", 1, "r", "other") }.code() shouldBe
                        ErrorCode.RUN_CONFLICT
                    run.signal("go", "now", "once").get(10, SECONDS) shouldBe true
                    run.outcome().get(20, SECONDS).status() shouldBe RunStatus.COMPLETED
                    run.await(waiter) shouldBe "end"
                    val late = shouldThrow<ExecutionException> { run.signal("go", "late").get(10, SECONDS) }.cause
                    (late as PerdureException).code() shouldBe ErrorCode.WRONG_STATUS

                    val other = client.start(waiter, "s", "input")
                    other.pause("a break").get(10, SECONDS) shouldBe true
                    other.status() shouldBe RunStatus.PAUSED
                    other.resume().get(10, SECONDS) shouldBe true
                    other.cancel("enough").get(10, SECONDS) shouldBe true
                    other.outcome().get(10, SECONDS).status() shouldBe RunStatus.CANCELLED
                    other.cancel("again").get(10, SECONDS) shouldBe false
                    runBlocking {
                        val third = client.start(waiter, "input", id = "t")
                        third.signal("go", "now").await() shouldBe true
                        third.await(waiter) shouldBe "end"
                        third.join().status() shouldBe RunStatus.COMPLETED
                    }
                }
            }
        }

        test("a run that is paused and in nobody's memory is resumed by a client through whichever engine is there") {
            val waiter =
                flow("work") {
                    awaitSignal("go", String::class.java)
                    does("end")
                }
            val schema = PostgresServer.newSchema()
            Node(PostgresServer.open(schema), waiter).use { node ->
                val run = node.engine.start("work", "r", null)
                run.pause("a break").get(10, SECONDS) shouldBe true
            }
            Client.on(PostgresServer.open(schema)).use { client ->
                val run = client.find("r").get()
                run.signal("go", "now").get(10, SECONDS) shouldBe true
                run.status() shouldBe RunStatus.PAUSED
                val resumed = run.resume()
                Node(PostgresServer.open(schema), waiter).use {
                    resumed.get(10, SECONDS) shouldBe true
                    run.outcome().get(10, SECONDS).status() shouldBe RunStatus.COMPLETED
                }
            }
        }

        test("each of two engines takes only the version that it can run") {
            fun version(number: Int) = flow("work", number) { step("say", String::class.java) { "v$number" } }
            fleet(node(version(1)) { maxActiveRuns(1) }, node(version(2)) { maxActiveRuns(1) }) { (old, new) ->
                val first = (1..10).map { "old-$it" }
                val second = (1..10).map { "new-$it" }
                val started =
                    first.map { old.engine.startAsync("work", it, null) } +
                        second.map { new.engine.startAsync("work", it, null) }
                started.forEach { it.get(10, SECONDS) }
                first.map {
                    new.engine
                        .find(it)
                        .get()
                        .endsCompleted()
                        .record()
                        .output()
                } shouldContainExactly List(10) { "\"v1\"" }
                second.map {
                    old.engine
                        .find(it)
                        .get()
                        .endsCompleted()
                        .record()
                        .output()
                } shouldContainExactly List(10) { "\"v2\"" }
                (old.told { it is EngineEvent.RunUnresolved } + new.told { it is EngineEvent.RunUnresolved })
                    .shouldBeEmpty()
                old.hears { it is EngineEvent.RunEnded && it.runId() == "old-10" }
            }
        }
    })
