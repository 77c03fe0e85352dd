package dev.perdure.dsl.json

import dev.perdure.core.RunStatus
import dev.perdure.core.engine.Ledger
import dev.perdure.core.engine.ended
import dev.perdure.core.engine.endsCompleted
import dev.perdure.core.engine.failure
import dev.perdure.core.engine.output
import dev.perdure.core.engine.rows
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain

/** Conditionals of the JSON format: P13 to P21. */
fun jsonConditionalConformance(subject: JsonSubject) =
    funSpec {
        /** s yields v, c asks whether that is above 1, z says what it saw of c. */
        fun steps(
            then: String? = "t",
            otherwise: String? = "f",
        ): Array<StepText> =
            listOfNotNull(
                agent("s", "c"),
                conditional("c", "\${s.output.v} > 1", then, otherwise, "z"),
                then?.let { agent(it) },
                otherwise?.let { agent(it) },
                agent("z", input = mapOf("taken" to "\${c.output.branch_taken}")),
            ).toTypedArray()

        fun agents(
            n: Ledger,
            v: Any?,
        ): Agents =
            n.cast("t", "f") {
                counted(n, "s") { mapOf("v" to v) }
                counted(n, "z") { it.input }
            }

        test("${subject}P13 the branch that the condition names runs, and the conditional says which that was") {
            val n = Ledger()
            subject.run(workflow(agents(n, 2), *steps())) { run ->
                run.output() shouldBe mapOf("taken" to "then")
                run.recorded("c#yield") shouldBe
                    mapOf(
                        "condition_result" to true,
                        "branch_taken" to "then",
                        "branch_step_id" to "t",
                        "branch_output" to OK,
                    )
                listOf("t", "f").map { n[it] } shouldContainExactly listOf(1, 0)
                run.rows("c").single().let { listOf(it.branchTaken(), it.conditionResult()) } shouldContainExactly
                    listOf("then", "true")
            }
            subject.run(workflow(agents(n, 0), *steps())) { run ->
                run.output() shouldBe mapOf("taken" to "else")
                run.rows("c").single().let { listOf(it.branchTaken(), it.conditionResult()) } shouldContainExactly
                    listOf("else", "false")
            }
        }

        test("${subject}P14 without a branch for its result a conditional completes, and says so") {
            listOf(0 to steps(otherwise = null), 2 to steps(then = null)).forEach { (v, steps) ->
                val n = Ledger()
                subject.run(workflow(agents(n, v), *steps)) { run ->
                    run.output() shouldBe mapOf("taken" to null)
                    run.recorded("c#yield") shouldBe
                        mapOf(
                            "condition_result" to (v == 2),
                            "branch_taken" to null,
                            "branch_step_id" to null,
                            "branch_output" to null,
                        )
                    listOf("t", "f", "z").map { n[it] } shouldContainExactly listOf(0, 0, 1)
                }
            }
        }

        test("${subject}P15 a branch that fails fails the conditional and the run") {
            val n = Ledger()
            val agents =
                n.cast("f", "z") {
                    counted(n, "s") { mapOf("v" to 2) }
                    counted(n, "t") { error("boom") }
                }
            subject.run(workflow(agents, *steps())) { run ->
                run.ended().status() shouldBe RunStatus.FAILED
                run.ended().failure().message() shouldContain "boom"
                run.failureOf("c").message() shouldContain "boom"
                n["z"] shouldBe 0
            }
        }

        test("${subject}a branch is the whole chain of its steps, and its output that of the last") {
            val n = Ledger()
            val agents =
                agents {
                    counted(n, "s") { mapOf("v" to 2) }
                    counted(n, "t") { mapOf("w" to 20) }
                    counted(n, "t2") { call -> mapOf("w" to (call["w"] as Long) + 1) }
                    counted(n, "z") { it.input }
                }
            val steps =
                arrayOf(
                    agent("s", "c"),
                    conditional("c", "\${s.output.v} == 2", "t", next = "z"),
                    agent("t", "t2"),
                    agent("t2", input = mapOf("w" to "\${t.output.w}")),
                    agent(
                        "z",
                        input =
                            mapOf(
                                "w" to "\${c.output.branch_output.w}",
                                "id" to "\${c.output.branch_step_id}",
                            ),
                    ),
                )
            subject.run(workflow(agents, *steps)) { it.output() shouldBe mapOf("w" to 21L, "id" to "t") }
        }

        test("${subject}a condition's result is recorded: what follows it never evaluates it again") {
            val n = Ledger()
            val agents =
                n.cast("f", "z") {
                    counted(n, "s") { mapOf("v" to 2) }
                    counted(n, "t") { call -> OK.also { check(call.times > 1) } }
                }
            subject.retried(workflow(agents, *steps())) { run ->
                run.endsCompleted()
                run.rows("c#choice").size shouldBe 1
                listOf("s", "t", "z").map { n[it] } shouldContainExactly listOf(1, 2, 1)
            }
        }

        test("${subject}P21 an order that makes no sense is false, with a warning in the journal") {
            val n = Ledger()
            subject.run(workflow(agents(n, null), *steps())) { run ->
                run.output() shouldBe mapOf("taken" to "else")
                val warning = run.journal().single { it.kind() == "warning" }
                warning.path() shouldBe "c#choice"
                warning.detail().orEmpty() shouldContain "> 1"
            }
        }

        test("${subject}P18 conditions of the format's table decide as they are listed there") {
            val agents =
                agents {
                    agent("analyze") {
                        mapOf("score" to 0.9, "msg" to "an error here", "tags" to listOf("a", "b"), "n" to 15)
                    }
                    agent("t") { OK }
                }
            mapOf(
                "\${analyze.output.score} > 0.8" to true,
                "\${analyze.output.msg} contains 'error'" to true,
                "\${analyze.output.tags[1]} == 'b' and not \${analyze.output.score} < 0.5" to true,
                "'z' not in \${analyze.output.tags}" to true,
                "\${analyze.output.missing} == null" to true,
                "\${workflow.input.n} == '15'" to false,
                "(\${workflow.input.n} >= 15 or false) and true" to true,
            ).forEach { (expression, expected) ->
                val workflow = workflow(agents, agent("analyze", "c"), conditional("c", expression, "t"), agent("t"))
                subject.run(workflow, mapOf("tags" to listOf("a"), "n" to 15)) { run ->
                    (run.output() as Map<*, *>)["condition_result"] shouldBe expected
                }
            }
        }
    }
