package dev.perdure.samples.cli

import dev.perdure.core.Json
import dev.perdure.core.journal.Row
import dev.perdure.core.journal.RunRecord
import dev.perdure.samples.cli.server.AgentServer
import dev.perdure.storage.SqliteStore
import java.io.ByteArrayInputStream
import java.io.ByteArrayOutputStream
import java.io.PrintStream
import java.nio.file.Files
import java.nio.file.Path
import kotlin.io.path.writeText
import kotlin.time.Duration.Companion.seconds

/** What a command ended with and printed. */
class Ended(val exit: Int, val out: String, val err: String) {
    val lines: List<String> get() = out.lines().filter { it.isNotEmpty() }

    /** The lines of `--json`. */
    val objects: List<Map<*, *>> get() = lines.map { Json.read(it) as Map<*, *> }

    override fun toString(): String = "exit $exit\n--- out\n$out--- err\n$err"
}

/** Runs commands in this JVM, with files in a directory of the test's own. */
class Cli(private val directory: Path) {
    val store: Path = directory.resolve("app.db")

    fun run(
        vararg args: String,
        input: String = "",
        isInteractive: Boolean = false,
    ): Ended {
        val out = ByteArrayOutputStream()
        val err = ByteArrayOutputStream()
        val terminal =
            Terminal(
                PrintStream(out, true, Charsets.UTF_8),
                PrintStream(err, true, Charsets.UTF_8),
                ByteArrayInputStream(input.toByteArray()),
                isInteractive,
            )
        return Ended(perdure(terminal, args.toList()), out.toString(Charsets.UTF_8), err.toString(Charsets.UTF_8))
    }

    /** As [run], on [store]. */
    fun onStore(vararg args: String): Ended = run(*args, "--store", "$store")

    fun file(
        name: String,
        text: String,
    ): String = directory.resolve(name).also { it.writeText(text) }.toString()

    /** A file of agents that is about this server. */
    internal fun agents(server: AgentServer): String = file("agents-${server.port}.json", server.agentsFile(30.seconds))

    fun record(
        id: String,
        from: Path = store,
    ): RunRecord = SqliteStore.open(from).use { it.find(id).orElseThrow() }

    fun journal(
        id: String,
        from: Path = store,
    ): List<Row> = SqliteStore.open(from).use { it.journal(id) }

    companion object {
        /** Of the module; tests run in its directory. */
        val examples: Path = Path.of("examples").toAbsolutePath()

        fun example(name: String): String =
            examples.resolve(name).also { check(Files.exists(it)) { "no $it" } }.toString()
    }
}

/** A workflow that waits for "go", asks the agent "echo" and then, where the input has no `stop`, ends. */
fun waitingText(version: Int = 1): String =
    """
    {"workflow_id": "waiting", "name": "waiting", "version": "$version", "start_step": "wait", "steps": {
      "wait": {"id": "wait", "type": "wait_for_event", "event_name": "go", "next_step": "ask"},
      "ask": {"id": "ask", "agent_name": "echo",
              "input_mapping": {"said": "${'$'}{wait.output}", "by": "${'$'}{workflow.input.by}"}}}}
    """.trimIndent()
