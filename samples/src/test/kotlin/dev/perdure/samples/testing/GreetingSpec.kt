package dev.perdure.samples.testing

import dev.perdure.dsl.testing.crashEverywhere
import dev.perdure.dsl.testing.test
import dev.perdure.dsl.workflow
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.io.IOException
import java.time.Duration
import java.util.UUID
import kotlin.time.Duration.Companion.days

// region kotlin-workflow
val greeting =
    workflow<String, String>("greeting") {
        val both =
            parallel("ask") {
                val name = step("name") { input.trim() }
                val title = step("title") { if (input.startsWith("A")) "Countess" else "Mister" }
                join { "${title()} ${name()}" }
            }
        sleep("think", 2.days)
        val mood = awaitSignal<String>("mood")
        step("greet") { "${mood()}, ${both()}" }
    }
// endregion

/** How a workflow in Kotlin is tested with Kotest. */
class GreetingSpec :
    FunSpec({
        // region kotlin-crash
        test("a greeting survives every crash, whatever ends first") {
            val report = greeting.crashEverywhere("Ada") { script { it.signal("mood", "Hello") } }
            report.isExhaustive shouldBe true
        }
        // endregion

        // region kotlin-engine
        test("a greeting waits for a mood, and for two days in no time") {
            greeting.test("Ada", script = { step("ask/title").fails(IOException("no register")) }) { run ->
                run.assertFailedWith("BLOCK_FAILED").assertNotCompleted("greet")
            }
            greeting.test("Ada", script = { step("title").returns("Lady").signal("mood", "Hello") }) { run ->
                run.assertOutput("Hello, Lady Ada").assertAttempts("ask/name", 1)
                elapsed() shouldBe Duration.ofDays(2)
            }
        }
        // endregion

        test("a greeting that makes something up is found out") {
            val careless =
                workflow<String, String>("careless") {
                    step("number") { UUID.randomUUID().toString() }
                }
            shouldThrow<AssertionError> { careless.crashEverywhere("Ada") }.message!! shouldContain "where:    number"
        }
    })
