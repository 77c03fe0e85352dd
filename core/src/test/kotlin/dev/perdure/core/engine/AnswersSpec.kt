package dev.perdure.core.engine

import dev.perdure.core.ErrorCode
import dev.perdure.core.Path
import dev.perdure.core.PerdureException
import dev.perdure.core.definition.ApprovalRequest
import dev.perdure.core.memory.MemoryStore
import dev.perdure.core.testing.VirtualClock
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import java.time.Duration
import java.util.concurrent.CompletableFuture
import java.util.concurrent.ExecutionException
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicReference

private fun refused(call: () -> CompletableFuture<*>): ErrorCode =
    try {
        val thrown = shouldThrow<ExecutionException> { call().get(10, TimeUnit.SECONDS) }
        (thrown.cause as PerdureException).code()
    } catch (atOnce: PerdureException) {
        atOnce.code()
    }

/** Answers and callbacks that come twice, too late, from nowhere, or while no engine can go on with their run. */
class AnswersSpec :
    FunSpec({
        test("the first answer counts, also where no engine has the run's workflow for the moment") {
            val store = MemoryStore()
            val workflow =
                JavaAuthoring.flow {
                    val answer = approval("sign", listOf("whatever", "no")) { ApprovalRequest("Sign?", emptyMap()) }
                    step("end") { answer()!!.choice() }
                }
            val told = Suspensions()
            store.engine(workflow) { listener(told) }.use {
                it.start("case", "r", null)
                told.await("sign")
            }
            val sign = Path.parse("sign")
            store.engine().use { engine ->
                val asked = engine.approvals(10, 0).single()
                asked.runId() to asked.path() shouldBe ("r" to sign)
                asked.choices() shouldBe listOf("whatever", "no")
                refused { engine.answer("r", sign, "perhaps", "Bob", null) } shouldBe ErrorCode.INVALID_ARGUMENT
                engine.answer("r", sign, "whatever", "Ada", null).get(10, TimeUnit.SECONDS)
                refused { engine.answer("r", sign, "no", "Bob", null) } shouldBe ErrorCode.ALREADY_ANSWERED
                refused { engine.answer("none", sign, "no", "Bob", null) } shouldBe ErrorCode.UNKNOWN_RUN
                refused { engine.answer("r", Path.parse("end"), "no", "Bob", null) } shouldBe ErrorCode.WRONG_STATUS
            }
            store.engine(workflow).use { engine ->
                engine.find("r").get().output() shouldBe "whatever"
                refused { engine.answer("r", sign, "no", "Bob", null) } shouldBe ErrorCode.ALREADY_ANSWERED
            }
        }

        test("a callback completes once, by a token of that wait and run, and not after its timeout") {
            val store = MemoryStore()
            val token = AtomicReference<String>()
            val workflow =
                JavaAuthoring.flow {
                    callback("back", Duration.ofDays(1)) { token.set(it) }
                    callback("again") { token.set(it) }
                }
            val clock = VirtualClock()
            val told = Suspensions()
            store
                .engine(workflow) {
                    clock(clock)
                    listener(told)
                }.use { engine ->
                    val run = engine.start("case", "r", null)
                    told.await("back")
                    val first = token.get()
                    refused { engine.complete("nonsense", 1) } shouldBe ErrorCode.INVALID_TOKEN
                    clock.awaitTimer(Duration.ofDays(1))
                    clock.advance(Duration.ofDays(1))
                    told.await("again")
                    refused { engine.complete(first, 1) } shouldBe ErrorCode.ALREADY_ANSWERED
                    engine.complete(token.get(), "yes").get(10, TimeUnit.SECONDS)
                    run.output() shouldBe "yes"
                    refused { engine.complete(token.get(), 1) } shouldBe ErrorCode.ALREADY_ANSWERED
                }
        }
    })
