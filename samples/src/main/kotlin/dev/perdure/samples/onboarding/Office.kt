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
    suspend fun <T> work(
        step: StepScope<*>,
        result: () -> T,
    ): T {
        val body = StepKey(step.runId, step.path.toString())
        ledger.started(body, step.attempt)
        delay(duration(body).toMillis())
        return finish(body, step.attempt, result)
    }

    /** Work of a step's body in Java. */
    fun <T> work(
        step: StepContext<*>,
        result: Supplier<T>,
    ): T {
        val body = StepKey(step.runId(), step.path().toString())
        ledger.started(body, step.attempt())
        Thread.sleep(duration(body).toMillis())
        return finish(body, step.attempt(), result::get)
    }

    private fun <T> finish(
        body: StepKey,
        attempt: Int,
        result: () -> T,
    ): T =
        try {
            result().also { ledger.ended(body, attempt) }
        } catch (refused: IOException) {
            ledger.failed(body, attempt)
            throw refused
        }

    /** Sends the welcome email. The mail server refuses each seventh employee's first attempt. */
    fun welcome(
        email: String,
        attempt: Int,
    ): String {
        if (attempt == 1 && Math.floorMod(email.hashCode(), FLAKY) == 0) {
            throw IOException("mail server: 451 try again later")
        }
        return "welcomed $email"
    }

    private fun duration(body: StepKey): Duration {
        val millis = SHORTEST + Math.floorMod(body.hashCode(), SPREAD)
        return Duration.ofNanos((millis * NANOS_PER_MILLI / speed).toLong())
    }

    private companion object {
        const val FLAKY = 7
        const val SHORTEST = 20
        const val SPREAD = 60
        const val NANOS_PER_MILLI = 1_000_000
    }
}
