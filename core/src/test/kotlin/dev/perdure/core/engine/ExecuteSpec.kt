package dev.perdure.core.engine

import dev.perdure.core.ErrorCode
import dev.perdure.core.JavaCode
import dev.perdure.core.PerdureException
import dev.perdure.core.RunFailedException
import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import dev.perdure.core.definition.StepFunction
import dev.perdure.core.memory.MemoryStore
import dev.perdure.core.spi.RunQuery
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.util.EnumSet
import java.util.concurrent.Callable
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicInteger

/** Runs of code that each call brings along, from Java. */
class ExecuteSpec :
    FunSpec({
        test("J01 J02 the same call gives the recorded result, on this engine and the next") {
            val store = MemoryStore()
            val ran = AtomicInteger()
            repeat(2) {
                store.engine().use { engine ->
                    repeat(2) { JavaCode.hello(engine, "w") { ran.incrementAndGet() } shouldBe "Hello World" }
                }
            }
            ran.get() shouldBe 1
        }

        test("J06 a run that is reset is done again, and no other") {
            val ran = AtomicInteger()
            MemoryStore().engine().use { engine ->
                listOf("w1", "w2").forEach { JavaCode.hello(engine, it) { ran.incrementAndGet() } }
                engine.reset("w1").get(10, TimeUnit.SECONDS)
                listOf("w1", "w2").forEach { JavaCode.hello(engine, it) { ran.incrementAndGet() } }
            }
            ran.get() shouldBe 3
        }

        test("J07 J23 J24 values have their types when they are read again") {
            val store = MemoryStore()
            val ran = AtomicInteger()
            val first = store.engine().use { JavaCode.values(it, "w", { ran.incrementAndGet() }, true) }
            val again = store.engine().use { JavaCode.values(it, "w", { ran.incrementAndGet() }, false) }
            again shouldBe first
            again.map { it?.javaClass } shouldBe first.map { it?.javaClass }
            ran.get() shouldBe 1
        }

        test("J08 a failed branch fails the call with its message, and only it is tried again by the next") {
            MemoryStore().engine().use { engine ->
                val users = AtomicInteger()
                val failed =
                    shouldThrow<RunFailedException> {
                        JavaCode.reports(engine, "w", { "u${users.incrementAndGet()}" }, { error("Task 2 failed") })
                    }
                failed.failure().message() shouldBe "Task 2 failed"
                engine.find("w").get().statuses("parallel/users") shouldContainExactly listOf(StepStatus.COMPLETED)
                JavaCode.reports(engine, "w", { "u${users.incrementAndGet()}" }, { "o" }) shouldBe "u1o"
            }
        }

        test("J20 two that call at once get one result of one execution") {
            MemoryStore().engine().use { engine ->
                val ran = AtomicInteger()
                val isStarted = CountDownLatch(1)
                val gate = CountDownLatch(1)
                val work =
                    Callable {
                        ran.incrementAndGet()
                        isStarted.countDown()
                        gate.passed()
                        "u"
                    }
                val calls =
                    List(2) { CompletableFuture.supplyAsync { JavaCode.reports(engine, "w", work, { "o" }) } }
                isStarted.passed()
                gate.countDown()
                calls.map { it.get(10, TimeUnit.SECONDS) } shouldContainExactly listOf("uo", "uo")
                ran.get() shouldBe 1
            }
        }

        test("J22 another input under the same id is refused") {
            MemoryStore().engine().use { engine ->
                JavaCode.withInput(engine, "w", "alice") shouldBe "for alice"
                shouldThrow<PerdureException> { JavaCode.withInput(engine, "w", "bob") }.code() shouldBe
                    ErrorCode.RUN_CONFLICT
                JavaCode.withInput(engine, "w", "alice") shouldBe "for alice"
            }
        }

        test("a result that would be read back as something else has to be given its class") {
            MemoryStore().engine().use { engine ->
                shouldThrow<RunFailedException> { JavaCode.mistyped(engine, "w") }.message shouldContain "say its class"
            }
        }

        test("J32 a cancelled run is gone on with by resume only") {
            MemoryStore().engine().use { engine ->
                val isStarted = CountDownLatch(1)
                val code =
                    StepFunction<dev.perdure.core.definition.ProcedureContext<Any?>, String> { ctx ->
                        ctx.step("slow", String::class.java).run(
                            StepFunction { s ->
                                if (s.attempt() == 1) {
                                    isStarted.countDown()
                                    CountDownLatch(1).await()
                                }
                                "done"
                            },
                        )
                    }
                val call = CompletableFuture.supplyAsync { engine.execute("w", String::class.java, code) }
                isStarted.passed()
                engine
                    .find("w")
                    .get()
                    .cancel("enough")
                    .get() shouldBe true
                engine
                    .find("w")
                    .get()
                    .ended()
                    .status() shouldBe RunStatus.CANCELLED
                shouldThrow<Exception> { call.get(10, TimeUnit.SECONDS) }
                shouldThrow<RunFailedException> { engine.execute("w", String::class.java, code) }.status() shouldBe
                    RunStatus.CANCELLED
                engine.resume("w", String::class.java, code) shouldBe "done"
            }
        }

        test("J37 the runs that a crash left are found, and wait for somebody who brings their code") {
            val store = MemoryStore()
            val crashing = CrashingStore(store, true, CrashingStore.at("step1"))
            crashing.engine().use { engine ->
                CompletableFuture.runAsync { JavaCode.hello(engine, "w") {} }
                crashing.awaitCrash()
            }
            store.engine().use { engine ->
                val open = EnumSet.allOf(RunStatus::class.java).filterNot { it.isTerminal }
                engine.list(RunQuery.of(EnumSet.copyOf(open))).map { it.id() } shouldContainExactly listOf("w")
                val ran = AtomicInteger()
                JavaCode.hello(engine, "w") { ran.incrementAndGet() } shouldBe "Hello World"
                ran.get() shouldBe 0
            }
        }

        test("a registered procedure in Java has typed input, policies and a compensation") {
            val undone = AtomicInteger()
            val workflow = JavaCode.registered { undone.incrementAndGet() }
            MemoryStore().engine(workflow).use { engine ->
                engine.start(workflow, "one", JavaCode.Item("a", 1)).output() shouldBe "one/book a"
                engine.start(workflow, "two", JavaCode.Item("b", 2)).ended().status() shouldBe RunStatus.COMPENSATED
            }
            undone.get() shouldBe 1
        }

        test("a branch that code leaves without waiting is cancelled") {
            val started = CountDownLatch(1)
            MemoryStore().engine().use { engine ->
                JavaCode.leavesABranch(engine, "w", started) shouldBe "done"
                val run = engine.find("w").get()
                run.statuses("parallel/left") shouldContainExactly listOf(StepStatus.CANCELLED)
                run.statuses("parallel") shouldContainExactly listOf(StepStatus.CANCELLED)
            }
        }

        test("10,000 blocked steps hold no platform thread each where the JDK has virtual ones") {
            val count = if (Runtime.version().feature() >= 21) 10_000 else 50
            val all = CountDownLatch(count)
            val gate = CountDownLatch(1)
            val workflow =
                dev.perdure.core.definition.Workflow.procedure<Any, Any>(
                    "many",
                    Any::class.java,
                    Any::class.java,
                    StepFunction { ctx ->
                        ctx.step("wait", Any::class.java) {
                            all.countDown()
                            gate.await()
                            1
                        }
                    },
                )
            MemoryStore().engine(workflow) { maxActiveRuns(20_000) }.use { engine ->
                val runs = (1..count).map { engine.startAsync("many", "r$it", it) }.map { it.get() }
                check(all.await(60, TimeUnit.SECONDS)) { "not all steps were started" }
                (Thread.activeCount() < 500) shouldBe true
                gate.countDown()
                runs.forEach { it.endsCompleted() }
            }
        }
    })
