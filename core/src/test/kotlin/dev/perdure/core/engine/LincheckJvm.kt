package dev.perdure.core.engine

import org.jetbrains.lincheck.datastructures.ModelCheckingOptions
import org.jetbrains.lincheck.datastructures.Options
import org.jetbrains.lincheck.datastructures.StressOptions
import kotlin.reflect.KClass
import kotlin.system.exitProcess

/** How many made-up scenarios of a structure are tried, and how often each. */
data class LincheckSize(
    val scenarios: Int,
    val invocations: Int,
) {
    override fun toString() = "${scenarios}x$invocations"

    companion object {
        /** From `scenariosxinvocations`. */
        fun of(text: String) =
            text.split('x').map { it.toInt() }.let { (scenarios, times) -> LincheckSize(scenarios, times) }
    }
}

/** Holds what several threads share to what one thread at a time would make of it, in a JVM that Lincheck may rewrite. */
object LincheckJvm {
    /** A loop that takes longer is held to be endless; the JDK clears all slots of a small map in one of 64. */
    private const val LONGEST_LOOP = 200

    /** With those whose schedules are few enough to be looked through: what a store does on each write is not. */
    private val structures: Map<KClass<*>, Boolean> =
        mapOf(
            SharedPlaces::class to true,
            SharedSignals::class to false,
            SharedAlarm::class to true,
            SharedAttempt::class to true,
            SharedLoads::class to true,
            SharedMailbox::class to true,
            SharedCommits::class to true,
            SharedLanes::class to true,
        )
    val names: List<String> = structures.keys.map { it.java.simpleName }

    /** What Lincheck reaches into; nothing is logged, as a logger would be rewritten too. */
    val options: Array<String> =
        (
            listOf(
                "lang",
                "time",
                "util",
                "util.concurrent",
                "util.concurrent.atomic",
                "util.concurrent.locks",
                "util.function",
            ).map { "--add-opens=java.base/java.$it=ALL-UNNAMED" } +
                "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED" +
                "--add-exports=java.base/jdk.internal.util=ALL-UNNAMED" +
                "-XX:+EnableDynamicAgentLoading" +
                "-Dslf4j.provider=org.slf4j.helpers.NOP_FallbackServiceProvider" +
                "-Dslf4j.internal.verbosity=ERROR"
        ).toTypedArray()

    /**
     * Of the sizes of both, and the names of the structures; none for all. Prints a line for each that passed, and ends at the
     * first that did not.
     */
    @JvmStatic
    fun main(arguments: Array<String>) {
        // Whoever started this may be killed, and it would go on for an hour.
        ProcessHandle.current().parent().ifPresent { it.onExit().thenRun { Runtime.getRuntime().halt(1) } }
        val (threads, schedules) = arguments.take(2).map(LincheckSize::of)
        val chosen = arguments.drop(2).ifEmpty { names }
        for ((structure, isSmall) in structures.filterKeys { it.java.simpleName in chosen }) {
            check(structure, "threads", StressOptions(), threads)
            if (isSmall && schedules.scenarios > 0) {
                check(structure, "schedules", ModelCheckingOptions().loopBound(LONGEST_LOOP), schedules)
            }
        }
        exitProcess(0) // its pools have threads that would keep this JVM
    }

    private fun check(
        structure: KClass<*>,
        how: String,
        options: Options<*, *>,
        size: LincheckSize,
    ) {
        val begun = System.nanoTime()
        options
            .iterations(size.scenarios)
            .invocationsPerIteration(size.invocations)
            .threads(3)
            .actorsPerThread(3)
            .actorsBefore(2)
            .actorsAfter(2)
            .check(structure)
        // A line for each, with the milliseconds that it took.
        println("${structure.java.simpleName} $how $size ${(System.nanoTime() - begun) / 1_000_000}")
    }
}
