package dev.perdure.samples.console

import dev.perdure.core.definition.Workflow
import dev.perdure.dsl.workflow
import kotlinx.coroutines.delay
import kotlinx.serialization.Serializable
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds

@Serializable
data class NewEmployee(val name: String)

internal const val RECORD = "create_record"
internal const val EMAIL = "welcome_email"

/**
 * A record (2 s), then a laptop (3 s) and the access (2.5 s) at the same time, then an email (1.5 s).
 *
 * @param speed how much faster than that
 */
internal fun employeeOnboarding(speed: Double): Workflow<NewEmployee, String> {
    suspend fun <T> work(
        time: Duration,
        result: T,
    ): T {
        delay(time / speed)
        return result
    }
    return workflow<NewEmployee, String>("employee_onboarding", version = 1) {
        val record = step(RECORD) { work(2.seconds, "record of ${input.name}") }
        val equipment =
            parallel("equipment") {
                val laptop = step("laptop") { work(3.seconds, "a laptop") }
                val access = step("access") { work(2_500.milliseconds, "a badge") }
                join { "${laptop()} and ${access()}" }
            }
        step(EMAIL) { work(1_500.milliseconds, "${input.name} has ${equipment()} (${record()})") }
    }
}
