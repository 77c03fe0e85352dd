package dev.perdure.storage.rounds

import java.nio.file.Path
import kotlin.io.path.readLines

/** What workers print: warnings of what is done to them are as it must be, anything else is not. */
internal object WorkerLogs {
    private val begin = Regex("""^\d\d:\d\d:\d\d\.\d{3} (\w+) +(\S+) (.*)""")

    /** Of the library and of the pool, in a fleet that is disturbed. */
    private val expected =
        listOf(
            "took over from leases",
            "a connection was lost during a commit",
            "could not be renewed, and is tried again",
            "is tried again",
            "a lease could not be given back",
            "are taken over later",
            "could not be taken up, and is tried again",
            "could not be asked for",
            "is done again",
            "what is to be recorded is kept in memory and tried again",
            "its runs are let go, and it asks for a new lease",
            "no new lease could be had",
            "are looked at later",
            "another engine took over",
            "this machine's clock is off by",
            "marked as broken because of SQLSTATE",
            "Failed to validate connection",
            "Thread starvation or clock leap detected",
        )

    /** What in the log of a worker is not expected, with its stack trace. */
    fun unexpected(log: Path): List<String> =
        entries(log.readLines())
            .filterNot { entry ->
                val found = begin.find(entry.first())
                found != null && found.groupValues[1] == "WARN" && expected.any { it in found.groupValues[3] }
            }.map { "${log.fileName}: ${it.take(LINES).joinToString("\n    ")}" }

    /** The last lines of a log, without the frames of its stack traces, below its name. */
    fun end(log: Path): String {
        val lines = log.readLines().filterNot { it.startsWith("\t") }
        return (listOf("${log.fileName}:") + lines.takeLast(LINES)).joinToString("\n    ")
    }

    /** A line that is no begin belongs to the entry before it. */
    private fun entries(lines: List<String>): List<List<String>> {
        val entries = mutableListOf<MutableList<String>>()
        lines.filterNot { it.isBlank() || it.startsWith("OpenJDK 64-Bit Server VM warning") }.forEach { line ->
            if (begin.containsMatchIn(line) ||
                entries.isEmpty()
            ) {
                entries += mutableListOf(line)
            } else {
                entries.last() += line
            }
        }
        return entries
    }

    private const val LINES = 12
}
