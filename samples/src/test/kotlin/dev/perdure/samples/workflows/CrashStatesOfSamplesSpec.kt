package dev.perdure.samples.workflows

import dev.perdure.core.Json
import dev.perdure.core.definition.Workflow
import dev.perdure.core.engine.CrashStates
import dev.perdure.core.engine.end
import dev.perdure.core.memory.MemoryStore
import dev.perdure.core.spi.BodyScopes
import dev.perdure.dsl.CoroutineBodyScopes
import dev.perdure.dsl.engine
import dev.perdure.samples.console.NewEmployee
import dev.perdure.samples.console.employeeOnboarding
import dev.perdure.samples.onboarding.EffectsLedger
import dev.perdure.samples.onboarding.Employee
import dev.perdure.samples.onboarding.Office
import dev.perdure.samples.onboarding.java.JavaOnboarding
import dev.perdure.samples.onboarding.onboarding
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import kotlin.time.Duration

/** Every state that a crash can leave of each sample workflow is resumed, and ends like the uninterrupted run. */
class CrashStatesOfSamplesSpec :
    FunSpec({
        fun <I : Any> everyStateEndsTheSame(
            workflow: Workflow<I, *>,
            input: I,
            scopes: BodyScopes?,
        ) {
            val expected = MemoryStore().engine(workflow).use { it.start(workflow, "r", input).end() }
            val text = Json.write(workflow.input().encode(input))
            val crashes = if (scopes == null) CrashStates(workflow, text) else CrashStates(workflow, text, scopes)
            val states = crashes.use { it.all() }
            states.forEach { state -> CrashStates.resume(state, workflow) shouldBe expected }
            println("crash-state resumes: ${states.size}")
            states.size shouldBeGreaterThan 6
        }

        val directory = tempdir().toPath()

        fun office(name: String) = Office(EffectsLedger.open(directory.resolve(name), 1), speed = 1e6)
        val employee = Employee("E0001", "Zoë O'Brien", "zoe@example.com", "Ops", "2026-01-01", "13 inch")

        test("onboard_user") {
            val user = NewUser("Zoë O'Brien", "zoe@example.com")
            everyStateEndsTheSame(onboardUser(Services(Duration.ZERO)), user, CoroutineBodyScopes())
        }

        test("dashboard_data") {
            everyStateEndsTheSame(dashboardData(Services(Duration.ZERO)), "acme", CoroutineBodyScopes())
        }

        test("notify_all") {
            everyStateEndsTheSame(notifyAll(Services(Duration.ZERO)), "zoe@example.com", CoroutineBodyScopes())
        }

        test("the employee onboarding of the console") {
            everyStateEndsTheSame(employeeOnboarding(1e6), NewEmployee("Zoë"), CoroutineBodyScopes())
        }

        test("the onboarding in Kotlin") {
            everyStateEndsTheSame(onboarding(office("kotlin.log")), employee, CoroutineBodyScopes())
        }

        test("the onboarding in Java") {
            @Suppress("UNCHECKED_CAST")
            val workflow = JavaOnboarding().workflow(office("java.log")) as Workflow<JavaOnboarding.NewHire, *>
            val hire = JavaOnboarding.NewHire("E0001", "Zoë O'Brien", "zoe@example.com", "13 inch")
            everyStateEndsTheSame(workflow, hire, null)
        }
    })
