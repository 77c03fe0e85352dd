package dev.perdure.dsl.json

import dev.perdure.core.DefinitionException
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldNotBeEmpty
import io.kotest.matchers.ints.shouldBeLessThan
import io.kotest.matchers.longs.shouldBeLessThan

private const val LARGEST = 1 shl 20
private const val STEPS = 10_000

/** Texts as large as the limits allow, each made to cost as much as it can, take no more than two seconds of CPU. */
class LargestFilesSpec :
    FunSpec({
        val definitions: List<Pair<String, String>> =
            listOf(
                "nothing but [" to filled("", "[", ""),
                "nothing but {" to filled("", "{\"a\":", ""),
                "a text without an end" to filled("\"", "\\u0041", ""),
                "a number of a million digits" to filled("{\"workflow_id\": ", "7", "}"),
                "spaces" to filled("{", " \n", "}"),
                "unknown fields" to filled("{", "\"{}\": 0, ", "\"x\": 0}"),
                "one key all over" to filled("{", "\"a\": 0, ", "\"a\": 0}"),
                "keys of one hash" to "{" + (0 until 25_000).joinToString { "\"${collision(it)}\": 0" } + "}",
                "steps that are none" to Corpus.definition("a", filled("{", "\"{}\": 0, ", "\"a\": 0}", LARGEST - 200)),
                "branches that are none" to branches(filled("{", "\"{}\": 0, ", "\"a\": 0}", LARGEST - 300)),
                "one id all over" to parallel(filled("[", "\"p\", ", "\"p\"]", LARGEST - 300)),
                "unknown ids" to parallel(filled("[", "\"{}\", ", "\"p\"]", LARGEST - 300)),
                "references that cannot be resolved" to agent(filled("\"", "\${a.output}", "\"", LARGEST - 300)),
                "references in a list" to agent(filled("[", "\"\${b.output}\", ", "0]", LARGEST - 300)),
                "a reference of a million parts" to agent(filled("\"\${workflow.input", ".a", "}\"", LARGEST - 300)),
                "a reference without an end" to agent(filled("\"\${workflow.input", "[0]", "\"", LARGEST - 300)),
                "openings of references" to agent(filled("\"", "\${", "\"", LARGEST - 300)),
                "escapes" to agent(filled("\"", "$\${", "\"", LARGEST - 300)),
                "a condition" to Corpus.nestedBlocks(1).replaceFirst("true", filled("", "(", "", LARGEST - 500)),
                "a chain" to steps { """"agent_name": "f"${next(it)}""" },
                "a chain that is a circle" to steps { """"agent_name": "f", "next_step": "${(it + 1) % STEPS}"""" },
                "many small circles" to steps { """"agent_name": "f", "next_step": "${it xor 1}"""" },
                "steps that nothing leads to" to steps { """"agent_name": "f", "next_step": "0"""" },
                "steps inside steps" to steps { block("${it + 1}") },
                "steps inside the step before" to steps { block("${(it + STEPS - 1) % STEPS}") },
                "branches that all lead to one step" to steps(9_000) { block("1") + ""","next_step":"${it + 1}"""" },
                "parallel blocks that hold each other" to
                    steps { """"type": "parallel", "parallel_steps": ["${it + 1}", "${it + 2}"]""" },
                "forward references" to
                    steps { $$""""agent_name": "f", "input_mapping": {"a": "${9999.output}"}""" + next(it) },
            )

        var slowest = 0L to ""

        context("read or refused:") {
            definitions.forEach { (name, text) ->
                test(name) {
                    text.length shouldBeLessThan LARGEST + 1
                    onSmallStack {
                        val cpu = cpuOf { read(text) }
                        slowest = maxOf(slowest, cpu to name, compareBy { it.first })
                        withClue("nanoseconds") { cpu shouldBeLessThan 20 * MOST_CPU }
                    }
                }
            }
        }

        afterSpec {
            println(
                "the slowest of the largest took ${slowest.first / 1_000_000} ms of CPU: ${slowest.second}",
            )
        }
    })

private fun read(text: String) {
    try {
        val file = readWorkflowFile(text)
        readWorkflowFile(writeWorkflowFile(file), JsonLimits(bytes = 10 * LARGEST))
    } catch (refused: DefinitionException) {
        refused.problems().shouldNotBeEmpty()
        refused.message.orEmpty().length shouldBeLessThan 3 * LARGEST
    }
}

/** [piece] as often as it fits into [length]; each `{}` in it is another number. */
private fun filled(
    start: String,
    piece: String,
    end: String,
    length: Int = LARGEST,
): String =
    buildString {
        append(start)
        var count = 0
        while (this.length + piece.length + end.length + 7 < length) {
            append(piece.replace("{}", "${count++}"))
        }
        append(end)
    }

private fun agent(input: String) =
    Corpus.definition("a", """{"a": {"id": "a", "agent_name": "f", "input_mapping": {"x": $input}}}""")

private fun parallel(children: String) =
    Corpus.definition("p", """{"p": {"id": "p", "type": "parallel", "parallel_steps": $children}}""")

private fun branches(branches: String) =
    Corpus.definition("f", """{"f": {"id": "f", "type": "fork_join", "fork_join_config": {"branches": $branches}}}""")

private fun steps(
    count: Int = STEPS,
    fields: (Int) -> String,
) = Corpus.definition("0", (0 until count).joinToString(",", "{", "}") { """"$it":{"id":"$it",${fields(it)}}""" })

private fun next(at: Int) = if (at + 1 < STEPS) """, "next_step": "${at + 1}"""" else ""

private fun block(branch: String) =
    """"type":"conditional","condition":{"expression":"true"},"if_true_step":"$branch""""

/** Texts that all have the same hash: "Aa" and "BB" have. */
private fun collision(number: Int): String =
    (0 until 15).joinToString("") { if (number shr it and 1 == 0) "Aa" else "BB" }
