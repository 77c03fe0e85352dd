package dev.perdure.samples.support

import java.io.File
import java.net.URLClassLoader
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.TimeUnit
import kotlin.io.path.deleteRecursively

/** A program in a JVM of its own, so that it can die. */
class ChildJvm private constructor(private val process: Process, private val tmp: Path) {
    val pid: Long get() = process.pid()

    /**
     * Waits for its end and returns its exit code. What a killed JVM leaves in its directory for temporary files is deleted.
     *
     * @throws IllegalStateException when it did not end in time; it is killed then
     */
    @OptIn(kotlin.io.path.ExperimentalPathApi::class)
    fun await(seconds: Long): Int {
        val hasEnded = process.waitFor(seconds, TimeUnit.SECONDS)
        if (!hasEnded) {
            process.destroyForcibly().waitFor()
        }
        tmp.deleteRecursively()
        check(hasEnded) { "the JVM $pid did not end within $seconds seconds" }
        return process.exitValue()
    }

    /** Whether it has ended by then. */
    fun hasEndedWithin(millis: Long): Boolean = process.waitFor(millis, TimeUnit.MILLISECONDS)

    /** Kills it, as `kill -9` does, and waits until it is gone. */
    fun kill(): Unit = end(process.destroyForcibly())

    /** Asks it to end, as `kill` does, and waits until it has; it is killed if it does not within [seconds]. */
    fun stop(seconds: Long = 30) {
        process.destroy()
        if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
            process.destroyForcibly()
        }
        end(process)
    }

    @OptIn(kotlin.io.path.ExperimentalPathApi::class)
    private fun end(ending: Process) {
        ending.waitFor()
        tmp.deleteRecursively()
    }

    companion object {
        /** Starts [mainClass] with this program's class path; its output goes to [output], or to where this JVM's goes. */
        fun start(
            mainClass: String,
            args: List<String>,
            output: File? = null,
        ): ChildJvm = launch(listOf(mainClass) + args, output)

        /** Starts `java` with this program's class path and [arguments]. */
        fun launch(
            arguments: List<String>,
            output: File? = null,
        ): ChildJvm {
            val tmp = Files.createTempDirectory("perdure-sample-")
            val builder =
                ProcessBuilder(
                    listOf(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Djava.io.tmpdir=$tmp",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        classPath(),
                    ) + arguments,
                )
            builder.inheritIO()
            output?.let { builder.redirectOutput(it).redirectErrorStream(true) }
            return ChildJvm(builder.start(), tmp)
        }

        /** The class path of this program, which `mvn exec:java` gives to a class loader and not to `java.class.path`. */
        private fun classPath(): String =
            when (val loader = ChildJvm::class.java.classLoader) {
                is URLClassLoader -> loader.urLs.joinToString(File.pathSeparator) { Path.of(it.toURI()).toString() }
                else -> System.getProperty("java.class.path")
            }
    }
}
