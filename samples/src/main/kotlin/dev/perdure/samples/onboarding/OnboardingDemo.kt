package dev.perdure.samples.onboarding

import dev.perdure.samples.support.Arguments
import dev.perdure.samples.support.UsageException
import java.nio.file.Files
import java.nio.file.Path
import kotlin.system.exitProcess

/** What the demo's processes end with. */
object DemoExit {
    const val OK = 0

    /** The proof failed, or a run did. */
    const val FAILED = 1
    const val USAGE = 2

    /** The JVM halted itself on purpose. */
    const val HALTED = 3
}

/** Onboards the employees of a file, crashes on the way, goes on, and proves that nothing ran twice or was lost. */
fun main(args: Array<String>) = exitWith(runDemo(KotlinOnboarding, args))

/** Ends this program, and the JVM with it only where there is something to report: `mvn exec:java` shares it. */
fun exitWith(code: Int) {
    if (code != DemoExit.OK) {
        exitProcess(code)
    }
}

/** Runs the demo, or the part of it that is done in a child JVM, and returns the exit code. */
fun runDemo(
    program: OnboardingProgram,
    args: Array<String>,
): Int =
    try {
        if (args.firstOrNull() == CrashDemo.WORKER) {
            Worker(program, WorkOrder.parse(args.drop(1))).work()
        } else {
            demo(program, args.toList()).run()
        }
    } catch (e: UsageException) {
        System.err.println("${e.message}\nusage: [--employees N] [--dir DIRECTORY] [--speed FACTOR]")
        DemoExit.USAGE
    }

private fun demo(
    program: OnboardingProgram,
    args: List<String>,
): CrashDemo {
    val given = Arguments.parse(args, setOf("employees", "dir", "speed"))
    if (given.words.isNotEmpty()) {
        throw UsageException("unknown word ${given.words.first()}")
    }
    val count = given.int("employees", 1..1000) ?: 1000
    val speed = given.factor("speed") ?: 1.0
    return CrashDemo(program, given.text("dir")?.let(Path::of) ?: freshDirectory(program), count, speed)
}

private fun freshDirectory(program: OnboardingProgram): Path =
    Files.createTempDirectory(
        Files.createDirectories(Path.of("target").toAbsolutePath()),
        "onboarding-${program.language().lowercase()}-",
    )
