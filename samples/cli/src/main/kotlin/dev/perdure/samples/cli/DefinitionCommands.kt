package dev.perdure.samples.cli

import dev.perdure.core.DefinitionException
import dev.perdure.core.Json
import dev.perdure.core.Plain
import dev.perdure.core.graph.WorkflowGraph
import dev.perdure.dsl.json.Agents
import picocli.CommandLine.Command
import picocli.CommandLine.Mixin
import picocli.CommandLine.Option
import picocli.CommandLine.Parameters
import java.nio.file.Path
import java.util.concurrent.Callable

@Command(
    name = "validate",
    description = ["Checks workflow files, and says all that is wrong in them."],
    mixinStandardHelpOptions = true,
)
internal class ValidateCommand(private val terminal: Terminal) : Callable<Int> {
    @Parameters(paramLabel = "FILE", arity = "1..*", description = ["Workflows, in JSON."])
    lateinit var files: List<Path>

    @Mixin
    lateinit var version: VersionOption

    @Mixin
    lateinit var agents: AgentsOption

    @Mixin
    lateinit var json: JsonOption

    override fun call(): Int {
        val agents = agents.readOrNull() ?: Agents.ANY
        val results = files.map { it to problemsIn(it, agents) }
        results.forEach { (file, problems) -> tell(file, problems) }
        return if (results.all { it.second.isEmpty() }) ExitCode.DONE else ExitCode.BAD_DEFINITION
    }

    private fun problemsIn(
        file: Path,
        agents: Agents,
    ): List<String> =
        try {
            readWorkflow(file, agents, version.options())
            emptyList()
        } catch (broken: DefinitionException) {
            broken.problems()
        }

    private fun tell(
        file: Path,
        problems: List<String>,
    ) {
        when {
            json.isJson -> {
                val found = mapOf("file" to "$file", "valid" to problems.isEmpty(), "problems" to problems)
                terminal.out.println(Json.write(Plain.of(found)))
            }

            problems.isEmpty() -> {
                terminal.out.println("$file: good")
            }

            else -> {
                terminal.out.println("$file: ${problems.size} ${if (problems.size == 1) "problem" else "problems"}")
                problems.forEach { terminal.out.println("  - $it") }
            }
        }
    }
}

/** What a workflow can be drawn as. */
internal enum class GraphFormat { MERMAID, DOT, JSON, SVG }

@Command(name = "graph", description = ["Draws a workflow file."], mixinStandardHelpOptions = true)
internal class GraphCommand(private val terminal: Terminal) : Callable<Int> {
    @Parameters(paramLabel = "FILE", description = ["The workflow, in JSON."])
    lateinit var file: Path

    @Option(
        names = ["--format"],
        paramLabel = "FORMAT",
        description = ["mermaid, dot, json or svg; mermaid unless said."],
    )
    var format: GraphFormat = GraphFormat.MERMAID

    @Mixin
    lateinit var version: VersionOption

    override fun call(): Int {
        val workflow = readWorkflow(file, Agents.ANY, version.options()).workflow
        val graph = WorkflowGraph.of(workflow)
        val text =
            when (format) {
                GraphFormat.MERMAID -> graph.toMermaid()
                GraphFormat.DOT -> graph.toDot()
                GraphFormat.JSON -> graph.toJson()
                GraphFormat.SVG -> drawSvg(workflow)
            }
        terminal.out.println(text.trimEnd())
        return ExitCode.DONE
    }
}
