package dev.perdure.samples.cli

import dev.perdure.dsl.json.Agents
import dev.perdure.dsl.json.JsonOptions
import dev.perdure.dsl.json.JsonWorkflows
import picocli.CommandLine.Command
import picocli.CommandLine.Mixin
import picocli.CommandLine.Option
import picocli.CommandLine.Parameters
import java.nio.file.Path
import java.util.UUID
import java.util.concurrent.Callable

@Command(
    name = "run",
    description = ["Runs a workflow file, or goes on with the run of that id. Prints the run's output as JSON."],
    mixinStandardHelpOptions = true,
)
internal class RunCommand(private val terminal: Terminal) : Callable<Int> {
    @Parameters(paramLabel = "FILE", description = ["The workflow, in JSON."])
    lateinit var file: Path

    @Option(
        names = ["--input"],
        paramLabel = "FILE|JSON",
        description = ["The run's input: the name of a file, JSON, or - for standard input. {} unless said."],
    )
    var input: String = "{}"

    @Option(
        names = ["--with"],
        paramLabel = "FILE",
        description = ["Another workflow, which this one calls; may be given again."],
    )
    var others: List<Path> = emptyList()

    @Option(
        names = ["--id"],
        paramLabel = "ID",
        description = ["The run's id, its idempotency key; a random one unless said."],
    )
    var id: String = UUID.randomUUID().toString()

    @Mixin
    lateinit var version: VersionOption

    @Mixin
    lateinit var store: NewStoreOption

    @Mixin
    lateinit var agents: AgentsOption

    @Mixin
    lateinit var follow: FollowOptions

    @Mixin
    lateinit var json: JsonOption

    override fun call(): Int {
        val agents = agents.read()
        val read = readWorkflow(file, agents, version.options())
        val called = others.map { readWorkflow(it, agents, JsonOptions.DEFAULT) }
        val value = readValue(input, terminal)
        val reporter = Reporter.of(terminal, json.isJson)
        val ended =
            store.open().use { store ->
                Session(store, agents, reporter, follow.patience).work(id, listOf(read) + called) { engine ->
                    val wasEnded = engine.find(id).map { it.status().isTerminal }.orElse(false)
                    engine.start(read.workflow, id, value)
                    !wasEnded
                }
            }
        reporter.end(ended)
        return ExitCode.of(ended.status())
    }
}

internal class VersionOption {
    @Option(
        names = ["--version-number"],
        paramLabel = "NUMBER",
        description = ["The version that runs are pinned to, for a file whose own version is no whole number."],
    )
    var number: Int? = null

    fun options(): JsonOptions = number?.let { JsonOptions.DEFAULT.version(it) } ?: JsonOptions.DEFAULT
}

/**
 * A workflow and its text in one form, so that white space and the order of fields make no other workflow.
 *
 * @throws dev.perdure.core.DefinitionException with all that is wrong in it
 */
internal fun readWorkflow(
    file: Path,
    agents: Agents,
    options: JsonOptions,
): ReadFile =
    JsonWorkflows.read(readText(file, "the workflow"), agents, options).let {
        ReadFile(it, JsonWorkflows.write(it))
    }
