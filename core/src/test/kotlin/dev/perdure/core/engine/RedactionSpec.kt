package dev.perdure.core.engine

import dev.perdure.core.RunFailedException
import dev.perdure.core.RunStatus
import dev.perdure.core.StepFailedException
import dev.perdure.core.StepStatus
import dev.perdure.core.definition.ParallelPolicy
import dev.perdure.core.definition.Workflow
import dev.perdure.core.memory.MemoryStore
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldNotBeEmpty
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.util.concurrent.ConcurrentLinkedQueue

class RedactionSpec :
    FunSpec({
        val card = Regex("\\d{12,}")
        val hide = { message: String -> card.replace(message, "[card]") }
        val number = "4711000011112222"

        fun MemoryStore.texts(id: String) =
            find(id).get().let { listOf(it.output(), it.error(), it.context()) } +
                journal(id).flatMap { listOf(it.output(), it.changes(), it.error(), it.detail()) }

        test("the message of a failure and of its causes is recorded, told and thrown as the redactor left it") {
            val store = MemoryStore()
            val told = ConcurrentLinkedQueue<EngineEvent>()
            val workflow =
                flow("pay") {
                    does("charge", retries(2)) {
                        throw IllegalStateException("no money on $number", IllegalArgumentException("card $number"))
                    }
                }
            store.engine(workflow) { redactor(hide).listener { told += it } }.use { engine ->
                val run = engine.start("pay", "r", null)
                val failure = run.ended().failure()
                failure.message() shouldBe "no money on [card]"
                failure.causes().single().message() shouldBe "card [card]"
                failure.type() shouldBe "java.lang.IllegalStateException"
                failure.stack() shouldContain "RedactionSpec"
                run.rows("charge").map { it.status() } shouldBe listOf(StepStatus.FAILED, StepStatus.FAILED)
                shouldThrow<RunFailedException> { run.await(String::class.java) }.message shouldContain "[card]"
            }
            store
                .texts("r")
                .filterNotNull()
                .filter { number in it }
                .shouldBeEmpty()
            val failures = told.filterIsInstance<EngineEvent.StepFailed>().map { it.failure().message() }
            failures shouldBe listOf("no money on [card]", "no money on [card]")
        }

        test("without a redactor the message is recorded as it is: the test above can fail") {
            val store = MemoryStore()
            store.engine(flow("pay") { does("charge") { error("no money on $number") } }).use {
                it.start("pay", "r", null).ended()
            }
            store
                .texts("r")
                .filterNotNull()
                .filter { number in it }
                .shouldNotBeEmpty()
        }

        test("what code sees of a failure is the same in the first run and after a resume") {
            val store = MemoryStore()
            val seen = ConcurrentLinkedQueue<String?>()
            val workflow =
                Workflow.procedure("code", Any::class.java, String::class.java) { ctx ->
                    try {
                        ctx.step("charge", String::class.java) { error("no money on $number") }
                    } catch (failed: StepFailedException) {
                        seen += failed.failure().message()
                    }
                    ctx.awaitSignal("go", String::class.java)
                    ctx.step("end", String::class.java) { "done" }
                }
            val told = Suspensions()
            store.engine(workflow) { redactor(hide).listener(told) }.use {
                it.start("code", "r", null)
                told.await()
            }
            store.engine(workflow) { redactor(hide) }.use {
                it.signal("r", "go", "now", null)
                it.find("r").get().endsCompleted()
            }
            seen.toList() shouldBe listOf("no money on [card]", "no money on [card]")
        }

        test("a redactor that throws withholds the message, and the step fails all the same") {
            val store = MemoryStore()
            store
                .engine(flow("pay") { does("charge") { error("no money on $number") } }) {
                    redactor { error("cannot redact $it") }
                }.use { engine ->
                    val ended = engine.start("pay", "r", null).ended()
                    ended.status() shouldBe RunStatus.FAILED
                    ended.failure().message() shouldBe
                        "(withheld: the redactor failed with java.lang.IllegalStateException)"
                }
            store
                .texts("r")
                .filterNotNull()
                .filter { number in it }
                .shouldBeEmpty()
        }

        test("what cannot be recorded is told without what the codec said of it") {
            val store = MemoryStore()
            val workflow =
                Workflow.define(
                    "odd",
                    Any::class.java,
                    Odd::class.java,
                ) { it.step("odd", Odd::class.java) { _ -> Odd() } }
            store.engine(workflow) { redactor(hide) }.use {
                it.start("odd", "r", null).ended().status() shouldBe
                    RunStatus.FAILED
            }
            store
                .texts("r")
                .filterNotNull()
                .filter { number in it }
                .shouldBeEmpty()
        }

        test("failures of branches, and the block's that sums them up, are redacted too") {
            val store = MemoryStore()
            val workflow =
                flow("block") {
                    parallel("both") { block ->
                        block.onError(ParallelPolicy.OnError.COMPLETE_ALL)
                        block.does("a") { error("a $number") }
                        block.does("b") { error("b $number") }
                    }
                    does("end")
                }
            store.engine(workflow) { redactor(hide) }.use { it.start("block", "r", null).ended() }
            store
                .texts("r")
                .filterNotNull()
                .filter { number in it }
                .shouldBeEmpty()
        }
    })

/** What a codec cannot read without saying what it holds. */
class Odd {
    @Suppress("unused")
    fun getCard(): String = error("cannot show 4711000011112222")
}
