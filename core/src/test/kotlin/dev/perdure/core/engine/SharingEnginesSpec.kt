package dev.perdure.core.engine

import dev.perdure.core.RunStatus
import dev.perdure.core.journal.Placement
import dev.perdure.core.journal.RunRecord
import dev.perdure.core.memory.MemoryStore
import dev.perdure.core.spi.Admission
import dev.perdure.core.spi.Admitted
import dev.perdure.core.spi.Claim
import dev.perdure.core.spi.EngineIdentity
import dev.perdure.core.spi.Lease
import dev.perdure.core.spi.RunQuery
import dev.perdure.core.spi.Store
import dev.perdure.core.spi.Write
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.ints.shouldBeLessThan
import io.kotest.matchers.shouldBe
import java.time.Duration
import java.util.concurrent.CompletableFuture
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit.SECONDS

/** A store that engines share, of which there is one: it gives each run once. */
private class Shared(
    private val store: MemoryStore,
) : Store by store {
    val given: MutableSet<String> = ConcurrentHashMap.newKeySet()

    /** What happens while runs are being claimed, before that is answered. */
    @Volatile
    var meanwhile = {}

    /** Whether there is anything to claim. */
    @Volatile
    var isOpen = true
    lateinit var news: Runnable

    override fun isShared() = true

    override fun listen(news: Runnable): Runnable = Runnable { }.also { this.news = news }

    override fun claim(
        lease: Lease,
        claim: Claim,
    ): List<String> =
        store
            .list(RunQuery.unfinished())
            .filter { isOpen && !it.isHeldBack && it.id() !in given }
            .take(claim.limit())
            .map { it.id() }
            .also {
                given += it
                meanwhile()
            }

    override fun admit(
        lease: Lease,
        admission: Admission,
    ): Admitted = store.admit(lease, admission).also { admitted -> admitted.runs().forEach { given += it.id() } }
}

/** How an engine among others shares its places out. Nothing is looked for by the clock: what is to be done follows from events. */
class SharingEnginesSpec :
    FunSpec({
        timeout = 60_000
        val never = Duration.ofHours(1)

        fun holding(
            ids: List<String>,
            placement: (String) -> Placement = { Placement.NONE },
        ): Shared {
            val run = Image.begun(flow("case") { does("only") }, "null").record.pending()
            val memory = MemoryStore()
            val lease = memory.acquire(EngineIdentity("former", 1, "here"))
            memory.commit(lease, ids.map { Write.StartRun(run.named(it).placed(placement(it))) })
            memory.release(lease)
            return Shared(memory)
        }

        test("a batch of runs is taken when most of the last one is done, until all are") {
            val ids = (1..100).map { "r$it" }
            val store = holding(ids)
            val gate = CountDownLatch(1)
            val workflow = flow("case") { does("only") { if (it.runId() != "r1") gate.passed() } }
            store.engine(workflow) { pollInterval(never) }.use { engine ->
                engine.find("r1").get().endsCompleted()
                store.given.size shouldBeLessThan 100
                gate.countDown()
                ids.forEach { engine.find(it).get().endsCompleted() }
            }
        }

        test("what waits in a queue and what waits in none have the one place by turns") {
            val ids = listOf("free1", "free2", "queued1", "queued2")
            val store =
                holding(ids) { if (it.startsWith("free")) Placement.NONE else Placement("q", 0, null, null, null) }
            val ran = ConcurrentLinkedQueue<String>()
            val workflow = flow("case") { does("only") { ran += it.runId() } }
            store
                .engine(workflow) {
                    maxActiveRuns(1)
                    queue("q", QueueLimits.NONE)
                    pollInterval(never)
                }.use { engine ->
                    ids.forEach {
                        engine
                            .find(it)
                            .get()
                            .ended()
                            .status() shouldBe RunStatus.COMPLETED
                    }
                }
            ran shouldContainExactly listOf("queued1", "free1", "queued2", "free2")
        }

        test("a look at the store that meets a defect is not the last one") {
            val store = holding(listOf("r")).apply { isOpen = false }
            store.engine(flow("case") { does("only") }) { pollInterval(never) }.use { engine ->
                val isMet = CountDownLatch(1)
                store.meanwhile = {
                    store.meanwhile = {}
                    isMet.countDown()
                    error("a defect of the store's")
                }
                store.news.run()
                isMet.passed()
                store.isOpen = true
                store.news.run()
                engine.find("r").get().endsCompleted()
            }
        }

        fun Shared.startDuringClaim(): RunStatus {
            val gate = CountDownLatch(1)
            val workflow = flow("case") { does("only") { gate.passed() } }
            return engine(workflow) {
                maxActiveRuns(1)
                pollInterval(never)
            }.use { engine ->
                val starting = CompletableFuture<CompletableFuture<Run>>()
                meanwhile = {
                    meanwhile = {}
                    starting.complete(engine.startAsync("case", "started", null))
                }
                isOpen = true
                news.run()
                val started = starting.get(10, SECONDS).get(10, SECONDS)
                started.status().also {
                    gate.countDown()
                    engine.find("claimed").ifPresent { it.endsCompleted() }
                    started.endsCompleted()
                }
            }
        }

        test(
            "a start does not take the place of a run that is just being claimed: that would wait here, for nobody else",
        ) {
            val store = holding(listOf("claimed")).apply { isOpen = false }
            store.startDuringClaim() shouldBe RunStatus.PENDING
        }

        test("a start while runs are being claimed has the place that the claim leaves") {
            val store = holding(emptyList()).apply { isOpen = false }
            store.startDuringClaim() shouldBe RunStatus.RUNNING
        }
    })

private fun RunRecord.named(id: String) =
    RunRecord(
        id,
        1,
        workflow(),
        version(),
        fingerprint(),
        status(),
        input(),
        null,
        null,
        null,
        0,
        createdAt(),
        updatedAt(),
        null,
        null,
        null,
        null,
    )
