package dev.perdure.core.engine

import java.lang.ProcessBuilder.Redirect.INHERIT
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.Executors
import java.util.concurrent.TimeUnit.SECONDS

/** A JVM that a test may kill, with a directory for temporary files that is deleted with the test's. */
class ChildProcess private constructor(
    private val process: Process,
) {
    private val lines = process.inputReader()
    private val reader = Executors.newSingleThreadExecutor { Thread(it, "lines of $pid").apply { isDaemon = true } }

    val pid: Long get() = process.pid()

    /** The next line that it prints; waits for it, with a deadline. Null when it has ended. */
    fun awaitLine(seconds: Long = 60): String? = reader.submit(lines::readLine).get(seconds, SECONDS)

    /** How it ended; waits for it, with a deadline. */
    fun awaitExit(seconds: Long = 60): Int {
        check(process.waitFor(seconds, SECONDS)) { "process $pid does not end" }
        return process.exitValue()
    }

    /** Closes what it reads. */
    fun release() {
        process.outputStream.close()
    }

    /** Ends it as `kill -9` does, and waits for that. */
    fun kill() {
        process.destroyForcibly()
        check(process.waitFor(30, SECONDS)) { "process $pid does not die" }
        reader.shutdown()
    }

    companion object {
        /** Starts the main method of [main] with the tests' class path. */
        fun start(
            directory: Path,
            main: Class<*>,
            vararg arguments: Any,
        ): ChildProcess = start(ChildJvm.plain(), directory, main, *arguments)

        fun start(
            jvm: ChildJvm,
            directory: Path,
            main: Class<*>,
            vararg arguments: Any,
        ): ChildProcess = ChildProcess(builder(jvm, directory, main, arguments).redirectError(INHERIT).start())

        /** As [start]; what it prints as errors is among its lines. */
        fun startWithErrors(
            jvm: ChildJvm,
            directory: Path,
            main: Class<*>,
            vararg arguments: Any,
        ): ChildProcess = ChildProcess(builder(jvm, directory, main, arguments).redirectErrorStream(true).start())

        private fun builder(
            jvm: ChildJvm,
            directory: Path,
            main: Class<*>,
            arguments: Array<out Any>,
        ): ProcessBuilder {
            val temporary = Files.createTempDirectory(directory, "child")
            val command = jvm.command() + "-Djava.io.tmpdir=$temporary" + main.name + arguments.map { it.toString() }
            return ProcessBuilder(command)
        }
    }
}

/** The tests' class path, also where Surefire hides it in a manifest. */
fun classPath(): String = System.getProperty("surefire.test.class.path") ?: System.getProperty("java.class.path")
