package dev.perdure.dsl.json

import com.fasterxml.jackson.databind.node.ObjectNode
import dev.perdure.core.DefinitionException
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldNotBeEmpty
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import kotlin.random.Random

class SchemaSpec :
    FunSpec({
        test("the schema is one, as draft 2020-12 says what schemas are") {
            WorkflowSchema.ownProblems().shouldBeEmpty()
        }

        context("accepts:") {
            Corpus.accepted.forEach { definition ->
                test(definition.name) { WorkflowSchema.problemsOf(definition.text).shouldBeEmpty() }
            }

            test("500 random files, as they are written") {
                repeat(500) { seed ->
                    val text = writeWorkflowFile(RandomFile(Random(seed)).make())
                    withClue("seed $seed") { WorkflowSchema.problemsOf(text).shouldBeEmpty() }
                }
            }
        }

        context("refuses what it can see:") {
            Corpus.refused.forEach { definition ->
                test(definition.name) {
                    val found = WorkflowSchema.problemsOf(definition.text)
                    withClue(found) { found.isEmpty() shouldBe definition.schemaAccepts }
                }
            }
        }

        test("the schema refuses nothing that the reader accepts, and all that is wrong with fields as such") {
            var both = 0
            val file = WorkflowSchema.parse(Corpus.accepted.single { it.name.startsWith("P69") }.text)
            variantsOf(file) { what ->
                val problems = problemsOf(file.toString())
                val visible = problems.filterNot(READER_ONLY::containsMatchIn)
                val found = WorkflowSchema.problemsOf(file)
                withClue("$what\nreader: $problems\nschema: $found") {
                    if (problems.isEmpty()) found.shouldBeEmpty()
                    if (visible.isNotEmpty()) found.shouldNotBeEmpty()
                }
                both += if (visible.isNotEmpty()) 1 else 0
            }
            both shouldBeGreaterThan 1_000
        }

        test("P54: what the schema calls a default is what the reader takes") {
            var defaults = 0
            MINIMAL.forEach { (type, steps) ->
                val bare = Corpus.definition("s", "{$steps}")
                val full = WorkflowSchema.parse(bare)
                defaults += fillIn(full["steps"]["s"] as ObjectNode, WorkflowSchema.node["\$defs"][type])
                withClue("$type: $full") { readWorkflowFile(full.toString()) shouldBe readWorkflowFile(bare) }
            }
            defaults shouldBeGreaterThan 25
        }

        test("every field is described") {
            undescribed("", WorkflowSchema.node).shouldBeEmpty()
        }
    })

/** What no schema can say: ids, places, references, expressions, how exact a time is, one number above another. */
private val READER_ONLY =
    Regex(
        "there is no step|which is not there|cannot be read here|it is never run|runs in two places|in a circle|" +
            "would contain itself|it is in a list of|whose steps run side by side|is outside of a loop|" +
            "make them equal|: at index \\d+: (?!it is blank)|the number of branches, found [1-9]|" +
            "decimals, found 0\\.0005",
    )

/** For each type, the fewest fields of step "s", and the steps that those name. */
private val MINIMAL =
    run {
        val others = """"a": {"id": "a", "agent_name": "f"}, "b": {"id": "b", "agent_name": "f"}"""
        val branches = """{"x": {"steps": ["a"]}, "y": {"steps": ["b"]}}"""
        val loop = $$""""collection": "${workflow.input}", "loop_body": ["t"]"""
        mapOf(
            "agent" to """"s": {"id": "s", "agent_name": "f"}""",
            "parallel" to """"s": {"id": "s", "type": "parallel", "parallel_steps": ["a", "b"]}, $others""",
            "conditional" to
                """"s": {"id": "s", "type": "conditional", "condition": {"expression": "true"}, "if_true_step": "t"},
                "t": {"id": "t", "agent_name": "f"}""",
            "loop" to
                """"s": {"id": "s", "type": "loop", "loop_config": {$loop}}, "t": {"id": "t", "agent_name": "f"}""",
            "fork_join" to
                """"s": {"id": "s", "type": "fork_join", "fork_join_config": {"branches": $branches}}, $others""",
            "sleep" to """"s": {"id": "s", "type": "sleep", "duration_seconds": 1}""",
            "wait_for_event" to """"s": {"id": "s", "type": "wait_for_event", "event_name": "e"}""",
            "sub_workflow" to """"s": {"id": "s", "type": "sub_workflow", "workflow": "w"}""",
        )
    }

private fun problemsOf(text: String): List<String> =
    try {
        readWorkflowFile(text)
        emptyList()
    } catch (refused: DefinitionException) {
        refused.problems()
    }
