package dev.perdure.samples.cli.server

import dev.perdure.samples.cli.ExitCode
import dev.perdure.samples.cli.Terminal
import dev.perdure.samples.cli.UsageException
import picocli.CommandLine.Command
import picocli.CommandLine.Option
import java.io.IOException
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.Callable
import java.util.concurrent.CountDownLatch
import kotlin.time.Duration.Companion.seconds

@Command(
    name = "serve-agents",
    description = ["Serves the agents of the examples on this machine, until it is interrupted."],
    mixinStandardHelpOptions = true,
)
internal class ServeAgentsCommand(private val terminal: Terminal) : Callable<Int> {
    @Option(names = ["--port"], paramLabel = "PORT", description = ["8585 unless said; 0 for any that is free."])
    var port: Int = 8585

    @Option(
        names = ["--write-agents"],
        paramLabel = "FILE",
        description = ["Write a file for --agents that is about this server."],
    )
    var agents: Path? = null

    override fun call(): Int {
        val isOver = CountDownLatch(1)
        val server =
            try {
                AgentServer(port) { terminal.out.println("${it.agent}  ${it.key}  call ${it.number}") }
            } catch (failed: IOException) {
                throw UsageException("port $port cannot be served: ${failed.message}")
            }
        server.use {
            agents?.let { file -> Files.writeString(file, server.agentsFile(30.seconds)) }
            terminal.out.println("agents at http://127.0.0.1:${server.port}/: ${sampleAgents.keys.joinToString()}")
            Runtime.getRuntime().addShutdownHook(Thread(isOver::countDown))
            isOver.await()
        }
        return ExitCode.DONE
    }
}
