package dev.perdure.core.engine

import dev.perdure.core.ErrorCode
import dev.perdure.core.PerdureException
import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import dev.perdure.core.memory.MemoryStore
import dev.perdure.core.spi.Lease
import dev.perdure.core.spi.Store
import dev.perdure.core.spi.Write
import dev.perdure.core.spi.WriteResult
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.shouldBe
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CountDownLatch
import java.util.concurrent.ExecutionException
import java.util.concurrent.TimeUnit

/** What an engine hears, kept; and whether it stopped. */
private class Heard : EngineListener {
    val events = ConcurrentLinkedQueue<EngineEvent>()
    val stopped = CountDownLatch(1)

    override fun onEvent(event: EngineEvent) {
        events.add(event)
        if (event is EngineEvent.EngineStopped) stopped.countDown()
    }
}

/** Which of the two engines a body runs on: the first keeps its bodies until they are let go. */
private class Taking {
    val blocked = CountDownLatch(RUNS)
    val letGo = CountDownLatch(1)
    val ended = CountDownLatch(RUNS)
    private val attempts = ConcurrentHashMap<String, Int>()

    fun attempt(runId: String): Int = attempts.merge(runId, 1, Int::plus)!!

    /** A first body that takes no heed of its cancel, so that its result comes in late. */
    fun isHeldUp(runId: String) {
        if (attempt(runId) == 1) {
            blocked.countDown()
            while (true) {
                try {
                    letGo.passed()
                    break
                } catch (_: InterruptedException) {
                    continue
                }
            }
            ended.countDown()
        }
    }

    companion object {
        const val RUNS = 40
    }
}

class OwnershipSpec :
    FunSpec({
        val ids = (1..Taking.RUNS).map { "run-$it" }

        fun workflow(taking: Taking) =
            flow("taken") {
                does("before") { it.put("before", true) }
                step("held", String::class.java) { s ->
                    taking.isHeldUp(s.runId())
                    s.increment("held", 1)
                    s.runId()
                }
                does("after") { it.append("ends", "after") }
            }

        test("a run that another engine has is let go of without a next step, and the others go on") {
            val store = MemoryStore()
            val n = Ledger()
            val stopped = Heard()
            val workflow =
                flow("taken") {
                    does("first")
                    does("second") { n.ran(it.runId()) }
                }
            TakenRun(store, "theirs").engine(workflow) { listener(stopped) }.use { engine ->
                engine.startAsync("taken", "theirs", null)
                engine.start("taken", "ours", null).endsCompleted()
            }
            store.journal("theirs").shouldBeEmpty()
            listOf(n["theirs"], n["ours"]) shouldBe listOf(0, 1)
            stopped.events.filterIsInstance<EngineEvent.EngineStopped>().shouldBeEmpty()
        }

        test(
            "E64 an engine that takes the store over ends all runs, and nothing of the first one's is recorded after",
        ) {
            val store = MemoryStore()
            val taking = Taking()
            val workflow = workflow(taking)
            val heard = Heard()
            val first = store.engine(workflow) { listener(heard) }
            val outcomes = ids.map { first.start("taken", it, null).outcome() }
            taking.blocked.passed()

            val second = Heard()
            store.engine(workflow) { listener(second) }.use { engine ->
                ids.forEach { engine.find(it).get().endsCompleted() }
                val journals = ids.associateWith { store.journal(it) }

                taking.letGo.countDown()
                taking.ended.passed()
                heard.stopped.passed()
                outcomes.forEach { outcome ->
                    val lost = shouldThrow<ExecutionException> { outcome.get(10, TimeUnit.SECONDS) }
                    (lost.cause as PerdureException).code() shouldBe ErrorCode.OWNERSHIP_LOST
                }
                shouldThrow<PerdureException> { first.start("taken", "one-more", null) }.code() shouldBe
                    ErrorCode.OWNERSHIP_LOST
                first.close()

                ids.associateWith { store.journal(it) } shouldBe journals
                store.find("one-more").isEmpty shouldBe true
                ids.forEach { id ->
                    val run = engine.find(id).get()
                    run.status() shouldBe RunStatus.COMPLETED
                    listOf("before", "after").forEach { step ->
                        run.statuses(step) shouldContainExactly listOf(StepStatus.COMPLETED)
                    }
                    run.statuses("held") shouldContainExactly listOf(StepStatus.INTERRUPTED, StepStatus.COMPLETED)
                    run.context() shouldBe mapOf("before" to true, "held" to 1L, "ends" to listOf("after"))
                    taking.attempt(id) shouldBe 3
                }
            }
            heard.events.filterIsInstance<EngineEvent.EngineStopped>() shouldHaveSize 1
            heard.events.filter { it is EngineEvent.RunEnded } shouldHaveSize 0
            second.events
                .filterIsInstance<EngineEvent.RunEnded>()
                .groupingBy { it.runId() }
                .eachCount() shouldBe
                ids.associateWith { 1 }
            second.events.filterIsInstance<EngineEvent.RunResumed>() shouldHaveSize Taking.RUNS
        }

        test("E64 late results that come while the second engine works are refused, whoever is first") {
            val store = MemoryStore()
            val taking = Taking()
            val workflow = workflow(taking)
            val heard = Heard()
            val first = store.engine(workflow) { listener(heard) }
            ids.forEach { first.start("taken", it, null) }
            taking.blocked.passed()
            store.engine(workflow).use { engine ->
                taking.letGo.countDown()
                ids.forEach { id ->
                    val run = engine.find(id).get().endsCompleted()
                    run.statuses("held") shouldContainExactly listOf(StepStatus.INTERRUPTED, StepStatus.COMPLETED)
                    run.context()["held"] shouldBe 1L
                }
                heard.stopped.passed()
                first.close()
            }
            heard.events.none { it is EngineEvent.StepCompleted && it.path().toString() != "before" } shouldBe true
        }

        test("E64 an engine that lost its store closes without a harm to the one that has it now") {
            val store = MemoryStore()
            val workflow = flow("simple") { does("only") }
            val first = store.engine(workflow)
            store.engine(workflow).use { second ->
                first.close()
                second.startAsync("simple", "r", null).get(10, TimeUnit.SECONDS).endsCompleted()
            }
        }
    })

/** A store in which another engine has taken one run, once a step of it is to be recorded. */
private class TakenRun(
    private val store: Store,
    private val runId: String,
) : Store by store {
    override fun commit(
        lease: Lease,
        batch: List<Write>,
    ): List<WriteResult> {
        val isTaken = { write: Write -> write is Write.Append && write.runId() == runId }
        val results = store.commit(lease, batch.filterNot(isTaken)).iterator()
        return batch.map { if (isTaken(it)) WriteResult.notOwned() else results.next() }
    }
}
