package dev.perdure.core.engine

import dev.perdure.core.DefinitionException
import dev.perdure.core.ErrorCode
import dev.perdure.core.Failure
import dev.perdure.core.Json
import dev.perdure.core.RunFailedException
import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import dev.perdure.core.definition.Join
import dev.perdure.core.definition.Merge
import dev.perdure.core.definition.ParallelBuilder
import dev.perdure.core.definition.ParallelPolicy.OnError
import dev.perdure.core.definition.ParallelPolicy.Remaining
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.maps.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.util.concurrent.CountDownLatch
import java.util.concurrent.CyclicBarrier
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicBoolean
import java.util.concurrent.atomic.AtomicInteger

/** Parallel blocks as every store and engine has to run them: cases E01 to E05 and E11 to E19. */
fun parallelConformance(newStores: () -> Stores) =
    funSpec {
        test("E01 each step of a block runs once and all writes reach the context") {
            val n = Ledger()
            newStores().run({
                does("setup") { it.put("initialized", true) }
                together {
                    does("task_a") {
                        n.ran("a")
                        it.put("from_task_a", true)
                    }
                    does("task_b") {
                        n.ran("b")
                        it.put("from_task_b", true)
                    }
                }
                does("final") { it.put("completed", true) }
            }) { run ->
                run.endsCompleted().context() shouldContainExactly
                    mapOf("initialized" to true, "from_task_a" to true, "from_task_b" to true, "completed" to true)
                listOf(n["a"], n["b"]) shouldContainExactly listOf(1, 1)
            }
        }

        test("E02 branches really overlap") {
            val barrier = CyclicBarrier(2)
            newStores().run({
                together {
                    does("slow_a") { barrier.await(10, TimeUnit.SECONDS) }
                    does("slow_b") { barrier.await(10, TimeUnit.SECONDS) }
                }
                does("end")
            }) { it.endsCompleted() }
        }

        test("E03 under fail-fast the block fails with the branch's name and message and nothing runs after it") {
            val n = Ledger()
            newStores().run({
                together {
                    does("good")
                    does("bad") { error("intentional failure") }
                }
                does("never_reached") { n.ran("never") }
            }) { run ->
                val failed = shouldThrow<RunFailedException> { run.await(String::class.java) }
                failed.status() shouldBe RunStatus.FAILED
                failed.failure().code() shouldBe ErrorCode.BLOCK_FAILED
                failed.failure().path().toString() shouldBe "block"
                failed.message shouldContain "\"bad\""
                failed.message shouldContain "intentional failure"
                failed
                    .failure()
                    .causes()
                    .single()
                    .message() shouldBe "intentional failure"
                n["never"] shouldBe 0
            }
        }

        test("E04 under complete-all the run goes on and can read what failed") {
            val seen = AtomicInteger()
            newStores().run({
                lateinit var sms: dev.perdure.core.definition.Branch<String>
                together {
                    onError(OnError.COMPLETE_ALL)
                    does("email") { it.put("email_sent", true) }
                    sms = does("sms") { error("no signal") }
                }
                does("log_results") { s ->
                    s.error(sms).get().message() shouldBe "no signal"
                    seen.incrementAndGet()
                }
            }) { run ->
                val context = run.endsCompleted().context()
                context["email_sent"] shouldBe true
                @Suppress("UNCHECKED_CAST")
                val errors = context["parallel_errors"] as Map<String, Map<String, Any?>>
                errors.keys shouldBe setOf("sms")
                errors.getValue("sms")["message"] shouldBe "no signal"
                seen.get() shouldBe 1
            }
        }

        test("E05 under fail-fast a cooperative sibling is cancelled and recorded CANCELLED") {
            val started = CountDownLatch(1)
            val wasInterrupted = AtomicBoolean()
            newStores().run({
                together {
                    does("bad") {
                        started.passed()
                        error("at once")
                    }
                    does("slow") {
                        started.countDown()
                        try {
                            CountDownLatch(1).await(10, TimeUnit.SECONDS)
                        } catch (e: InterruptedException) {
                            wasInterrupted.set(true)
                            throw e
                        }
                    }
                }
                does("after")
            }) { run ->
                run.ended().status() shouldBe RunStatus.FAILED
                wasInterrupted.get() shouldBe true
                run.statuses("block/slow") shouldContainExactly listOf(StepStatus.CANCELLED)
                run.statuses("block") shouldContainExactly listOf(StepStatus.FAILED)
            }
        }

        test("E11 the step after a block runs once and sees both branches' writes") {
            val n = Ledger()
            newStores().run({
                together {
                    does("a") { it.put("a", 1) }
                    does("b") { it.put("b", 2) }
                }
                does("sum") { s ->
                    n.ran("sum")
                    s.put("sum", s.get("a", Int::class.javaObjectType)!! + s.get("b", Int::class.javaObjectType)!!)
                }
            }) { run ->
                run.endsCompleted().context()["sum"] shouldBe 3L
                n["sum"] shouldBe 1
            }
        }

        test("E12 a branch that was recorded before the crash keeps its value, the other one runs") {
            val stores = newStores()
            val n = Ledger()
            val hold = CountDownLatch(1)
            val bRuns = CountDownLatch(1)
            val workflow =
                flow("resume") {
                    does("setup") { n.ran("setup") }
                    together {
                        does("task_a") { s ->
                            bRuns.passed()
                            n.ran("task_a")
                            s.increment("task_a_runs", 1)
                            s.put("from_task_a", "first")
                        }
                        does("task_b") { s ->
                            val isFirst = n.ran("task_b") == 1
                            bRuns.countDown()
                            if (isFirst) hold.passed()
                            s.put("from_task_b", true)
                        }
                    }
                    does("final") { it.put("completed", true) }
                }
            val crashing = CrashingStore(stores.open(), true, CrashingStore.at("block/task_a"))
            crashing.engine(workflow).use {
                it.startAsync("resume", "r", null)
                crashing.awaitCrash()
                hold.countDown()
            }
            stores.open().engine(workflow).use { engine ->
                val run = engine.find("r").get().endsCompleted()
                run.context() shouldContainExactly
                    mapOf("task_a_runs" to 1L, "from_task_a" to "first", "from_task_b" to true, "completed" to true)
                listOf(n["setup"], n["task_a"], n["task_b"]) shouldContainExactly listOf(1, 1, 2)
                run.statuses("block/task_a") shouldContainExactly listOf(StepStatus.COMPLETED)
                run.statuses("block/task_b") shouldContainExactly listOf(StepStatus.INTERRUPTED, StepStatus.COMPLETED)
            }
        }

        test("E13 when all branches were recorded before the crash none runs again") {
            val stores = newStores()
            val n = Ledger()
            val workflow =
                flow("resume") {
                    together {
                        does("a") {
                            n.ran("a")
                            it.put("a", 1)
                        }
                        does("b") {
                            n.ran("b")
                            it.put("b", 2)
                        }
                    }
                    does("final") { n.ran("final") }
                }
            val crashing = CrashingStore(stores.open(), true, CrashingStore.at("block"))
            crashing.engine(workflow).use {
                it.startAsync("resume", "r", null)
                crashing.awaitCrash()
            }
            stores.open().engine(workflow).use { engine ->
                val run = engine.find("r").get().endsCompleted()
                run.context() shouldContainExactly mapOf("a" to 1L, "b" to 2L)
                listOf(n["a"], n["b"], n["final"]) shouldContainExactly listOf(1, 1, 1)
            }
        }

        test("E14 a block of one and a block of fifteen") {
            newStores().run({
                together("one") { does("only") { it.put("only", true) } }
                together("many") { repeat(15) { i -> does("step$i") { it.put("key$i", i) } } }
                does("end")
            }) { run ->
                run.endsCompleted().context().size shouldBe 16
                run.journal().filter { it.parentPath() == "many" } shouldHaveSize 15
                run.journal().first { it.parentPath() == "many" }.branch() shouldContain "step"
            }
        }

        test("E16 branches see what was written before the block") {
            val seen = java.util.concurrent.ConcurrentLinkedQueue<String>()
            newStores().run({
                does("seed") { s ->
                    s.put("shared_key", "hello")
                    s.put("shared_count", 42)
                }
                together {
                    listOf("reader_a", "reader_b").forEach { name ->
                        does(name) { s ->
                            seen.add(
                                "${s.get(
                                    "shared_key",
                                    String::class.java,
                                )}${s.get("shared_count", Long::class.javaObjectType)}",
                            )
                        }
                    }
                }
                does("end")
            }) {
                it.endsCompleted()
                seen.toList() shouldContainExactly listOf("hello42", "hello42")
            }
        }

        test("E17 a branch does not see what its sibling wrote") {
            val written = CountDownLatch(1)
            val saw = AtomicBoolean(true)
            newStores().run({
                together {
                    does("writer") { it.put("sibling_wrote", true) }
                    branch("peer") { b ->
                        b.does("peek") { s ->
                            written.passed()
                            saw.set(s.has("sibling_wrote"))
                        }
                    }
                    does("signal") { written.countDown() }
                }
                does("end")
            }) {
                it.endsCompleted()
                saw.get() shouldBe false
            }
        }

        test("E18 an empty block and duplicate names are refused when built, all at once") {
            val refused =
                shouldThrow<DefinitionException> {
                    flow("bad") {
                        together("empty") {}
                        does("twice")
                        does("twice")
                    }
                }
            refused.problems() shouldHaveSize 2
            refused.message shouldContain "\"empty\" is empty"
            refused.message shouldContain "\"twice\""
        }

        test("E19 blocks in branches in blocks, three levels deep, run and resume") {
            val stores = newStores()
            val n = Ledger()
            val workflow =
                flow("deep") {
                    together("one") {
                        branch("left") { left ->
                            left.does("before") { n.ran("before") }
                            left.together("two") {
                                branch("inner") { inner ->
                                    inner.together("three") {
                                        does("x") { s ->
                                            n.ran("x")
                                            s.append("seen", "x")
                                        }
                                        does("y") { s ->
                                            n.ran("y")
                                            s.append("seen", "y")
                                        }
                                    }
                                    inner.does("tail") { s -> s.append("seen", "tail") }
                                }
                                does("z") { s -> s.append("seen", "z") }
                            }
                            left.does("after") { s -> s.put("size", s.get("seen", List::class.java)!!.size) }
                        }
                        does("right") { s -> s.append("seen", "right") }
                    }
                    does("end")
                }
            val crashing = CrashingStore(stores.open(), true, CrashingStore.at("one/left/two/inner/three"))
            crashing.engine(workflow).use {
                it.startAsync("deep", "r", null)
                crashing.awaitCrash()
            }
            stores.open().engine(workflow).use { engine ->
                val run = engine.find("r").get().endsCompleted()
                run.context() shouldContainExactly
                    mapOf("seen" to listOf("x", "y", "tail", "z", "right"), "size" to 4L)
                listOf(n["before"], n["x"], n["y"]) shouldContainExactly listOf(1, 1, 1)
            }
        }
    }
