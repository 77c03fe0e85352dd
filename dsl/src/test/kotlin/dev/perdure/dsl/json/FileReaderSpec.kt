package dev.perdure.dsl.json

import dev.perdure.core.DefinitionException
import dev.perdure.core.ErrorCode
import dev.perdure.core.PerdureException
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.ints.shouldBeGreaterThanOrEqual
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldStartWith
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds

class FileReaderSpec :
    FunSpec({
        test("the corpus has enough definitions, each with a name of its own") {
            Corpus.accepted.size shouldBeGreaterThanOrEqual 15
            Corpus.refused.size shouldBeGreaterThanOrEqual 60
            val names = Corpus.accepted.map { it.name } + Corpus.refused.map { it.name }
            names.distinct() shouldHaveSize names.size
        }

        context("accepted:") {
            Corpus.accepted.forEach { definition -> test(definition.name) { readWorkflowFile(definition.text) } }
        }

        context("refused:") {
            Corpus.refused.forEach { definition ->
                test(definition.name) {
                    val found = problemsOf(definition.text)
                    withClue(found.joinToString("\n")) {
                        definition.problems.forEach { problem ->
                            found.filter { it.startsWith(problem) } shouldHaveSize
                                1
                        }
                        found shouldHaveSize definition.problems.size
                    }
                }
            }
        }

        test("P69: every field is where it belongs") {
            val file = readWorkflowFile(textOf("P69"))
            file.id shouldBe "all"
            file.name shouldBe "Every field"
            file.version shouldBe "2026-01"
            file.start shouldBe "agent"
            file.steps.keys.toList() shouldContainExactly
                "agent parallel p1 p2 conditional then else loop body last fork x1 x2 y1 z1 end".split(" ")
            val agent = file.steps["agent"] as AgentStep
            agent.copy(input = emptyMap()) shouldBe
                AgentStep(
                    "agent",
                    "parallel",
                    "first",
                    emptyMap(),
                    FileRetry(5, 10.milliseconds, 500.milliseconds, 1.5, 0.2),
                    2500.milliseconds,
                )
            agent.input.keys.toList() shouldContainExactly listOf("whole", "text", "deep")
            file.steps["parallel"] shouldBe
                ParallelStep("parallel", "conditional", listOf("p1", "p2"), 1, isFailFast = true)
            file.steps["p2"] shouldBe
                SubWorkflowStep("p2", null, "other", mapOf("of" to parseTemplate("\${agent.output.id}")))
            file.steps["conditional"] shouldBe
                ConditionalStep("conditional", "loop", parseCondition("\${p1.output.score} > 0.5"), "then", "else")
            file.steps["then"] shouldBe SleepStep("then", null, 250.milliseconds)
            file.steps["else"] shouldBe EventStep("else", null, "approved", 86_400.seconds)
            file.steps["loop"] shouldBe
                LoopStep(
                    "loop",
                    "fork",
                    parseReference("\${p2.output.items}"),
                    listOf("body", "last"),
                    true,
                    4,
                    100,
                    LoopOnError.COLLECT,
                )
            val branches =
                mapOf(
                    "x" to FileBranch(listOf("x1", "x2"), 10.seconds),
                    "y" to FileBranch(listOf("y1"), 60.seconds),
                    "z" to FileBranch(listOf("z1"), 60.seconds),
                )
            file.steps["fork"] shouldBe
                ForkJoinStep("fork", "end", branches, FilePolicy.N_OF_M, 2, isRemainingCancelled = true)
        }

        test("P54: what is left out has its default, and so has what is null") {
            val file = readWorkflowFile(textOf("optional fields that are null"))
            file.steps["a"] shouldBe
                AgentStep("a", "c", "run", emptyMap(), FileRetry(1, 1.seconds, 30.seconds, 2.0, 0.0), null)
            file.steps["p"] shouldBe ParallelStep("p", null, listOf("l", "f"), 0, isFailFast = false)
            file.steps["l"] shouldBe
                LoopStep("l", null, parseReference("\${workflow.input}"), listOf("e"), false, 0, 0, LoopOnError.STOP)
            file.steps["e"] shouldBe EventStep("e", null, "x", null)
            val branches = mapOf("x" to FileBranch(listOf("x"), null), "y" to FileBranch(listOf("y"), null))
            file.steps["f"] shouldBe ForkJoinStep("f", null, branches, FilePolicy.ALL, 0, isRemainingCancelled = false)
            readWorkflowFile(textOf("P54")).steps["a"] shouldBe file.steps["t"].let { (it as AgentStep).copy(id = "a") }
        }

        test("P25: a body's step that repeats what its list says has no next step of its own") {
            readWorkflowFile(textOf("P25")).steps["b1"]?.next shouldBe null
        }

        test("a definition that is no JSON, empty or otherwise, has no name to report") {
            val refused = shouldThrow<DefinitionException> { readWorkflowFile("") }
            refused.code() shouldBe ErrorCode.INVALID_DEFINITION
            refused.message.orEmpty() shouldBe
                "workflow \"(no workflow_id)\" cannot be built, 1 problem:\n" +
                "  - $: malformed JSON at line 1, column 1: expected a value"
        }

        test("a definition that is refused is reported under its own name") {
            val text =
                Corpus
                    .definition(
                        "nope",
                        """{"a": {"id": "a", "agent_name": "run"}}""",
                    ).replace("\"w\"", "\"billing\"")
            val refused = shouldThrow<DefinitionException> { readWorkflowFile(text) }
            refused.message.orEmpty() shouldStartWith
                "workflow \"billing\" cannot be built, 1 problem:\n  - $.start_step: "
        }

        test("blocks may be inside each other 64 deep, as everywhere") {
            val problems = problemsOf(Corpus.nestedBlocks(65))
            problems.single() shouldStartWith
                "step \"c65\" at $.steps.c65: it is nested 65 blocks deep; at most 64 are allowed"
        }
    })

class JsonLimitsSpec :
    FunSpec({
        val valid = Corpus.definition("a", """{"a": {"id": "a", "agent_name": "é€😀"}}""")

        test("the bytes of the text are counted, not its characters") {
            val bytes = valid.toByteArray().size
            readWorkflowFile(valid, JsonLimits(bytes = bytes))
            problemsOf(valid, JsonLimits(bytes = bytes - 1)).single() shouldBe
                "$: the text is longer than ${bytes - 1} bytes; split the workflow up"
            problemsOf(valid, JsonLimits(bytes = 10)).single() shouldContain "longer than 10 bytes"
        }

        test("the steps are counted before they are read") {
            val two =
                Corpus.definition(
                    "a",
                    """{"a": {"id": "a", "agent_name": "f", "next_step": "b"}, "b": {"id": "b", "agent_name": "f"}}""",
                )
            readWorkflowFile(two, JsonLimits(steps = 2))
            problemsOf(two, JsonLimits(steps = 1)).single() shouldBe
                "$.steps: it has 2 steps; at most 1 are allowed, so split the workflow up"
        }

        test("the depth is counted before anything is read") {
            fun nested(levels: Int) =
                Corpus.definition(
                    "a",
                    """{"a": {"id": "a", "agent_name": "run", "input_mapping": {"v": ${"[".repeat(
                        levels,
                    )}${"]".repeat(levels)}}}}""",
                )
            readWorkflowFile(nested(60))
            problemsOf(nested(61)).single() shouldBe
                "$.steps.a.input_mapping.v${"[0]".repeat(60)}: nested deeper than 64 levels; flatten it"
            readWorkflowFile(nested(250), JsonLimits(depth = 300))
            problemsOf("[".repeat(1_000_000)).single() shouldBe
                "$${"[0]".repeat(64)}: nested deeper than 64 levels; flatten it"
        }

        test("a text with problems without end says a thousand of them, and how many more there are") {
            val problems =
                problemsOf(
                    Corpus.definition("a", (1..3_000).joinToString(prefix = "{", postfix = "}") { "\"s$it\": 0" }),
                )
            problems shouldHaveSize 1_001
            problems.last() shouldBe "… and 2001 more problems"
        }

        test("limits that cannot be meant are refused") {
            listOf(
                { JsonLimits(bytes = 0) } to "JSON limit: bytes is 0; expected 1 to 2147483647",
                { JsonLimits(depth = 301) } to "JSON limit: depth is 301; expected 1 to 300",
                { JsonLimits(steps = -1) } to "JSON limit: steps is -1; expected 1 to 2147483647",
            ).forEach { (limits, message) ->
                val refused = shouldThrow<PerdureException> { limits() }
                refused.code() shouldBe ErrorCode.INVALID_ARGUMENT
                refused.message shouldBe message
            }
        }
    })

private fun textOf(name: String) = Corpus.accepted.single { it.name.startsWith(name) }.text

private fun problemsOf(
    text: String,
    limits: JsonLimits = JsonLimits(),
): List<String> = shouldThrow<DefinitionException> { readWorkflowFile(text, limits) }.problems()
