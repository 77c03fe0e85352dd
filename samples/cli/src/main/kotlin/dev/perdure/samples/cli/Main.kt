package dev.perdure.samples.cli

import dev.perdure.core.Json
import dev.perdure.core.PerdureException
import dev.perdure.samples.cli.server.ServeAgentsCommand
import picocli.CommandLine
import picocli.CommandLine.Command
import kotlin.system.exitProcess

fun main(args: Array<String>) {
    exitProcess(perdure(Terminal.ofProcess(), args.toList()))
}

/** Runs one command and returns what the process is to end with, see [ExitCode]. */
fun perdure(
    terminal: Terminal,
    args: List<String>,
): Int = commandLine(terminal).execute(*args.toTypedArray())

internal fun commandLine(terminal: Terminal): CommandLine {
    val commands =
        listOf(
            RunCommand(terminal),
            ValidateCommand(terminal),
            GraphCommand(terminal),
            ListCommand(terminal),
            ShowCommand(terminal),
            ExplainCommand(terminal),
            SignalCommand(terminal),
            CancelCommand(terminal),
            RetryCommand(terminal),
            ResumeCommand(terminal),
            ExportCommand(terminal),
            ImportCommand(terminal),
            PurgeCommand(terminal),
            MigrateCommand(terminal),
            ServeAgentsCommand(terminal),
        )
    val line = CommandLine(Perdure())
    commands.forEach(line::addSubcommand)
    return line
        .setOut(java.io.PrintWriter(terminal.out, true))
        .setErr(java.io.PrintWriter(terminal.err, true))
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler { thrown, command, _ -> tell(terminal, command, thrown) }
}

@Command(
    name = "perdure",
    description = ["Runs workflows of JSON files, durably."],
    mixinStandardHelpOptions = true,
    version = ["perdure 0.1.0-SNAPSHOT"],
    synopsisSubcommandLabel = "COMMAND",
)
private class Perdure : Runnable {
    @CommandLine.Spec
    lateinit var spec: CommandLine.Model.CommandSpec

    override fun run(): Unit = throw CommandLine.ParameterException(spec.commandLine(), "there is no command; name one")
}

/** Says what went wrong, and returns what the process is to end with. */
private fun tell(
    terminal: Terminal,
    command: CommandLine,
    thrown: Exception,
): Int {
    val (exit, code) =
        when (thrown) {
            is PerdureException -> ExitCode.of(thrown.code()) to thrown.code().name
            is UsageException -> ExitCode.USAGE to "USAGE"
            is NoStoreException -> ExitCode.STORE to "STORE_UNAVAILABLE"
            else -> ExitCode.DEFECT to "INTERNAL"
        }
    val isJson = command.parseResult?.hasMatchedOption("--json") == true
    when {
        isJson -> {
            terminal.out.println(
                Json.write(mapOf("event" to "error", "code" to code, "message" to thrown.message)),
            )
        }

        exit == ExitCode.DEFECT -> {
            thrown.printStackTrace(terminal.err)
        }

        else -> {
            terminal.err.println("perdure: ${thrown.message}")
        }
    }
    return exit
}
