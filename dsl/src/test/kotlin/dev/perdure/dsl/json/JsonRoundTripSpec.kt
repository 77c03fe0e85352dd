package dev.perdure.dsl.json

import dev.perdure.core.ErrorCode
import dev.perdure.core.Json
import dev.perdure.core.PerdureException
import dev.perdure.core.definition.Workflow
import dev.perdure.core.engine.RunEnd
import dev.perdure.core.engine.end
import dev.perdure.core.engine.engine
import dev.perdure.core.memory.MemoryStore
import dev.perdure.dsl.workflow
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.shouldNotBe
import io.kotest.matchers.string.shouldContain
import kotlin.random.Random

/** From a text to a graph and back. */
class JsonRoundTripSpec :
    FunSpec({
        fun options(file: WorkflowFile) =
            if (numberOf(file.version) ==
                null
            ) {
                JsonOptions.DEFAULT.version(1)
            } else {
                JsonOptions.DEFAULT
            }

        fun read(text: String): Workflow<Any?, Any?> {
            val file = readWorkflowFile(text)
            return JsonWorkflows.read(text, echoing(file), options(file))
        }

        fun shouldComeBack(text: String) {
            val first = read(text)
            val written = JsonWorkflows.write(first)
            val second = read(written)
            Json.write(second.graph()) shouldBe Json.write(first.graph()) // maps are compared to a depth of 64 only
            second.fingerprint() shouldBe first.fingerprint()
            JsonWorkflows.write(second) shouldBe written
            readWorkflowFile(written) shouldBe readWorkflowFile(text)
        }

        context("P69 a graph that was made from a text is written as one, and made from that again:") {
            Corpus.accepted.forEach { definition -> test(definition.name) { shouldComeBack(definition.text) } }

            test("500 random ones, each of whose steps is a node of the graph") {
                repeat(500) { seed ->
                    withClue("seed $seed") {
                        val file = RandomFile(Random(seed)).make()
                        val text = writeWorkflowFile(file)
                        shouldComeBack(text)
                        val paths = NodePaths(file)
                        file.steps.keys.map { paths[it].path } - read(text).places().keys shouldBe emptyList()
                    }
                }
            }
        }

        test("P69 an edited text is another graph, and the one before is what it was") {
            val text = Corpus.accepted.single { it.name.startsWith("P69") }.text
            val before = read(text)
            val stored = JsonWorkflows.write(before)
            val after = read(stored.replace("\"max_attempts\": 5", "\"max_attempts\": 7"))
            after.fingerprint() shouldNotBe before.fingerprint()
            JsonWorkflows.write(after) shouldBe stored.replace("\"max_attempts\": 5", "\"max_attempts\": 7")
            JsonWorkflows.write(before) shouldBe stored
        }

        test("a text that was written runs as the first did") {
            val input = "\${workflow.input.v}"
            val steps =
                arrayOf(
                    parallel("p", listOf("a", "b"), "l"),
                    agent("a", null, mapOf("v" to input, "text" to "\$\${v} is <$input>")),
                    agent("b"),
                    loop("l", "\${workflow.input.list}", listOf("i"), "c", "max_iterations" to 2),
                    agent("i", null, mapOf("item" to "\${loop.item}", "list" to listOf(input, 1.5, null))),
                    conditional("c", "\${a.output.v} == 'it\\'s' and not (1 > 2 or false)", "t", "e", "f"),
                    agent("t"),
                    agent("e"),
                    fork("f", mapOf("x" to listOf("x1"), "y" to listOf("y1")), "n_of_m", "z", "n_required" to 1),
                    agent("x1"),
                    agent("y1"),
                    agent("z", null, listOf("p", "l", "c", "f").associateWith { "\${$it.output}" }),
                )

            fun end(workflow: Workflow<*, *>): RunEnd =
                MemoryStore().engine(workflow).use {
                    it.start("wf", "r", mapOf("v" to "it's", "list" to listOf(1, 2, 3))).end()
                }
            val first = read(workflowText(*steps))
            end(read(JsonWorkflows.write(first))) shouldBe
                end(first).also { it.output.orEmpty() shouldContain "\"branch_taken\":\"then\"" }
        }

        test("a workflow that was built has no text, and says so") {
            val built = workflow<Unit, Unit>("built") { step("a") { } }
            val refused = shouldThrow<PerdureException> { JsonWorkflows.write(built) }
            refused.code() shouldBe ErrorCode.INVALID_ARGUMENT
            refused.message shouldContain "workflow \"built\" was not read by JsonWorkflows"
        }
    })

/** Agents that yield what they get, for all names in [file]. */
private fun echoing(file: WorkflowFile): Agents =
    agents {
        file.steps.values
            .filterIsInstance<AgentStep>()
            .map { it.agent }
            .distinct()
            .forEach { agent(it) { input -> input } }
    }
