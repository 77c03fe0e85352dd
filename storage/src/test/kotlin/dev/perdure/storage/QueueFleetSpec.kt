package dev.perdure.storage

import dev.perdure.core.RunStatus
import dev.perdure.core.definition.Workflow
import dev.perdure.core.engine.EngineBuilder
import dev.perdure.core.engine.EngineEvent
import dev.perdure.core.engine.Ledger
import dev.perdure.core.engine.QueueLimits
import dev.perdure.core.engine.StartOptions
import dev.perdure.core.engine.does
import dev.perdure.core.engine.endsCompleted
import dev.perdure.core.engine.flow
import dev.perdure.core.engine.passed
import dev.perdure.core.journal.Placement
import dev.perdure.core.journal.QueueRecord
import dev.perdure.core.spi.Admission
import dev.perdure.core.spi.Claim
import dev.perdure.core.spi.Lease
import dev.perdure.core.spi.StoreRecords
import dev.perdure.core.spi.StoreRecords.NOW
import dev.perdure.core.spi.Write
import dev.perdure.dsl.client
import dev.perdure.dsl.inQueue
import dev.perdure.dsl.queue
import dev.perdure.dsl.start
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.ints.shouldBeLessThanOrEqual
import io.kotest.matchers.nulls.shouldNotBeNull
import io.kotest.matchers.shouldBe
import kotlinx.coroutines.runBlocking
import java.time.Duration
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CountDownLatch
import java.util.concurrent.CyclicBarrier
import java.util.concurrent.TimeUnit.SECONDS
import java.util.concurrent.atomic.AtomicInteger
import kotlin.time.Duration.Companion.hours

private val ours = setOf(Claim.Version("onboard", 3))

private fun PostgresStore.begin(
    lease: Lease,
    limit: Int = 10,
) = admit(lease, Admission(NOW, limit, ours, listOf("q")))

private fun queued(
    id: String,
    key: String? = null,
) = Write.StartRun(StoreRecords.run(id).pending().placed(Placement("q", 0, null, null, key)))

/** Queues, whose limits count over all engines on a database. */
class QueueFleetSpec :
    FunSpec({
        fun node(
            vararg workflows: Workflow<*, *>,
            configure: EngineBuilder.() -> Unit = {},
        ) = { schema: String -> Node(schema, *workflows, configure = configure) }

        fun saved(schema: String): PostgresStore =
            PostgresServer.open(schema).also { store ->
                val lease = store.acquire(StoreRecords.engine("saver"))
                store.commit(lease, listOf(Write.SaveQueue(QueueRecord("q", 2, null, 0, NOW))))
                store.release(lease)
            }

        listOf(2, 3).forEach { count ->
            test("$count engines have never more than two runs of a queue of two under way, and all 40 end") {
                val underWay = AtomicInteger()
                val pairs = CyclicBarrier(2)
                val takers = Ledger()
                val nodes =
                    (1..count).map { number ->
                        val work =
                            flow("work") {
                                does("step") {
                                    takers.ran("node $number")
                                    underWay.incrementAndGet() shouldBeLessThanOrEqual 2
                                    pairs.await(20, SECONDS)
                                    underWay.decrementAndGet()
                                }
                            }
                        node(work) { queue("q", concurrency = 2) }
                    }
                fleet(*nodes.toTypedArray()) { engines ->
                    runBlocking {
                        val starter = engines.first().engine
                        val runs = (1..40).map { starter.start("work", it, id = "r$it", options = inQueue("q")) }
                        runs.forEach { it.endsCompleted() }
                    }
                    (1..count).sumOf { takers["node $it"] } shouldBe 40
                    engines.forEachIndexed { index, node ->
                        val taken = takers["node ${index + 1}"]
                        node.hears(taken) { it is EngineEvent.RunEnded }
                        node.told { it is EngineEvent.RunEnded } shouldHaveSize taken
                    }
                }
            }
        }

        test("the slots of a dead engine are free when its runs have ended, and not before") {
            val schema = PostgresServer.newSchema()
            saved(schema).use { store ->
                val dead = store.acquire(StoreRecords.engine("dead"))
                store.commit(dead, (1..5).map { queued("r$it") })
                store.begin(dead).runs().map { it.id() } shouldContainExactly listOf("r1", "r2")
                store.commit(
                    dead,
                    listOf(StoreRecords.append("r1", update = StoreRecords.parked(null, RunStatus.RUNNING))),
                )
                PostgresServer.expireLeases(schema)
                PostgresServer.open(schema).use { other ->
                    val heir = other.acquire(StoreRecords.engine("heir"))
                    other.begin(heir).runs().shouldBeEmpty()
                    other.claim(heir, Claim(NOW, 9, ours, setOf(Claim.NO_QUEUE))).shouldBeEmpty()
                    other.claim(heir, Claim(NOW, 9, ours, setOf("q"))) shouldContainExactly listOf("r1", "r2")
                    other.begin(heir).runs().shouldBeEmpty()
                    val end = StoreRecords.append("r2", update = StoreRecords.finished(RunStatus.COMPLETED))
                    other.commit(heir, listOf(end))
                    other.begin(heir).runs().map { it.id() } shouldContainExactly listOf("r3")
                }
            }
        }

        test("what an engine had under way in a queue goes on with the next lease, before another one begins") {
            val began = CountDownLatch(1)
            val order = ConcurrentLinkedQueue<String>()
            // The engine that is taken over from may be the one that claims the run again.
            val held =
                flow("work") {
                    does("step") {
                        if (began.count > 0) {
                            began.countDown()
                            CountDownLatch(1).await()
                        }
                        order += it.runId()
                    }
                }
            val free = flow("work") { does("step") { order += it.runId() } }
            val schema = PostgresServer.newSchema()
            Node(schema, held) { queue("q", concurrency = 1) }.use { cut ->
                cut.engine.start("work", "first", null, StartOptions.inQueue("q"))
                began.passed()
                cut.engine.start("work", "second", null, StartOptions.inQueue("q").priority(5))
                PostgresServer.expireLeases(schema)
                Node(schema, free) { queue("q", concurrency = 1) }.use { heir ->
                    heir.engine
                        .find("second")
                        .get()
                        .endsCompleted()
                    order.toList() shouldContainExactly listOf("first", "second")
                    cut.hears { it is EngineEvent.OwnershipLost }
                }
            }
        }

        test("engines that let runs begin at once never exceed the limit between them") {
            repeat(10) {
                val schema = PostgresServer.newSchema()
                saved(schema).use { store ->
                    val leases = (1..3).map { store.acquire(StoreRecords.engine("engine-$it")) }
                    store.commit(leases.first(), (1..9).map { queued("r$it") })
                    atOnce(leases) { store.begin(it).runs().size }.sum() shouldBeLessThanOrEqual 2
                    val later = store.begin(leases.first()).runs().size
                    PostgresServer.query(
                        "SELECT count(*) FROM $schema.runs WHERE began_at IS NOT NULL",
                    ) shouldBe listOf("2")
                    later shouldBeLessThanOrEqual 2
                }
            }
        }

        test("a queue that another transaction is at is passed over, and is to be asked for again soon") {
            val schema = PostgresServer.newSchema()
            saved(schema).use { store ->
                val lease = store.acquire(StoreRecords.engine("engine"))
                store.commit(lease, listOf(queued("r")))
                PostgresServer.connected { other ->
                    other.autoCommit = false
                    other.createStatement().use { it.execute("SELECT 1 FROM $schema.queues FOR UPDATE") }
                    val passed = store.begin(lease)
                    passed.runs().shouldBeEmpty()
                    passed.again().shouldNotBeNull()
                    other.rollback()
                }
                store.begin(lease).runs() shouldHaveSize 1
            }
        }

        test("of starts with one dedup key from several engines, one starts a run and the others find that one") {
            val schema = PostgresServer.newSchema()
            val stores = (1..4).map { PostgresServer.open(schema) }
            try {
                repeat(25) { round ->
                    val answers =
                        atOnce(stores.indices.toList()) { engine ->
                            stores[engine].post(listOf(queued("r$round-$engine", "key $round"))).single()
                        }
                    val started = answers.indices.filter { answers[it].isDone }
                    started shouldHaveSize 1
                    val found = answers.mapNotNull { it.run()?.id() }
                    found.toSet() shouldBe setOf("r$round-${started.single()}")
                    found shouldHaveSize 3
                }
            } finally {
                stores.forEach { it.close() }
            }
        }

        test("an engine of some queues leaves other runs to others, and a queue's runs go to those that declare it") {
            val where = Ledger()

            fun work(node: String) = flow("work") { does("step") { context -> where.ran("$node ${context.input()}") } }
            val narrow =
                node(work("narrow")) {
                    queue("q", QueueLimits.NONE)
                    queuesOnly()
                }
            fleet(narrow, node(work("wide"))) { (one, two) ->
                val runs =
                    (1..10).flatMap {
                        listOf(
                            two.engine.start("work", "q$it", "queued", StartOptions.inQueue("q")),
                            one.engine.start("work", "f$it", "free"),
                        )
                    }
                runs.forEach { it.endsCompleted() }
            }
            listOf("narrow queued", "wide free", "narrow free", "wide queued").map { where[it] } shouldContainExactly
                listOf(10, 10, 0, 0)
        }

        test("a client starts runs in a queue and later, and cancels those that have not begun without any engine") {
            val ended = CountDownLatch(1)
            val work = flow("work") { does("step") { ended.countDown() } }
            val schema = PostgresServer.newSchema()
            PostgresServer.open(schema).client().use { client ->
                runBlocking {
                    val queued = client.start(work, "x", id = "r", options = inQueue("q", key = "k"))
                    client.start(work, "y", id = "s", options = inQueue("q", key = "k")).id() shouldBe "r"
                    queued.cancel("enough").get(10, SECONDS) shouldBe true
                    queued.status() shouldBe RunStatus.CANCELLED
                    val later = StartOptions.inQueue("q").startingAfter(Duration.ofHours(9)).priority(4)
                    val delayed = client.start("work", 1, "t", "z", later)
                    delayed.record().placement().priority() shouldBe 4
                    delayed.cancel("enough").get(10, SECONDS) shouldBe true
                    delayed.outcome().get(10, SECONDS).status() shouldBe RunStatus.CANCELLED
                    client.start(work, "x", id = "u", options = inQueue("q", key = "k"))
                }
                Node(schema, work) { queue("q", starts = 1, per = 1.hours) }.use { node ->
                    node.engine
                        .find("u")
                        .get()
                        .endsCompleted()
                    ended.passed()
                }
            }
        }

        test("a run begins at its time in a fleet, also when the engine that started it is closed") {
            val work = flow("work") { does("step") }
            fleet(node(work), node(work)) { (one, two) ->
                val soon = StartOptions.DEFAULT.startingAfter(Duration.ofMillis(1_500))
                val started = one.engine.start("work", "r", null, soon).record()
                started.status() shouldBe RunStatus.PENDING
                one.close()
                val end =
                    two.engine
                        .find("r")
                        .get()
                        .endsCompleted()
                        .record()
                (end.finishedAt()!! - started.createdAt()).toInt() shouldBeGreaterThan 1_499
            }
        }
    })
