package dev.perdure.dsl.json

import dev.perdure.core.Json
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import kotlin.random.Random
import kotlin.time.Duration.Companion.seconds

class FileWriterSpec :
    FunSpec({
        context("P69: a file that is written reads as the same file, and is written the same again:") {
            Corpus.accepted.forEach { definition ->
                test(definition.name) { shouldReadBack(readWorkflowFile(definition.text)) }
            }

            test("2,000 random ones") {
                val types = HashSet<Class<*>>()
                repeat(2_000) { seed ->
                    val file = RandomFile(Random(seed)).make()
                    file.steps.values.mapTo(types) { it.javaClass }
                    withClue("seed $seed") { shouldReadBack(file) }
                }
                types.size shouldBe 8
            }
        }

        test("P69: one field is changed, all others stay, and so does the text before") {
            val text = Corpus.accepted.single { it.name.startsWith("P69") }.text
            val before = readWorkflowFile(text)
            val sleep = before.steps.getValue("then") as SleepStep
            val stored = writeWorkflowFile(before)
            val edited =
                writeWorkflowFile(
                    before.copy(
                        steps =
                            before.steps + ("then" to sleep.copy(duration = 9.seconds)),
                    ),
                )
            edited.lines().zip(stored.lines()).filter { (new, old) -> new != old } shouldContainExactly
                listOf("      \"duration_seconds\": 9" to "      \"duration_seconds\": 0.25")
            edited.lines().size shouldBe stored.lines().size

            val after = readWorkflowFile(edited)
            after.steps - "then" shouldBe before.steps - "then"
            after.steps["then"] shouldBe sleep.copy(duration = 9.seconds)
            after.copy(steps = emptyMap()) shouldBe before.copy(steps = emptyMap())
            readWorkflowFile(stored) shouldBe before
        }

        test("P69: the text itself can be edited") {
            val before = readWorkflowFile(Corpus.accepted.single { it.name.startsWith("P69") }.text)
            val after =
                readWorkflowFile(writeWorkflowFile(before).replace("\"max_iterations\": 100", "\"max_iterations\": 7"))
            after shouldBe
                before.copy(
                    steps =
                        before.steps + ("loop" to (before.steps["loop"] as LoopStep).copy(maxIterations = 7)),
                )
        }

        test("a text for people: two spaces a level, letters as they are, defaults left out, escapes kept") {
            val input = $$$"""["$${x}: ${workflow.input.n}", {}, 1.10, "\u2028\t\n\u0007\""]"""
            val numbers = """"timeout_seconds": 1.50, "retry": {"jitter": 0}"""
            val step = """"agent_name": "run", $numbers, "input_mapping": {"x": $input}"""
            val text = Corpus.definition("a", """{"a": {"id": "a", $step}}""").replace("A workflow", "Größe 😀")
            writeWorkflowFile(readWorkflowFile(text)) shouldBe
                $$$"""
                {
                  "workflow_id": "w",
                  "name": "Größe 😀",
                  "version": "1",
                  "start_step": "a",
                  "steps": {
                    "a": {
                      "id": "a",
                      "type": "agent",
                      "agent_name": "run",
                      "input_mapping": {
                        "x": [
                          "$${x}: ${workflow.input.n}",
                          {},
                          1.10,
                          "\u2028\t\n\u0007\""
                        ]
                      },
                      "timeout_seconds": 1.5
                    }
                  }
                }

                """.trimIndent()
        }

        test("halves of surrogate pairs, controls and what hides are escaped, pairs are not") {
            val hostile = "\ud800 \udc00 \ud83d\ude00 \u0000\u007f\u0085\u200b\u202e\u2029"
            val text =
                JsonPrinter().print(
                    mapOf("k" to listOf(hostile, null, emptyMap<String, Any>(), emptyList<Any>())),
                )
            text shouldBe
                "{\"k\":[\"\\ud800 \\udc00 \ud83d\ude00 \\u0000\\u007f\\u0085\\u200b\\u202e\\u2029\",null,{},[]]}"
            ((Json.read(text) as Map<*, *>)["k"] as List<*>).first() shouldBe hostile
        }
    })

private fun shouldReadBack(file: WorkflowFile) {
    val text = writeWorkflowFile(file)
    val read = readWorkflowFile(text)
    read shouldBe file
    read.steps.keys.toList() shouldContainExactly file.steps.keys.toList()
    writeWorkflowFile(read) shouldBe text
}
