package dev.perdure.core.engine

import dev.perdure.core.DefinitionException
import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import dev.perdure.core.definition.Workflow
import dev.perdure.core.memory.MemoryStore
import dev.perdure.core.spi.Lease
import dev.perdure.core.spi.Store
import dev.perdure.core.spi.Write
import dev.perdure.core.spi.WriteResult
import dev.perdure.core.testing.VirtualClock
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.time.Duration
import java.util.concurrent.CountDownLatch

/** Blocks of every kind in one another, as deep as is allowed, through the Java builder. */
class MixedNestingSpec :
    FunSpec({
        fun Nodes.nest(
            depth: Int,
            bottom: Nodes.() -> Unit,
        ) {
            if (depth == 0) {
                bottom()
                return
            }
            when (depth % 4) {
                0 -> {
                    parallel(
                        "block",
                        "deeper" to { nest(depth - 1, bottom) },
                        "beside" to { does("aside") { increment("beside") } },
                    )
                }

                1 -> {
                    forEach("loop", { listOf("only") }) { item ->
                        nest(depth - 1, bottom)
                        step("item") { read(item) }
                    }
                }

                2 -> {
                    choose(
                        "choice",
                        Triple("deeper", { true }, { nest(depth - 1, bottom) }),
                        Triple("other", null, { does("never") { error("not taken") } }),
                    )
                }

                else -> {
                    repeatUntil("again", 3, { true }) {
                        nest(depth - 1, bottom)
                        does("round") { increment("rounds") }
                    }
                }
            }
            does("after") { increment("after") }
        }

        fun deep(
            depth: Int = Workflow.MAX_NESTING,
            bottom: Nodes.() -> Unit,
        ) = JavaAuthoring.flow("deep") {
            nest(depth, bottom)
            does("end")
        }

        fun counts(n: Ledger): Nodes.() -> Unit =
            {
                does("innermost") {
                    n.ran("innermost")
                    append("seen", "innermost")
                }
            }

        fun Run.isWhole() {
            val context = endsCompleted().context()
            listOf("after", "beside", "rounds").map { context[it] } shouldContainExactly listOf(64L, 16L, 16L)
            val ended = journal().filter { it.path().endsWith("/after") || it.path() == "after" }
            ended.map { it.status() }.toSet() shouldBe setOf(StepStatus.COMPLETED)
            ended shouldHaveSize 64
            journal().filter { it.status() == StepStatus.COMPLETED }.let { rows ->
                rows.map { it.path() to it.kind() }.toSet() shouldHaveSize rows.size
            }
        }

        val atTheBottom =
            CrashPoint { batch ->
                batch.any { write -> write is Write.Append && write.rows().any { it.path().endsWith("innermost") } }
            }

        test("64 blocks of mixed kinds run to their end") {
            val n = Ledger()
            MemoryStore().engine(deep(bottom = counts(n))).use { engine ->
                val run = engine.start("deep", "r", null)
                run.isWhole()
                run.context()["seen"] shouldBe listOf("innermost")
                n["innermost"] shouldBe 1
            }
        }

        for (isCommittedBefore in listOf(true, false)) {
            val what = if (isCommittedBefore) "after" else "before"
            test("64 blocks of mixed kinds go on from a crash $what the commit of the bottom step") {
                val store = MemoryStore()
                val n = Ledger()
                val workflow = deep(bottom = counts(n))
                val crashing = CrashingStore(store, isCommittedBefore, atTheBottom)
                crashing.engine(workflow).use {
                    it.startAsync("deep", "r", null)
                    crashing.awaitCrash()
                }
                store.engine(workflow).use { engine ->
                    val run = engine.find("r").get()
                    run.isWhole()
                    run.context()["seen"] shouldBe listOf("innermost")
                    n["innermost"] shouldBe if (isCommittedBefore) 1 else 2
                }
            }
        }

        test("a cancel reaches a body under 64 blocks of mixed kinds, and all of them end CANCELLED") {
            val started = CountDownLatch(1)
            val workflow =
                deep {
                    does("innermost") {
                        started.countDown()
                        CountDownLatch(1).await()
                    }
                }
            MemoryStore().engine(workflow).use { engine ->
                val run = engine.start("deep", "r", null)
                started.passed()
                run.cancel("enough").get() shouldBe true
                run.ended().status() shouldBe RunStatus.CANCELLED
                run.journal().filter { it.path().endsWith("innermost") }.map { it.status() } shouldContainExactly
                    listOf(StepStatus.CANCELLED)
                listOf("parallel", "for_each", "choose", "repeat_until").forEach { kind ->
                    run.journal().filter { it.kind() == kind }.map { it.status() } shouldContainExactly
                        List(16) { StepStatus.CANCELLED }
                }
                run
                    .journal()
                    .filter {
                        it.path().endsWith(
                            "after",
                        ) && it.status() == StepStatus.COMPLETED
                    }.shouldBeEmpty()
            }
        }

        test("a sleep under 64 blocks of mixed kinds is spent out of memory, over engines, and ends all of them") {
            val clock = VirtualClock()
            val store = MemoryStore()
            val resting = RestingStore(store)
            val workflow = deep { sleep("innermost", Duration.ofDays(3)) }
            resting.engine(workflow) { clock(clock) }.use { engine ->
                val run = engine.start("deep", "r", null)
                resting.isWaiting.passed()
                run.status() shouldBe RunStatus.WAITING
            }
            store.engine(workflow) { clock(clock) }.use { engine ->
                clock.awaitTimer(Duration.ofDays(3))
                clock.advance(Duration.ofDays(3))
                engine.find("r").get().isWhole()
            }
        }

        test("a signal that is waited for under 64 blocks of mixed kinds ends all of them, and a cancel too") {
            for (isCancelled in listOf(false, true)) {
                val told = Suspensions()
                val workflow = deep { awaitSignal("innermost", "go") }
                MemoryStore()
                    .engine(workflow) {
                        suspendAfter(Duration.ZERO)
                        listener(told)
                    }.use { engine ->
                        val run = engine.start("deep", "r", null)
                        told.await()
                        if (isCancelled) {
                            run.cancel("enough").get() shouldBe true
                            run.ended().status() shouldBe RunStatus.CANCELLED
                            run.journal().none { it.status() == StepStatus.WAITING } shouldBe true
                        } else {
                            run.signal("go", 1).get() shouldBe true
                            run.isWhole()
                        }
                    }
            }
        }

        test("65 blocks are refused when they are built, whatever kind is the outermost or the innermost") {
            // One further in, the kinds are shifted by one: so each of the four is the one too many in turn.
            for (shift in 0..3) {
                val refused =
                    shouldThrow<DefinitionException> {
                        deep(Workflow.MAX_NESTING + 1 + shift) { does("innermost") }
                    }
                refused.message!! shouldContain "is nested 65 blocks deep; at most 64 are allowed"
            }
        }
    })

/** Tells when a run is recorded as one that only waits. */
private class RestingStore(
    private val store: Store,
) : Store by store {
    val isWaiting = CountDownLatch(1)

    override fun commit(
        lease: Lease,
        batch: List<Write>,
    ): List<WriteResult> {
        val results = store.commit(lease, batch)
        val isResting = batch.any { it is Write.Append && it.update()?.status() == RunStatus.WAITING }
        if (isResting) isWaiting.countDown()
        return results
    }
}
