package dev.perdure.core.engine

import dev.perdure.core.RunStatus
import dev.perdure.core.definition.Join
import dev.perdure.core.definition.Merge
import dev.perdure.core.definition.ParallelPolicy.OnError
import dev.perdure.core.definition.ParallelPolicy.Remaining
import dev.perdure.core.definition.Retry
import dev.perdure.core.definition.StepOptions
import dev.perdure.core.definition.Workflow
import dev.perdure.core.memory.MemoryStore
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import java.time.Duration

/** Invariants 1 to 4, 8 and 9 of the design: every state that a crash can leave is resumed to the same end. */
class CrashStatesSpec :
    FunSpec({
        fun uninterrupted(workflow: Workflow<*, *>): RunEnd =
            MemoryStore().engine(workflow).use { it.start(workflow.name(), "r", null).end() }

        fun everyStateEndsLike(
            workflow: Workflow<*, *>,
            isOrderSensitive: Boolean = false,
        ): Int {
            val expected = uninterrupted(workflow)
            return CrashStates(workflow).use { states ->
                val all = states.all(isOrderSensitive)
                all.forEach { state -> CrashStates.resume(state, workflow) shouldBe expected }
                all.size
            }
        }

        val flaky = StepOptions.DEFAULT.retry(Retry.fixed(3, Duration.ofMillis(1)))

        fun sample(
            merge: Merge,
            errors: OnError,
            failing: Int,
            name: String = "sample",
        ) = flow(name) {
            does("create") { s ->
                s.put("base", mapOf("kept" to true, "shared" to 0))
                s.put("count", 0)
            }
            together("setup") {
                merge(merge)
                onError(errors)
                maxParallelism(2)
                repeat(3) { i ->
                    does("leaf$i", if (i == 1) flaky else StepOptions.DEFAULT) { s ->
                        if (i == 1 && s.attempt() == 1) error("flaky")
                        check(i >= failing) { "leaf $i fails" }
                        s.put("leaf$i", i)
                        s.append("all", i)
                        s.increment("count", i)
                    }
                }
                branch("tail") { b ->
                    b.does("first") { s -> s.put("first", s.get("count", Long::class.javaObjectType)) }
                    b.does("second") { s -> s.put("second", s.has("first")) }
                }
            }
            does("finish") { s -> s.put("done", s.has("leaf2") || s.has("parallel_results")) }
        }

        val merges = listOf(Merge.DeepMerge(), Merge.Collect("parallel_results"), Merge.Strict())
        for (merge in merges) {
            for (errors in OnError.values()) {
                for (failing in 0..1) {
                    test(
                        "every crash state of a block with ${merge.describe()}, $errors and $failing failing branches",
                    ) {
                        val states = everyStateEndsLike(sample(merge, errors, failing))
                        println("crash-state resumes: $states")
                        states shouldBeGreaterThan 10
                    }
                }
            }
        }

        test("under LastWins the recorded order decides, in every order and after every crash") {
            val workflow =
                flow("last") {
                    together {
                        merge(Merge.LastWins())
                        does("a") { it.put("who", "a") }
                        does("b") { it.put("who", "b") }
                        does("c") { it.put("who", "c") }
                    }
                    does("end")
                }
            CrashStates(workflow).use { states ->
                states.all(isOrderSensitive = true).forEach { state ->
                    val recorded = state.delivered.filter { it.startsWith("block/") }
                    val end = CrashStates.resume(state, workflow)
                    if (recorded.size == 3) {
                        end.context["who"] shouldBe recorded.last().substringAfter("/").substringBefore("~")
                    }
                    end.status shouldBe RunStatus.COMPLETED
                }
            }
        }

        test("every crash state of a custom merge with a join") {
            val workflow =
                flow("custom") {
                    does("setup") { it.put("total", 1) }
                    val joined =
                        parallel<String>("block") { p ->
                            p.merge { m ->
                                m.put(
                                    "total",
                                    m.branches().size + m.get("total", Int::class.javaObjectType)!!,
                                )
                            }
                            val a = p.does("a")
                            val b = p.does("b")
                            p.join(String::class.java) { j ->
                                j.put("joined", true)
                                j.get(a) + j.get(b)
                            }
                        }
                    step("end", String::class.java) { s -> s.get(joined) + s.get("total", Int::class.javaObjectType) }
                }
            everyStateEndsLike(workflow) shouldBeGreaterThan 6
        }

        test("every crash state of nested blocks with a quorum that cancels the rest") {
            val workflow =
                flow("nested") {
                    together("outer") {
                        branch("left") { left ->
                            left.together("inner") {
                                does("x") { it.append("seen", "x") }
                                does("y") { it.append("seen", "y") }
                            }
                            left.does("after") { s -> s.put("left", s.get("seen", List::class.java)!!.size) }
                        }
                        branch("right") { right ->
                            right.together("inner") {
                                onError(OnError.COMPLETE_ALL)
                                join(Join.MAJORITY)
                                does("p") { it.put("p", 1) }
                                does("q") { it.put("q", 1) }
                                does("r") { error("always") }
                            }
                            right.does("after")
                        }
                    }
                    does("end")
                }
            everyStateEndsLike(workflow) shouldBeGreaterThan 30
        }

        test("a quorum that cancels the rest ends COMPLETED from every state and every order") {
            val workflow =
                flow("quorum") {
                    together {
                        join(Join.atLeast(2), Remaining.CANCEL)
                        repeat(4) { does("s$it") }
                    }
                    does("end")
                }
            CrashStates(workflow).use { states ->
                states.all(isOrderSensitive = true).forEach { state ->
                    CrashStates.resume(state, workflow).status shouldBe RunStatus.COMPLETED
                }
            }
        }

        test("every crash state of a block whose failure cancels several waits and a body that is slow to end") {
            val workflow =
                flow("cut") {
                    together("outer") {
                        for (name in listOf("p", "q")) {
                            branch(name) { inner ->
                                inner.sleep("nap", Duration.ofHours(1))
                                inner.does("after")
                            }
                        }
                        does("slow")
                        does("fails") { error("always") }
                    }
                    does("end")
                }
            everyStateEndsLike(workflow) shouldBeGreaterThan 6
        }

        test("an engine that dies at every commit in turn still brings the run to the same end") {
            val workflow = sample(Merge.DeepMerge(), OnError.COMPLETE_ALL, 1, "dying")
            val expected = uninterrupted(workflow)
            for (isCommittedBefore in listOf(true, false)) {
                val store = MemoryStore()
                var lives = 0
                var end: RunEnd? = null
                while (end == null) {
                    lives++
                    // The start call and what was interrupted take a commit each; the third is progress, the fourth kills.
                    var left = 3
                    val dying = CrashingStore(store, isCommittedBefore) { left-- == 0 }
                    dying.engine(workflow).use { engine ->
                        val started = engine.startAsync("dying", "r", null).handle { run, _ -> run }.join()
                        val outcome = started?.outcome()?.handle { record, _ -> record }?.join()
                        end = outcome?.let { started.end() }
                    }
                }
                end shouldBe expected
                lives shouldBeGreaterThan 1
            }
        }
    })
