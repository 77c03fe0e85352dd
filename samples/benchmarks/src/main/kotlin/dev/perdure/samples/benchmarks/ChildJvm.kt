package dev.perdure.samples.benchmarks

import java.nio.file.Path
import java.util.concurrent.TimeUnit

/**
 * What a program in a JVM of its own printed.
 *
 * @property firstLineMillis from before its JVM was started until its first line was read
 */
internal class ChildJvm private constructor(val lines: List<String>, val firstLineMillis: Double) {
    companion object {
        private const val LONGEST_SECONDS = 600L

        /** Runs [mainClass] with this program's class path to its end. */
        fun run(
            mainClass: String,
            args: List<String>,
            options: List<String> = listOf(),
        ): ChildJvm {
            val java = Path.of(System.getProperty("java.home"), "bin", "java").toString()
            val shared =
                listOf("-Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir"), "--enable-native-access=ALL-UNNAMED")
            val command =
                listOf(java) + shared + options + listOf("-cp", System.getProperty("java.class.path"), mainClass) + args
            val before = System.nanoTime()
            val process = ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start()
            try {
                val lines = mutableListOf<String>()
                var firstLineMillis = 0.0
                process.inputReader().useLines { printed ->
                    printed.forEach { line ->
                        if (lines.isEmpty()) {
                            firstLineMillis = (System.nanoTime() - before) / NANOS_PER_MILLI
                        }
                        lines += line
                    }
                }
                check(process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS)) { "$mainClass did not end" }
                check(process.exitValue() == 0) { "$mainClass ended with ${process.exitValue()}" }
                return ChildJvm(lines, firstLineMillis)
            } finally {
                process.destroyForcibly()
            }
        }
    }
}
