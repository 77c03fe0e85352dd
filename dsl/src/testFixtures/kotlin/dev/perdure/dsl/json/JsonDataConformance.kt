package dev.perdure.dsl.json

import dev.perdure.core.RunStatus
import dev.perdure.core.engine.Ledger
import dev.perdure.core.engine.ended
import dev.perdure.core.engine.failure
import dev.perdure.core.engine.output
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain

/** What goes into agents and comes out of them: P52 to P54. */
fun jsonDataConformance(subject: JsonSubject) =
    funSpec {
        val input = mapOf("a" to mapOf("b" to 1), "list" to listOf(1, 2), "s" to "hi", "t" to "you", "n" to 5)
        val produced = mapOf("x" to 1.5, "list" to listOf(mapOf("name" to "first")), "none" to null)

        /** What an agent gets for a mapping of one value, after a step that yields [produced]. */
        fun resolved(
            value: Any?,
            check: (Any?) -> Unit,
        ) {
            val agents =
                agents {
                    agent("s1") { produced }
                    agent("echo") { it }
                }
            val workflow = workflow(agents, agent("s1", "echo"), agent("echo", input = mapOf("it" to value)))
            subject.run(workflow, input) { check((it.output() as Map<*, *>)["it"]) }
        }

        test("${subject}P52 references keep their types on their own, and are text inside text") {
            mapOf(
                "\${workflow.input.a.b}" to 1L,
                "\${workflow.input.a}" to mapOf("b" to 1L),
                "\${workflow.input.list}" to listOf(1L, 2L),
                "hello \${workflow.input.s} \${workflow.input.t}" to "hello hi you",
                "n=\${workflow.input.n}" to "n=5",
                "\${s1.output}" to produced,
                "\${s1.output.list[0]}" to mapOf("name" to "first"),
                "\${s1.output.list[0].name}" to "first",
                "\${s1.output.none}" to null,
                "a map: \${workflow.input.a}" to "a map: {\"b\":1}",
                "plain" to "plain",
                "\$\${workflow.input.n}" to "\${workflow.input.n}",
            ).forEach { (template, expected) -> resolved(template) { it shouldBe expected } }
        }

        test("${subject}P53 other values pass through, with the references in them resolved") {
            listOf(5L to 5L, true to true, null to null, listOf(1L) to listOf(1L)).forEach { (value, expected) ->
                resolved(value) { it shouldBe expected }
            }
            resolved(mapOf("k" to listOf("\${workflow.input.n}", mapOf("deep" to "\${s1.output.x}")))) {
                it shouldBe mapOf("k" to listOf(5L, mapOf("deep" to 1.5)))
            }
        }

        test("${subject}P52 a field that is not there fails the step, once, and says which of which step") {
            val n = Ledger()
            val agents = n.cast("s1", "echo")
            mapOf(
                "\${s1.output.nope}" to "\"nope\"",
                "\${workflow.input.a.nope}" to "\"nope\"",
                "text \${s1.output.result.deeper}" to "\"deeper\"",
            ).forEach { (template, name) ->
                val echo = agent("echo", null, mapOf("it" to template), retry(3))
                subject.run(workflow(agents, agent("s1", "echo"), echo), input) { run ->
                    run.ended().status() shouldBe RunStatus.FAILED
                    val failure = run.ended().failure()
                    failure.path().toString() shouldBe "echo"
                    failure.message() shouldContain name
                    failure.message() shouldContain template.substringAfter("text ")
                    failure.attempt() shouldBe 1
                }
            }
            n["echo"] shouldBe 0
        }

        test("${subject}P54 an agent without a mapping runs with nothing") {
            val agents = agents { agent("a") { it } }
            subject.run(workflow(agents, agent("a"))) { it.output() shouldBe emptyMap<String, Any?>() }
        }

        test("${subject}data that looks like a reference is never expanded, wherever it comes from") {
            val trap = "\${workflow.input.secret} and \$\${x}"
            val agents =
                agents {
                    agent("yields") { mapOf("text" to trap, "\${key}" to listOf(trap)) }
                    agent("b") { it["item"] }
                    agent("t") { it["text"] }
                    agent("last") { it }
                }
            val mapping =
                mapOf(
                    "input" to "\${workflow.input.text}",
                    "within" to "<\${workflow.input.text}>",
                    "output" to "\${yields.output}",
                    "looped" to "\${l.output.iterations}",
                    "chosen" to "\${c.output.branch_output}",
                )
            val steps =
                arrayOf(
                    agent("yields", "l"),
                    loop("l", "\${workflow.input.list}", listOf("b"), "c"),
                    agent("b", input = mapOf("item" to "\${loop.item}")),
                    conditional("c", "\${yields.output.text} == \${workflow.input.text}", "t", next = "last"),
                    agent("t", input = mapOf("text" to "\${yields.output.text}")),
                    agent("last", input = mapping),
                )
            val data = mapOf("text" to trap, "list" to listOf(trap), "secret" to "not to be seen")
            subject.run(workflow(agents, *steps), data) { run ->
                run.output() shouldBe
                    mapOf(
                        "input" to trap,
                        "within" to "<$trap>",
                        "output" to mapOf("text" to trap, "\${key}" to listOf(trap)),
                        "looped" to listOf(trap),
                        "chosen" to trap,
                    )
            }
        }

        test("${subject}an agent may yield anything that can be recorded; what cannot fails its step") {
            val agents =
                agents {
                    agent("unit") { }
                    agent("bad") { Thread.currentThread() }
                }
            subject.run(workflow(agents, agent("unit"))) { it.output() shouldBe null }
            subject.run(workflow(agents, agent("bad"))) { run ->
                run.ended().failure().message() shouldContain "cannot be recorded"
            }
        }
    }
