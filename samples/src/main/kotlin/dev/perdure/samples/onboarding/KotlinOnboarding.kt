package dev.perdure.samples.onboarding

import dev.perdure.core.definition.Workflow
import dev.perdure.dsl.exponential
import dev.perdure.dsl.workflow
import kotlinx.serialization.Serializable
import kotlin.time.Duration.Companion.milliseconds

@Serializable
data class Setup(val laptop: String, val access: String, val email: String)

@Serializable
data class Onboarded(val account: String, val setup: Setup)

/** The onboarding of one employee: a record, then three things at the same time, then the finish. */
fun onboarding(office: Office): Workflow<Employee, Onboarded> =
    workflow<Employee, Onboarded>("onboard_employee", version = 1) {
        val account = step("create_record") { office.work(this) { "HR-${input.id}" } }
        val setup =
            parallel("setup", retry = exponential(maxAttempts = 4, initial = 20.milliseconds)) {
                val laptop = step("laptop") { office.work(this) { input.laptop } }
                val access = step("access") { office.work(this) { "badge for ${account()}" } }
                val email =
                    step("welcome_email") { office.work(this) { office.welcome(input.email, attempt) } }
                join { Setup(laptop(), access(), email()) }
            }
        step("finish") { office.work(this) { Onboarded(account(), setup()) } }
    }

/** See [onboarding]. */
object KotlinOnboarding : OnboardingProgram {
    override fun language(): String = "Kotlin"

    override fun mainClass(): String = "dev.perdure.samples.onboarding.OnboardingDemoKt"

    override fun workflow(office: Office): Workflow<*, *> = onboarding(office)

    override fun input(employee: Employee): Any = employee
}
