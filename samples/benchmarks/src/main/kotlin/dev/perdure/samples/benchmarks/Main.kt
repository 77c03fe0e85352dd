package dev.perdure.samples.benchmarks

import java.io.PrintStream
import java.nio.file.Files
import java.nio.file.Path
import kotlin.io.path.ExperimentalPathApi
import kotlin.io.path.deleteRecursively
import kotlin.system.exitProcess

fun main(args: Array<String>) {
    try {
        when (val command = Command.parse(args.toList(), workloads.map { it.id })) {
            Command.Help -> println(Command.USAGE)
            Command.ListWorkloads -> list(System.out)
            is Command.Measure -> measureInTemporary(command)
        }
    } catch (wrong: UsageException) {
        System.err.println(wrong.message)
        System.err.println(Command.USAGE)
        exitProcess(2)
    }
}

private fun list(out: PrintStream) {
    workloads.forEach { out.println("%-4s %s".format(it.id, it.title)) }
}

@OptIn(ExperimentalPathApi::class)
private fun measureInTemporary(command: Command.Measure) {
    val directory = Files.createTempDirectory("perdure-benchmarks-")
    try {
        val scale = if (command.isQuick) Scale.quick(directory) else Scale.full(directory)
        measure(command, scale, System.out)
    } finally {
        directory.deleteRecursively()
    }
}

/** Measures what [command] names and prints each result as soon as it is there. */
internal fun measure(
    command: Command.Measure,
    scale: Scale,
    out: PrintStream,
) {
    if (!command.isJson) {
        out.println(environment() + if (command.isQuick) ", quick: smaller workloads" else "")
        out.println(Result.HEADER)
    }
    val curves =
        workloads.filter { it.id in command.ids }.flatMap { workload ->
            workload.measure(scale).mapNotNull { result ->
                out.println(if (command.isJson) result.toJson() else result.toLine())
                result.curve
            }
        }
    command.plots?.let { draw(curves.merged(), it) }
}

/** One file for each curve, named after it. */
internal fun draw(
    curves: List<Curve>,
    directory: Path,
) {
    Files.createDirectories(directory)
    curves.forEach { Files.writeString(directory.resolve("${it.name.replace(' ', '-')}.svg"), Plot(it).svg()) }
}

private fun environment(): String =
    "JDK ${Runtime.version().feature()}, ${Runtime.getRuntime().availableProcessors()} processors, " +
        "${System.getProperty("os.name")} ${System.getProperty("os.arch")}, SQLite with synchronous=FULL"

/** Deletes a database and what SQLite and Perdure keep beside it. */
internal fun delete(database: Path) {
    listOf("", "-wal", "-shm", ".lock").forEach { Files.deleteIfExists(Path.of("$database$it")) }
}
