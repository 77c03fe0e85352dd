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

private fun Stores.run(
    content: dev.perdure.core.definition.WorkflowBuilder<Any>.() -> dev.perdure.core.definition.Ref<String>,
    check: (Run) -> Unit,
) {
    open().engine(flow("case", content = content)).use { check(it.start("case", "r", null)) }
}

private fun context(
    stores: Stores,
    merge: Merge,
    base: Map<String, Any?>,
    content: ParallelBuilder<Any>.() -> Unit,
): Map<String, Any?> {
    var result: Map<String, Any?> = emptyMap()
    stores.run({
        does("setup") { s -> base.forEach { (key, value) -> s.put(key, value) } }
        together {
            merge(merge)
            content()
        }
        does("after")
    }) { result = it.endsCompleted().context() }
    return result
}

/** Parallel blocks as every store and engine has to run them: cases E01 to E19. */
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

        test("E06 deep merge keeps what both branches put into one map") {
            context(newStores(), Merge.DeepMerge(), mapOf("nested" to emptyMap<String, Any>())) {
                does("task_a") { it.put("nested", mapOf("from_a" to true)) }
                does("task_b") { it.put("nested", mapOf("from_b" to true)) }
            }["nested"] shouldBe mapOf("from_a" to true, "from_b" to true)
        }

        test("E07 deep merge is by difference, so untouched keys overwrite nothing") {
            val base = mapOf("x" to 1, "list" to listOf(0), "nested" to mapOf("a" to 1, "k" to "base"))
            val merged =
                context(newStores(), Merge.DeepMerge(), base) {
                    does("a") { s ->
                        s.put("x", 2)
                        s.put("list", listOf(0, 1))
                        @Suppress("UNCHECKED_CAST")
                        val nested = s.get("nested", Map::class.java) as Map<String, Any?>
                        s.put("nested", nested + mapOf("k" to "A", "fa" to true))
                        s.put("only_a", 1)
                    }
                    does("b") { s ->
                        s.put("nested", s.get("nested", Map::class.java))
                        s.put("only_b", 1)
                    }
                }
            merged shouldContainExactly
                mapOf(
                    "x" to 2L,
                    "list" to listOf(0L, 1L),
                    "nested" to mapOf("a" to 1L, "k" to "A", "fa" to true),
                    "only_a" to 1L,
                    "only_b" to 1L,
                )
        }

        test("E08 under deep merge the later declared branch wins, whoever ends last, and the journal says so") {
            val bEnded = CountDownLatch(1)
            newStores().run({
                together {
                    does("a") {
                        bEnded.passed()
                        it.put("shared_key", "from a")
                    }
                    does("b") {
                        it.put("shared_key", "from b")
                        bEnded.countDown()
                    }
                }
                does("after")
            }) { run ->
                run.endsCompleted().context()["shared_key"] shouldBe "from b"
                val warning = run.journal().single { it.kind() == "warning" }
                warning.detail()!! shouldContain "shared_key"
            }
        }

        test("the last branch to end wins under LastWins, and a resume does not change that") {
            val stores = newStores()
            val bRecorded = CountDownLatch(1)
            val workflow =
                flow("last") {
                    together {
                        merge(Merge.LastWins())
                        does("a") {
                            bRecorded.passed()
                            it.put("who", "a")
                        }
                        does("b") { it.put("who", "b") }
                    }
                    does("after")
                }
            val crashing = CrashingStore(stores.open(), true, CrashingStore.at("after"))
            val listener =
                EngineListener { event ->
                    if (event is EngineEvent.StepCompleted &&
                        event.path().toString() == "block/b"
                    ) {
                        bRecorded.countDown()
                    }
                }
            crashing.engine(workflow) { listener(listener) }.use {
                it.startAsync("last", "r", null)
                crashing.awaitCrash()
            }
            stores.open().engine(workflow).use { engine ->
                engine
                    .find("r")
                    .get()
                    .endsCompleted()
                    .context()["who"] shouldBe "a"
            }
        }

        test("E09 collect holds exactly one entry for each branch, under its plain name") {
            val collected =
                context(newStores(), Merge.Collect("parallel_results"), emptyMap()) {
                    does("task_a") { it.put("result_a", "value_a") }
                    does("task_b") { it.put("result_b", "value_b") }
                }
            collected["parallel_results"] shouldBe
                mapOf("task_a" to mapOf("result_a" to "value_a"), "task_b" to mapOf("result_b" to "value_b"))
        }

        test("E10 collect includes changes of existing keys and leaves the keys alone, after a resume too") {
            val stores = newStores()
            val aRecorded = CountDownLatch(1)
            val workflow =
                flow("collect") {
                    does("setup") { it.put("count", 0) }
                    together {
                        merge(Merge.Collect("parallel_results"))
                        does("a") { it.put("count", 10) }
                        does("b") {
                            aRecorded.passed()
                            it.put("count", 5)
                        }
                    }
                    does("after")
                }
            val crashing = CrashingStore(stores.open(), true, CrashingStore.at("block/a"))
            crashing.engine(workflow).use {
                it.startAsync("collect", "r", null)
                crashing.awaitCrash()
                aRecorded.countDown()
            }
            stores.open().engine(workflow).use { engine ->
                val context =
                    engine
                        .find("r")
                        .get()
                        .endsCompleted()
                        .context()
                context["count"] shouldBe 0L
                context["parallel_results"] shouldBe mapOf("a" to mapOf("count" to 10L), "b" to mapOf("count" to 5L))
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

        test("E15 a join builds one typed result of the branches' outputs") {
            val workflow =
                flow("typed") {
                    val joined =
                        parallel<Map<*, *>>("block") { p ->
                            val payment = p.step("payment", Map::class.java) { mapOf("id" to 123) }
                            val delivery = p.step("delivery", Map::class.java) { mapOf("status" to "confirmed") }
                            p.join(Map::class.java) { j ->
                                mapOf(
                                    "payment_id" to j.get(payment)["id"],
                                    "delivery_status" to j.get(delivery)["status"],
                                )
                            }
                        }
                    does("use") { s -> s.get(joined).forEach { (key, value) -> s.put(key as String, value) } }
                }
            newStores().open().engine(workflow).use { engine ->
                engine.start("typed", "r", null).endsCompleted().context() shouldContainExactly
                    mapOf("payment_id" to 123L, "delivery_status" to "confirmed")
            }
        }

        test("E15 a join that fails fails the run with its message") {
            newStores().run({
                parallel<String>("block") { p ->
                    p.does("a")
                    p.join(String::class.java) { error("out of stock") }
                }
            }) { run ->
                shouldThrow<RunFailedException> { run.await(String::class.java) }.message shouldContain "out of stock"
                run.statuses("block#join") shouldContainExactly listOf(StepStatus.FAILED)
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

        test("joins count successes: any, majority, at least n") {
            data class Case(
                val join: Join,
                val ok: Int,
                val bad: Int,
                val succeeds: Boolean,
            )
            listOf(
                Case(Join.ALL, 3, 0, true),
                Case(Join.ALL, 2, 1, false),
                Case(Join.ANY, 1, 2, true),
                Case(Join.ANY, 0, 2, false),
                Case(Join.MAJORITY, 2, 2, false),
                Case(Join.MAJORITY, 2, 1, true),
                Case(Join.MAJORITY, 1, 2, false),
                Case(Join.atLeast(2), 2, 2, true),
                Case(Join.atLeast(2), 1, 3, false),
            ).forEach { case ->
                newStores().run({
                    together {
                        onError(OnError.COMPLETE_ALL)
                        join(case.join)
                        repeat(case.ok) { does("ok$it") }
                        repeat(case.bad) { i -> does("bad$i") { error("bad") } }
                    }
                    does("end")
                }) { run ->
                    val expected = if (case.succeeds) RunStatus.COMPLETED else RunStatus.FAILED
                    run.ended().status() shouldBe expected
                    run.rows("block").single().joinPolicy() shouldBe case.join.toString()
                    if (!case.succeeds) {
                        val failure = Failure.fromPlain(Json.read(run.record().error()!!))
                        failure.message() shouldContain case.join.toString()
                        failure.causes() shouldHaveSize case.bad
                    }
                }
            }
        }

        test("with remaining = Cancel the rest is cancelled once the join is satisfied") {
            newStores().run({
                together {
                    join(Join.ANY, Remaining.CANCEL)
                    does("quick") { it.put("quick", true) }
                    does("endless") { CountDownLatch(1).await() }
                }
                does("end")
            }) { run ->
                run.endsCompleted().context() shouldContainExactly mapOf("quick" to true)
                run.statuses("block/endless") shouldContainExactly listOf(StepStatus.CANCELLED)
            }
        }

        test("maxParallelism bounds how many branches are active, and the rest follow") {
            val active = AtomicInteger()
            val peak = AtomicInteger()
            val n = Ledger()
            newStores().run({
                together {
                    maxParallelism(2)
                    repeat(6) { i ->
                        does("s$i") {
                            peak.accumulateAndGet(active.incrementAndGet(), ::maxOf)
                            n.ran("s")
                            active.decrementAndGet()
                        }
                    }
                }
                does("end")
            }) {
                it.endsCompleted()
                n["s"] shouldBe 6
                (peak.get() <= 2) shouldBe true
            }
        }

        test("a strict merge fails the block, naming both branches and the key but no value") {
            newStores().run({
                together {
                    merge(Merge.Strict())
                    does("a") { it.put("key", "secret-a") }
                    does("b") { it.put("key", "secret-b") }
                }
                does("end")
            }) { run ->
                val failed = shouldThrow<RunFailedException> { run.await(String::class.java) }
                failed.failure().code() shouldBe ErrorCode.MERGE_CONFLICT
                listOf("\"a\"", "\"b\"", "\"key\"").forEach { failed.message shouldContain it }
                failed.message!!.contains("secret") shouldBe false
            }
        }

        test("a merge function of one's own reads the branches and is recorded once") {
            val stores = newStores()
            val n = Ledger()
            val workflow =
                flow("custom") {
                    does("setup") { it.put("total", 100) }
                    parallel("block") { p ->
                        p.merge { m ->
                            n.ran("merge")
                            m.put("total", m.get("total", Int::class.javaObjectType)!! + m.branches().size)
                        }
                        p.does("a") { it.put("x", 1) }
                        p.does("b") { it.put("x", 2) }
                    }
                    does("after")
                }
            val crashing = CrashingStore(stores.open(), true, CrashingStore.at("block"))
            crashing.engine(workflow).use {
                it.startAsync("custom", "r", null)
                crashing.awaitCrash()
            }
            stores.open().engine(workflow).use { engine ->
                val run = engine.find("r").get().endsCompleted()
                run.context() shouldContainExactly mapOf("total" to 102L)
                n["merge"] shouldBe 1
                run.journal().filter { it.kind() == "merge" }.map { it.status() } shouldContainExactlyInAnyOrder
                    listOf(StepStatus.COMPLETED)
            }
        }

        test("listeners hear of a block what its branches came to") {
            val events = java.util.concurrent.ConcurrentLinkedQueue<EngineEvent>()
            val workflow =
                flow("told") {
                    together {
                        onError(OnError.COMPLETE_ALL)
                        does("a")
                        does("b") { error("bad") }
                    }
                    does("end")
                }
            newStores().open().engine(workflow) { listener(events::add) }.use { engine ->
                engine.start("told", "r", null).endsCompleted()
            }
            val block = events.filterIsInstance<EngineEvent.BlockEnded>().single()
            block.summary().succeeded() shouldBe 1
            block.summary().failed() shouldBe 1
            val order = events.filter { it.runId() == "r" }.map { it::class.java.simpleName }
            order.first() shouldBe "RunStarted"
            order[1] shouldBe "BlockStarted"
            order.last() shouldBe "RunEnded"
            events.filterIsInstance<EngineEvent.Warned>().shouldBeEmpty()
        }
    }
