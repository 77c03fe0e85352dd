package dev.perdure.dsl.json

import dev.perdure.core.ErrorCode
import dev.perdure.core.PerdureException
import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import dev.perdure.core.engine.ended
import dev.perdure.core.engine.engine
import dev.perdure.core.engine.output
import dev.perdure.core.engine.statuses
import dev.perdure.core.memory.MemoryStore
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit

class AgentsSpec :
    FunSpec({
        test("Java's agents are functions of their input, or look at their step too") {
            val text =
                workflowText(
                    agent("greet", "sign", mapOf("name" to "\${workflow.input.name}")),
                    agent("sign", null, mapOf("text" to "\${greet.output}"), retry(2)),
                    version = "third",
                )
            val workflow = JavaJsonCaller.greeting(text)
            workflow.version() shouldBe 3
            MemoryStore().engine(workflow).use { engine ->
                val run = engine.start("wf", "r", mapOf("name" to "Ada"))
                run.output() shouldBe listOf("Hello, Ada", "sign", "r/sign", false)
                run.statuses("sign") shouldContainExactly listOf(StepStatus.FAILED, StepStatus.COMPLETED)
                run
                    .journal()
                    .single { it.kind() == "warning" }
                    .detail()
                    .orEmpty() shouldContain "a new pen for r"
            }
        }

        test("Java reads and writes texts") {
            val agents = agents { agent("a") { "a" } }
            val first = workflow(agents, agent("a"))
            JavaJsonCaller.rewritten(first) { agents }.graph() shouldBe first.graph()
        }

        test("cancelling a step interrupts an agent that blocks its thread") {
            val begun = CountDownLatch(1)
            val interrupted = CountDownLatch(1)
            MemoryStore().engine(workflow(JavaJsonCaller.blocking(begun, interrupted), agent("wait"))).use { engine ->
                val run = engine.start("wf", "r", null)
                begun.await(10, TimeUnit.SECONDS) shouldBe true
                run.cancel("enough").get()
                run.ended().status() shouldBe RunStatus.CANCELLED
                interrupted.await(10, TimeUnit.SECONDS) shouldBe true
            }
        }

        test("agents that cannot be meant are refused") {
            shouldThrow<PerdureException> { agents { repeat(2) { agent("a") { } } } }.code() shouldBe
                ErrorCode.INVALID_ARGUMENT
            shouldThrow<PerdureException> { agents { agent(" ") { } } }.code() shouldBe ErrorCode.INVALID_NAME
        }
    })
