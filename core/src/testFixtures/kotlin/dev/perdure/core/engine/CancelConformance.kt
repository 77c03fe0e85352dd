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

/** Runs that are cancelled or forgotten. */
fun cancelConformance(newStores: () -> Stores) =
    funSpec {
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
    }
