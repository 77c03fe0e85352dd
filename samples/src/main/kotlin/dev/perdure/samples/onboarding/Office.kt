package dev.perdure.samples.onboarding

import dev.perdure.core.definition.StepContext
import dev.perdure.dsl.StepScope
import kotlinx.coroutines.delay
import java.io.IOException
import java.time.Duration
import java.util.function.Supplier

/**
 * The systems that the steps talk to, simulated: each piece of work takes a moment, and is written to the ledger when it
 * starts and when it ends. All it does follows from its arguments, so that two runs of the demo do the same.
 */
class Office(private val ledger: EffectsLedger, private val speed: Double = 1.0) {
    /** Work of a step's body in Kotlin. */
    suspend fun <T> work(step: StepScope<*>, employee: String, result: () -> T): T {
        ledger.started(step.runId, step.path.toString(), step.attempt)
        delay(duration(employee, step.path.toString()).toMillis())
        return finish(step.runId, step.path.toString(), step.attempt, result)
    }

    /** Work of a step's body in Java. */
    fun <T> work(step: StepContext<*>, employee: String, result: Supplier<T>): T {
        ledger.started(step.runId(), step.path().toString(), step.attempt())
        Thread.sleep(duration(employee, step.path().toString()).toMillis())
        return finish(step.runId(), step.path().toString(), step.attempt(), result::get)
    }

    private fun <T> finish(runId: String, path: String, attempt: Int, result: () -> T): T =
        try {
            result().also { ledger.ended(runId, path, attempt) }
        } catch (refused: IOException) {
            ledger.failed(runId, path, attempt)
            throw refused
        }

    /** Sends the welcome email. The mail server refuses each seventh employee's first attempt. */
    fun welcome(email: String, attempt: Int): String {
        if (attempt == 1 && Math.floorMod(email.hashCode(), FLAKY) == 0) {
            throw IOException("mail server: 451 try again later")
        }
        return "welcomed $email"
    }

    private fun duration(employee: String, path: String): Duration {
        val millis = SHORTEST + Math.floorMod("$employee $path".hashCode(), SPREAD)
        return Duration.ofNanos((millis * NANOS_PER_MILLI / speed).toLong())
    }

    private companion object {
        const val FLAKY = 7
        const val SHORTEST = 20
        const val SPREAD = 60
        const val NANOS_PER_MILLI = 1_000_000
    }
}
