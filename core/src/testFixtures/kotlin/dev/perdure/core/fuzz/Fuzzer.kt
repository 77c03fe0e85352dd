package dev.perdure.core.fuzz

import dev.perdure.core.engine.ChildJvm
import dev.perdure.core.engine.ChildProcess
import java.nio.file.Path
import kotlin.io.path.createDirectories
import kotlin.io.path.exists
import kotlin.io.path.extension
import kotlin.io.path.listDirectoryEntries
import kotlin.io.path.name
import kotlin.io.path.readBytes
import kotlin.io.path.writeBytes
import kotlin.io.path.writeText

/**
 * Jazzer in a JVM of its own, as it rewrites classes. What a run finds is kept in [directory] and gone with it.
 *
 * @param main Jazzer's main class
 */
class Fuzzer(
    private val main: Class<*>,
    private val target: FuzzTarget,
    private val directory: Path,
) {
    private val crashes = directory.resolve("crashes").createDirectories()

    /** For [seconds], or as many inputs as there are in each build where that is null. */
    fun run(seconds: Long?): FuzzReport =
        if (seconds == null) {
            start(listOf("-runs=${target.runs}", "-seed=1") + corpus(), FAST, 0)
        } else {
            start(listOf("-max_total_time=$seconds") + corpus(), THOROUGH, seconds)
        }

    /** One input. */
    fun repeat(input: ByteArray): FuzzReport {
        val file = directory.resolve("input").apply { writeBytes(input) }
        return start(listOf("$file"), FAST, 0)
    }

    /** What is found is added to the first of these. */
    private fun corpus(): List<String> {
        val finds = directory.resolve("finds").createDirectories()
        val seeds = directory.resolve("seeds").createDirectories()
        target.seeds.forEachIndexed { i, text -> seeds.resolve("$i").writeText(text) }
        return listOf(finds, Path.of("src/test/corpus", target.name), seeds).filter { it.exists() }.map { "$it" }
    }

    private fun start(
        arguments: List<String>,
        jvm: List<String>,
        seconds: Long,
    ): FuzzReport {
        val options = jvm + OPTIONS
        val all = listOf("--target_class=${target.entry.name}", "--reproducer_path=$crashes") + FLAGS
        val child =
            ChildProcess.startWithErrors(
                ChildJvm.plain(*options.toTypedArray()),
                directory,
                main,
                *(all + "-artifact_prefix=$crashes/" + arguments).toTypedArray(),
            )
        try {
            val lines = generateSequence { child.awaitLine(seconds + PATIENCE) }.toList()
            return FuzzReport(child.awaitExit(), lines, crash())
        } finally {
            child.kill()
        }
    }

    /** Beside it there may be a program that repeats it, and inputs that took long. */
    private fun crash(): ByteArray? =
        crashes.listDirectoryEntries().firstOrNull { it.extension != "java" && SLOW !in it.name }?.readBytes()

    private companion object {
        const val PATIENCE = 300L
        const val SLOW = "slow-unit"

        /** An input that takes longer, in seconds, is one that hangs. */
        const val LONGEST = 200
        val FAST = emptyList<String>()
        val THOROUGH = listOf("-XX:TieredStopAtLevel=4")
        val OPTIONS =
            listOf(
                "-Xmx1g",
                "-XX:+EnableDynamicAgentLoading",
                "-XX:-OmitStackTraceInFastThrow",
                "--enable-native-access=ALL-UNNAMED",
            )
        val FLAGS =
            listOf(
                "--instrumentation_includes=dev.perdure.**",
                "-print_final_stats=1",
                "-timeout=$LONGEST",
                "-max_len=8192",
            )
    }
}
