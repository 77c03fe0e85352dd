package dev.perdure.samples.benchmarks

import java.io.PrintStream
import java.nio.file.Files
import java.nio.file.Path
import kotlin.io.path.ExperimentalPathApi
import kotlin.io.path.deleteRecursively
import kotlin.system.exitProcess

fun main(args: Array<String>) {
    try {
        when (val command = Command.parse(args.toList(), workloads)) {
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
    workloads.forEach {
        out.println(
            "%-4s %-66s %s".format(
                it.id,
                it.title,
                it.stores.joinToString { store ->
                    store.word
                },
            ),
        )
    }
}

@OptIn(ExperimentalPathApi::class)
private fun measureInTemporary(command: Command.Measure) {
    val directory = Files.createTempDirectory("perdure-benchmarks-")
    try {
        command.store.databases(directory).use { databases ->
            val scale = if (command.isQuick) Scale.quick(directory, databases) else Scale.full(directory, databases)
            measure(command, scale, System.out)
        }
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
        out.println(environment(scale.databases) + if (command.isQuick) ", quick: smaller workloads" else "")
        out.println(Result.HEADER)
    }
    val curves =
        workloads.filter { it.id in command.ids }.flatMap { workload ->
            workload.measure(scale).map { it.copy(store = scale.databases.name) }.mapNotNull { result ->
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

private fun environment(databases: Databases): String =
    "JDK ${Runtime.version().feature()}, ${Runtime.getRuntime().availableProcessors()} processors, " +
        "${System.getProperty("os.name")} ${System.getProperty("os.arch")}, ${databases.settings}"

/** Deletes a database and what SQLite and Perdure keep beside it. */
internal fun delete(database: Path) {
    listOf("", "-wal", "-shm", ".lock").forEach { Files.deleteIfExists(Path.of("$database$it")) }
}
