package dev.perdure.core.engine

import dev.perdure.core.RunFailedException
import dev.perdure.core.RunStatus
import dev.perdure.core.definition.Workflow
import dev.perdure.core.memory.MemoryStore
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.maps.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain

class ParallelConformanceSpec :
    FunSpec({
        test("E01 a block between two steps runs each step once and its writes are all there") {
            val workflow =
                Workflow.define("e01", Any::class.java, String::class.java) { w ->
                    w.step("setup", String::class.java) { s ->
                        s.put("initialized", true)
                        "ok"
                    }
                    w.parallel { p ->
                        p.step("task_a", String::class.java) { s ->
                            s.put("from_task_a", true)
                            "a"
                        }
                        p.step("task_b", String::class.java) { s ->
                            s.put("from_task_b", true)
                            "b"
                        }
                    }
                    w.step("final", String::class.java) { s ->
                        s.put("completed", true)
                        "done"
                    }
                }
            Engine.builder(MemoryStore()).register(workflow).open().use { engine ->
                val run = engine.start("e01", "r1", null)
                run.await(String::class.java) shouldBe "done"
                run.status() shouldBe RunStatus.COMPLETED
                run.context() shouldContainExactly
                    mapOf("initialized" to true, "from_task_a" to true, "from_task_b" to true, "completed" to true)
                run.journal().size shouldBe 5
            }
        }
        test("E03 fail fast") {
            val workflow =
                Workflow.define("e03", Any::class.java, String::class.java) { w ->
                    w.parallel { p ->
                        p.step("good", String::class.java) { "a" }
                        p.step("bad", String::class.java) { error("intentional failure") }
                    }
                    w.step("never_reached", String::class.java) { error("never") }
                }
            Engine.builder(MemoryStore()).register(workflow).open().use { engine ->
                val run = engine.start("e03", "r1", null)
                val failed = shouldThrow<RunFailedException> { run.await(String::class.java) }
                failed.message shouldContain "\"bad\""
                failed.message shouldContain "intentional failure"
                failed.failure().path().toString() shouldBe "parallel-1"
            }
        }
    })
