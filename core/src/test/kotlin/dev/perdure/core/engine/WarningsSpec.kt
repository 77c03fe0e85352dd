package dev.perdure.core.engine

import dev.perdure.core.Failure
import dev.perdure.core.Json
import dev.perdure.core.Path
import dev.perdure.core.definition.BodyContext
import dev.perdure.core.definition.Retry
import dev.perdure.core.memory.MemoryStore
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContain
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldHaveLength
import java.time.Duration

class WarningsSpec :
    FunSpec({
        fun Run.warnings() = journal().filter { it.kind() == "warning" }

        test("a body's warnings are recorded with its success, before it, and those of failed attempts are dropped") {
            val path = Path.ROOT.child("warns")
            val workflow =
                HandMade.workflow(
                    path,
                    HandMade.step("warns", Retry.fixed(3, Duration.ZERO)) {
                        warn("attempt ${attempt()}")
                        warn("again")
                        check(attempt() == 2) { "once more" }
                        attempt()
                    },
                )
            MemoryStore().engine(workflow).use { engine ->
                val run = engine.start("case", "r", null).endsCompleted()
                run.warnings().map { it.path() to it.detail() } shouldContainExactly
                    listOf("warns" to "{\"message\":\"attempt 2\"}", "warns" to "{\"message\":\"again\"}")
                run.journal().map { it.kind() } shouldContainExactly listOf("step", "warning", "warning", "step")
            }
        }

        test("of one attempt only so many warnings are kept, and only so much of each") {
            val workflow =
                HandMade.workflow(
                    null,
                    HandMade.step("warns") {
                        warn("x".repeat(Failure.MAX_MESSAGE + 1))
                        repeat(BodyContext.MAX_WARNINGS) { warn("more") }
                        null
                    },
                )
            MemoryStore().engine(workflow).use { engine ->
                val warnings =
                    engine
                        .start("case", "r", null)
                        .endsCompleted()
                        .journal()
                        .filter { it.kind() == "warning" }
                warnings.size shouldBe BodyContext.MAX_WARNINGS
                val message = (Json.read(warnings.first().detail()!!) as Map<*, *>)["message"] as String
                message shouldHaveLength Failure.MAX_MESSAGE
            }
        }

        test("a run is resumed from every crash state around its warnings") {
            val workflow =
                HandMade.workflow(
                    Path.ROOT.child("last"),
                    HandMade.step("first") { warn("careful").let { 1 } },
                    HandMade.step("last") { warn("very").let { 2 } },
                )
            CrashStates(workflow).use { states ->
                states.all().map { CrashStates.resume(it, workflow).output }.toSet() shouldBe setOf("2")
                states
                    .all()
                    .last()
                    .store
                    .journal("r")
                    .map { it.kind() } shouldContain "warning"
            }
        }
    })
