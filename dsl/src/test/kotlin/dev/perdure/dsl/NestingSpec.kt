package dev.perdure.dsl

import dev.perdure.core.RunStatus
import dev.perdure.core.definition.Workflow
import dev.perdure.core.memory.MemoryStore
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.awaitCancellation

class NestingSpec :
    FunSpec({
        fun WorkflowScope<kotlin.Any?>.nest(
            depth: Int,
            innermost: suspend StepScope<kotlin.Any?>.() -> Unit,
        ) {
            if (depth == 0) {
                step("innermost") { innermost() }
                return
            }
            parallel("block") {
                sequence("deeper") {
                    nest(depth - 1, innermost)
                    step("after") { increment("ends") }
                }
                step("beside") { append("beside", depth) }
            }
        }

        test("64 nested scopes run to their end") {
            val deep = workflow("deep") { nest(Workflow.MAX_NESTING) {} }
            MemoryStore().engine(deep).use { engine ->
                val run = engine.start("deep", id = "r")
                run.join().status() shouldBe RunStatus.COMPLETED
                run.context()["ends"] shouldBe 64L
            }
        }

        test("64 nested scopes are cancelled") {
            val started = CompletableDeferred<Unit>()
            val deep =
                workflow("deep") {
                    nest(Workflow.MAX_NESTING) {
                        started.complete(Unit)
                        awaitCancellation()
                    }
                }
            MemoryStore().engine(deep).use { engine ->
                val run = engine.start("deep", id = "r")
                started.await()
                run.cancelAndJoin("enough").status() shouldBe RunStatus.CANCELLED
            }
        }
    })
