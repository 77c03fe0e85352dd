package dev.perdure.core.testing

import dev.perdure.core.RunStatus
import dev.perdure.core.definition.Retry
import dev.perdure.core.definition.StepOptions
import dev.perdure.core.definition.Workflow
import dev.perdure.core.engine.does
import dev.perdure.core.engine.flow
import dev.perdure.core.engine.together
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.time.Duration

/** The engine for tests: no waiting, no threads to wait for, and a world that the test writes. */
class TestEngineSpec :
    FunSpec({
        val flaky = StepOptions.DEFAULT.retry(Retry.fixed(3, Duration.ofHours(1)))
        val workflow =
            Workflow.define("approve", Any::class.java, String::class.java) { w ->
                val stock = w.step("reserve", String::class.java, flaky) { "r" }
                w.sleep("cool_down", Duration.ofDays(3))
                val go = w.awaitSignal("go", String::class.java)
                w.step("end", String::class.java) { s ->
                    s.put("went", s.get(go))
                    s.get(stock) + s.get(go)
                }
            }

        test("sleeps and back-offs are skipped, and their time is counted") {
            TestEngine.of(workflow).use { engine ->
                engine
                    .script()
                    .step("reserve")
                    .attempt(1)
                    .fails(IllegalStateException("no"))
                    .signal("go", "!")
                engine
                    .run(workflow, "in")
                    .assertHistory("reserve", "cool_down", "go", "end")
                    .assertAttempts("reserve", 2)
                    .assertOutput("r!")
                    .assertContext("went", "!")
                engine.elapsed() shouldBe Duration.ofDays(3).plusHours(1)
            }
        }

        test("a run that waits for what nobody scripted stands still, and goes on when it comes") {
            TestEngine.of(workflow).use { engine ->
                engine.run(workflow, "in").assertStatus(RunStatus.WAITING).assertNotCompleted("end")
                engine.restart().assertStatus(RunStatus.WAITING)
                engine.signal("go", "later").assertCompleted("reserve", "end").assertOutput("rlater")
            }
        }

        test("a step's body is replaced by a value or an error, by its path or its name") {
            val block =
                flow("block") {
                    together {
                        branch("one") { it.does("same") }
                        branch("two") { it.does("same") }
                    }
                    does("end")
                }
            TestEngine.of(block).use { engine ->
                engine.script().step("block/two/same").fails(java.io.IOException("unplugged"))
                val run = engine.run(block, "in")
                run.assertStatus(RunStatus.FAILED).end().context() shouldBe emptyMap()
                run.completed() shouldContainExactly listOf("block/one/same", "block/one")
            }
        }

        test("a cancelled run ends as that") {
            TestEngine.of(workflow).use { engine ->
                engine.run(workflow, "in")
                engine.with { _, run -> run.cancel("enough") }.assertStatus(RunStatus.CANCELLED)
            }
        }

        test("an assertion that fails shows what was expected, what was found, and the history") {
            TestEngine.of(workflow).use { engine ->
                val run = engine.run(workflow, "in")
                val message = shouldThrow<AssertionError> { run.assertOutput("x") }.message!!
                message shouldContain "run \"run\" of workflow \"approve\": its output"
                message shouldContain "expected: \"x\""
                message shouldContain "found:    null"
                message shouldContain "cool_down COMPLETED"
                shouldThrow<AssertionError> { run.assertCompleted("end") }.message!! shouldContain "WAITING"
                shouldThrow<AssertionError> { run.assertAttempts("reserve", 2) }.message!! shouldContain "found:    1"
            }
        }
    })
