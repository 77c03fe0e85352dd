package dev.perdure.dsl.json

import dev.perdure.core.DefinitionException
import dev.perdure.core.ErrorCode
import dev.perdure.core.PerdureException
import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import dev.perdure.core.engine.EngineEvent
import dev.perdure.core.engine.EngineListener
import dev.perdure.core.engine.Ledger
import dev.perdure.core.engine.ended
import dev.perdure.core.engine.endsCompleted
import dev.perdure.core.engine.engine
import dev.perdure.core.engine.output
import dev.perdure.core.engine.rows
import dev.perdure.core.engine.statuses
import dev.perdure.core.spi.StoreException
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.collections.shouldContainInOrder
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.withContext
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CountDownLatch

/** Runs of JSON workflows, from outside: P56 to P65. */
fun jsonRunConformance(subject: JsonSubject) =
    funSpec {
        test("${subject}P56 a failed step is retried with the run, its error stays in the attempts, and that is all") {
            val n = Ledger()
            val agents = n.cast("a", "c") { counted(n, "b") { call -> OK.also { check(call.times > 1) { "once" } } } }
            val ids = listOf("a", "b", "c")
            val workflow = workflow(agents, agent("a", "b"), agent("b", "c"), agent("c"))
            subject.retried(workflow) { run ->
                run.endsCompleted().record().error() shouldBe null
                run.statuses("b") shouldContainExactly listOf(StepStatus.FAILED, StepStatus.COMPLETED)
                run
                    .rows("b")
                    .first()
                    .error()
                    .orEmpty() shouldContain "once"
                ids.map { n[it] } shouldContainExactly listOf(1, 2, 1)
                run.engine().start("wf", "r", null).output() shouldBe OK
                ids.map { n[it] } shouldContainExactly listOf(1, 2, 1)
            }
        }

        test("${subject}P57 an attempt that the process did not survive is recorded as interrupted, and done again") {
            val n = Ledger()
            val begun = CountDownLatch(1)
            val agents =
                agents {
                    counted(n, "a") { call ->
                        begun.countDown()
                        if (call.times == 1) awaitCancellation()
                        mapOf("attempt" to attempt, "key" to idempotencyKey)
                    }
                }
            val stores = subject.newStores()
            val workflow = workflow(agents, agent("a"))
            subject.engine(stores, workflow).use {
                it.start("wf", "r", null)
                begun.await()
            }
            subject.engine(stores, workflow).use { engine ->
                val run = engine.find("r").get()
                run.output() shouldBe mapOf("attempt" to 2L, "key" to "r/a")
                run.statuses("a") shouldContainExactly listOf(StepStatus.INTERRUPTED, StepStatus.COMPLETED)
                n["a"] shouldBe 2
            }
        }

        test("${subject}P58 of two engines on one store one owns the run") {
            val n = Ledger()
            val gate = CompletableDeferred<Unit>()
            val begun = CountDownLatch(1)
            val agents = agents { counted(n, "a") { OK.also { begun.countDown() }.also { gate.opened() } } }
            val stores = subject.newStores()
            val workflow = workflow(agents, agent("a"))
            subject.engine(stores, workflow).use { first ->
                first.start("wf", "r", null)
                begun.await()
                val second =
                    try {
                        subject.engine(stores, workflow)
                    } catch (held: StoreException) {
                        held.code() shouldBe ErrorCode.STORE_IN_USE
                        null
                    }
                second.use {
                    gate.complete(Unit)
                    val run = (second ?: first).find("r").get()
                    run.output() shouldBe OK
                    run.statuses("a").count { it == StepStatus.COMPLETED } shouldBe 1
                }
            }
        }

        test("${subject}P59 a cancelled run stays cancelled, whatever a reply says later") {
            val n = Ledger()
            val begun = CountDownLatch(1)
            val reply = CompletableDeferred<Unit>()
            val agents =
                n.cast("b") {
                    counted(n, "a") {
                        begun.countDown()
                        withContext(NonCancellable) { reply.opened() }
                        OK
                    }
                }
            subject.run(workflow(agents, agent("a", "b"), agent("b"))) { run ->
                begun.await()
                run.cancel("enough").get() shouldBe true
                reply.complete(Unit)
                run.ended().status() shouldBe RunStatus.CANCELLED
                run.statuses("a") shouldContainExactly listOf(StepStatus.CANCELLED)
                n["b"] shouldBe 0
            }
        }

        test("${subject}P60 a run goes on with the version that it was started with") {
            val n = Ledger()
            val agents = n.cast("x", "a") { counted(n, "b") { call -> OK.also { check(call.times > 1) } } }
            val first = workflow(agents, agent("a", "b"), agent("b"))
            val second = workflow(agents, agent("x", "a"), agent("a", "b"), agent("b"), version = "2")
            val stores = subject.newStores()
            subject.engine(stores, first).use { it.start("wf", "r", null).ended().status() shouldBe RunStatus.FAILED }
            subject.engine(stores, first, second).use { engine ->
                val run = engine.find("r").get()
                run.retry().get()
                run.endsCompleted()
                listOf("x", "a", "b").map { n[it] } shouldContainExactly listOf(0, 1, 2)
            }
        }

        test("${subject}P61 a run that is there is not started with another input") {
            subject.run(workflow(Ledger().cast("a"), agent("a")), mapOf("v" to 1)) { run ->
                run.endsCompleted()
                val refused = shouldThrow<PerdureException> { run.engine().start("wf", "r", mapOf("v" to 2)) }
                refused.code() shouldBe ErrorCode.RUN_CONFLICT
            }
        }

        test("${subject}P63 an event that comes while no engine has the workflow is kept, and nothing is asked again") {
            val n = Ledger()
            val agents = n.cast("request") { counted(n, "z") { it.input } }
            val steps =
                arrayOf(
                    agent("request", "wait"),
                    step("wait", "wait_for_event", "event_name" to "paid", "next_step" to "z"),
                    agent("z", input = mapOf("paid" to "\${wait.output.amount}")),
                )
            val stores = subject.newStores()
            val isAsked = CountDownLatch(1)
            val listener = EngineListener { if (it is EngineEvent.WaitStarted) isAsked.countDown() }
            subject.engine(stores, workflow(agents, *steps)) { listener(listener) }.use {
                it.start("wf", "r", null)
                isAsked.await()
            }
            subject.engine(stores).use { engine ->
                engine
                    .find("r")
                    .get()
                    .signal("paid", mapOf("amount" to 7))
                    .get() shouldBe true
            }
            subject.engine(stores, workflow(agents, *steps)).use { engine ->
                engine.find("r").get().output() shouldBe mapOf("paid" to 7L)
                listOf("request", "z").map { n[it] } shouldContainExactly listOf(1, 1)
            }
        }

        test("${subject}P64 events tell of run, block and steps, in order") {
            val events = ConcurrentLinkedQueue<String>()
            val listener =
                EngineListener { event ->
                    when (event) {
                        is EngineEvent.RunStarted -> events += "run started"
                        is EngineEvent.BlockStarted -> events += "${event.path()} started"
                        is EngineEvent.StepStarted -> events += "${event.path()} started"
                        is EngineEvent.StepCompleted -> events += "${event.path()} completed"
                        is EngineEvent.StepFailed -> events += "${event.path()} failed"
                        is EngineEvent.BlockEnded -> events += "${event.path()} ${event.status()}"
                        is EngineEvent.RunEnded -> events += "run ${event.status()}"
                        else -> Unit
                    }
                }
            val steps = arrayOf(parallel("p", listOf("a", "b"), "z"), agent("a"), agent("b"), agent("z"))
            subject.run(workflow(Ledger().cast("a", "b", "z"), *steps), configure = { listener(listener) }) { run ->
                run.endsCompleted()
            }
            val ended = "p COMPLETED"
            val starts = listOf("run started", "p started")
            listOf("a", "b").forEach {
                events.toList() shouldContainInOrder
                    starts + listOf("p/$it started", "p/$it completed", ended)
            }
            events.toList() shouldContainInOrder listOf(ended, "z started", "z completed", "run COMPLETED")

            events.clear()
            val failing = Ledger().cast("b", "z") { agent("a") { error("bad") } }
            subject.run(workflow(failing, *steps), configure = { listener(listener) }) { it.ended() }
            events.toList() shouldContainInOrder listOf("p/a failed", "p FAILED", "run FAILED")
        }

        test("${subject}P65 rows of blocks and what is in them say where they belong and what was decided") {
            val steps =
                arrayOf(
                    parallel("p", listOf("a", "b"), "c"),
                    agent("a"),
                    agent("b"),
                    conditional("c", "true", "t", next = "l"),
                    agent("t"),
                    loop("l", "\${workflow.input}", listOf("i"), "f"),
                    agent("i"),
                    fork("f", mapOf("x" to listOf("fx"), "y" to listOf("fy")), "n_of_m", null, "n_required" to 1),
                    agent("fx"),
                    agent("fy"),
                )
            val agents = Ledger().cast("a", "b", "t", "i", "fx", "fy")
            subject.run(workflow(agents, *steps), listOf("one", "two")) { run ->
                run.endsCompleted()
                run.rows("p").single().joinPolicy() shouldBe "All"
                run.rows("p/b").single().let { listOf(it.parentPath(), it.branch()) } shouldBe listOf("p", "b")
                run.rows("c").single().let { listOf(it.branchTaken(), it.conditionResult()) } shouldBe
                    listOf("then", "true")
                run.rows("c/then/t").single().parentPath() shouldBe "c/then"
                run.rows("l[1]/i").single().let { listOf(it.parentPath(), it.iterationIndex()) } shouldBe
                    listOf("l[1]", 1)
                run.rows("f").single().joinPolicy() shouldBe "AtLeast(1)"
                run.rows("f/y/fy").single().let { listOf(it.parentPath(), it.branch()) } shouldBe listOf("f/y", "y")
            }
        }

        test("${subject}agents and workflows that are not known are reported with everything else that is wrong") {
            val text =
                workflowText(
                    agent("a", "call", fields = arrayOf("agent_name" to "nobody", "timeout_seconds" to 0)),
                    step("call", "sub_workflow", "workflow" to "nothing"),
                )
            val options = JsonOptions.DEFAULT.workflows(setOf("something"))
            val refused =
                shouldThrow<DefinitionException> { JsonWorkflows.read(text, Ledger().cast("somebody"), options) }
            refused.problems().size shouldBe 3
            refused.message shouldContain
                "step \"a\" at \$.steps.a.agent_name: there is no agent \"nobody\"; there is \"somebody\""
            refused.message shouldContain "step \"call\" at \$.steps.call.workflow: there is no workflow \"nothing\""
            refused.message shouldContain "timeout_seconds"
        }

        test("${subject}a version that is no number needs one beside the text") {
            val agents = Ledger().cast("a")
            val beta = workflowText(agent("a"), version = "2.1-beta")
            shouldThrow<DefinitionException> { JsonWorkflows.read(beta, agents) }.message shouldContain
                "\$.version: version \"2.1-beta\" is not a whole number from 1"
            JsonWorkflows.read(beta, agents, JsonOptions.DEFAULT.version(3)).version() shouldBe 3
            val seven = workflowText(agent("a"), version = "7")
            JsonWorkflows.read(seven, agents).version() shouldBe 7
            shouldThrow<DefinitionException> { JsonWorkflows.read(seven, agents, JsonOptions.DEFAULT.version(8)) }
        }
    }
