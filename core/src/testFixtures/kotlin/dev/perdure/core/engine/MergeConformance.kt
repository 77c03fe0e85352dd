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

/** How branches share by context: cases E06 to E10, and the other merges. */
fun mergeConformance(newStores: () -> Stores) =
    funSpec {
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
    }
