package dev.perdure.dsl.json

import dev.perdure.core.Json
import dev.perdure.core.RunStatus
import dev.perdure.core.engine.CrashStates
import dev.perdure.core.engine.RunEnd
import dev.perdure.core.engine.end
import dev.perdure.core.engine.engine
import dev.perdure.core.memory.MemoryStore
import dev.perdure.dsl.CoroutineBodyScopes
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.shouldBe

/** JSON workflows go on from every state that a crash can leave them in, to the end that they have without one. */
class JsonCrashStatesSpec :
    FunSpec({
        val input = mapOf("text" to "hello", "items" to listOf(1, 2, 3))

        /** Agents that yield what they get, and fail where they are told to. */
        fun echoing(vararg names: String): Agents =
            agents {
                names.forEach { name ->
                    agent(name) { got ->
                        check(got["item"] != 2L) { "item 2 is bad" }
                        check("second" !in got || attempt > 1) { "only another attempt is good" }
                        mapOf("by" to name, "got" to got)
                    }
                }
            }

        fun everyState(
            what: String,
            vararg steps: StepText,
            status: RunStatus = RunStatus.COMPLETED,
            moreThan: Int = 5,
        ) = test("every crash state of $what is resumed to the same end") {
            val names = steps.mapNotNull { it["agent_name"] as String? }.toTypedArray()
            val workflow = workflow(echoing(*names), *steps)
            val expected: RunEnd = MemoryStore().engine(workflow).use { it.start("wf", "r", input).end() }
            withClue(expected) { expected.status shouldBe status }
            CrashStates(workflow, Json.write(input), CoroutineBodyScopes()).use { states ->
                val all = states.all()
                all.forEach { state ->
                    withClue("after ${state.delivered}") { CrashStates.resume(state, workflow) shouldBe expected }
                }
                println("crash-state resumes: ${all.size} ($what)")
                all.size shouldBeGreaterThan moreThan
            }
        }

        val text = mapOf("text" to "\${workflow.input.text}")
        everyState(
            "the format's example",
            parallel("p", listOf("a", "b", "c"), "z", "max_parallelism" to 2),
            agent("a", input = text),
            agent("b", input = text),
            agent("c", input = text),
            agent("z", input = mapOf("a" to "\${a.output}", "b" to "\${b.output}", "c" to "\${p.output.c}")),
            moreThan = 8,
        )

        everyState(
            "a conditional with a warning, in a parallel block",
            parallel("p", listOf("c", "d"), "z"),
            conditional("c", "\${workflow.input.none} > 1", "t", "e"),
            agent("t"),
            agent("e", "e2"),
            agent("e2", input = mapOf("e" to "\${e.output.by}")),
            conditional("d", "\${workflow.input.text} == 'hello'", null, "never"),
            agent("never"),
            agent("z", input = mapOf("p" to "\${p.output}")),
            moreThan = 12,
        )

        everyState(
            "a parallel loop with an error in its place",
            loop(
                "l",
                "\${workflow.input.items}",
                listOf("b1", "b2"),
                "z",
                "execution_mode" to "parallel",
                "max_parallelism" to 2,
                "on_error" to "continue",
            ),
            agent("b1", input = mapOf("item" to "\${loop.item}", "last" to "\${loop.is_last}")),
            agent("b2", input = mapOf("own" to "\${b1.output}")),
            agent("z", input = mapOf("l" to "\${l.output}")),
            moreThan = 15,
        )

        everyState(
            "a loop that collects a failure",
            loop("l", "\${workflow.input.items}", listOf("b"), null, "on_error" to "collect"),
            agent("b", input = mapOf("item" to "\${loop.item}")),
            status = RunStatus.FAILED,
            moreThan = 4,
        )

        everyState(
            "a fork with a failing branch, whose policy is met",
            fork("f", mapOf("x" to listOf("x1", "x2"), "y" to listOf("y1"), "w" to listOf("s", "w1")), "majority", "z"),
            agent("x1"),
            agent("x2", input = mapOf("x1" to "\${x1.output.by}")),
            agent("y1", input = mapOf("item" to 2)),
            step("s", "sleep", "duration_seconds" to 0.001),
            agent("w1"),
            agent("z", input = mapOf("f" to "\${f.output}")),
            moreThan = 15,
        )

        everyState(
            "loops in a loop in a branch, beside a block with attempts",
            fork("f", mapOf("x" to listOf("outer"), "y" to listOf("p")), "all", "z"),
            loop("outer", "\${workflow.input.items}", listOf("o", "inner", "c"), null, "max_iterations" to 2),
            agent("o", input = mapOf("of" to "\${loop.item}")),
            loop("inner", "\${workflow.input.items}", listOf("i"), null, "max_iterations" to 2),
            agent(
                "i",
                input =
                    mapOf(
                        "own" to "\${o.output.got.of}",
                        "of" to "\${loop.item}",
                        "total" to "\${loop.total}",
                    ),
            ),
            conditional("c", "\${loop.is_first} and \${inner.output.total_count} == 2", "t"),
            agent("t", input = mapOf("inner" to "\${inner.output.iterations[1].got}")),
            parallel("p", listOf("a", "b")),
            agent("a", input = mapOf("second" to true), fields = arrayOf(retry(3))),
            agent("b"),
            agent("z", input = mapOf("x" to "\${f.output.x}", "y" to "\${f.output.y}")),
            moreThan = 100,
        )
    })
