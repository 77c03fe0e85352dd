package dev.perdure.dsl.json

import dev.perdure.core.DefinitionException
import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import dev.perdure.core.engine.CrashingStore
import dev.perdure.core.engine.Ledger
import dev.perdure.core.engine.ended
import dev.perdure.core.engine.endsCompleted
import dev.perdure.core.engine.engine
import dev.perdure.core.engine.failure
import dev.perdure.core.engine.output
import dev.perdure.core.engine.statuses
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.awaitCancellation

private const val EXAMPLE = """
{"workflow_id": "wf-1", "name": "three agents", "version": "1", "start_step": "parallel-block-1", "steps": {
  "parallel-block-1": {"id": "parallel-block-1", "type": "parallel", "parallel_steps": ["step-a", "step-b", "step-c"],
                       "max_parallelism": 2, "next_step": "final-step"},
  "step-a": {"id": "step-a", "agent_name": "summarise", "input_mapping": {"text": "${'$'}{workflow.input.text}"}},
  "step-b": {"id": "step-b", "agent_name": "translate", "input_mapping": {"text": "${'$'}{workflow.input.text}"}},
  "step-c": {"id": "step-c", "agent_name": "classify", "input_mapping": {"text": "${'$'}{workflow.input.text}"}},
  "final-step": {"id": "final-step", "agent_name": "report", "input_mapping":
    {"a": "${'$'}{step-a.output}", "b": "${'$'}{step-b.output}", "c": "${'$'}{step-c.output}"}}}}
"""

/** Parallel blocks of the JSON format: P01 to P12. */
fun jsonParallelConformance(subject: JsonSubject) =
    funSpec {
        val block = parallel("p", listOf("a", "b", "c"), "z")

        test("${subject}P01 the format's example: two at a time, and the whole outputs go to the last step") {
            val n = Ledger()
            val gauge = Gauge(2)
            val agents =
                n.cast {
                    listOf("summarise", "translate", "classify").forEach { name ->
                        counted(n, name) { call -> gauge.pass { mapOf("by" to name, "text" to call["text"]) } }
                    }
                    counted(n, "report") { it.input }
                }
            subject.run(JsonWorkflows.read(EXAMPLE, agents), mapOf("text" to "hello")) { run ->
                run.output() shouldBe
                    mapOf("a" to "summarise", "b" to "translate", "c" to "classify")
                        .mapValues { mapOf("by" to it.value, "text" to "hello") }
            }
            gauge.peak shouldBe 2
            agents.names.map { n[it] } shouldContainExactly listOf(1, 1, 1, 1)
        }

        test("${subject}P02 outputs are in declaration order, by the block and by each child") {
            val n = Ledger()
            val isBDone = CompletableDeferred<Unit>()
            val agents =
                n.cast {
                    counted(n, "a") { isBDone.opened().let { mapOf("v" to 1) } }
                    counted(n, "b") { mapOf("v" to 2).also { isBDone.complete(Unit) } }
                    counted(n, "c") { mapOf("v" to 3) }
                    counted(n, "z") { it.input }
                }
            val last = agent("z", input = mapOf("a" to "\${p.output.a.v}", "b" to "\${b.output.v}"))
            subject.run(workflow(agents, block, agent("a"), agent("b"), agent("c"), last)) { run ->
                run.output() shouldBe mapOf("a" to 1L, "b" to 2L)
                (run.recorded("p#join") as Map<*, *>).keys.toList() shouldContainExactly listOf("a", "b", "c")
            }
        }

        test("${subject}P03 no more children run at once than the block allows") {
            listOf(2 to 2, 1 to 1, null to 4).forEach { (most, peak) ->
                val gauge = Gauge(peak)
                val ids = listOf("a", "b", "c", "d")
                val agents = agents { ids.forEach { agent(it) { gauge.pass { OK } } } }
                val four = parallel("p", ids, null, "max_parallelism" to most)
                subject.run(workflow(agents, four, *ids.map { agent(it) }.toTypedArray())) { it.endsCompleted() }
                gauge.peak shouldBe peak
            }
        }

        test("${subject}P05, P06 a child's failure fails the block after all ended; a retry runs that child alone") {
            val n = Ledger()
            val agents =
                n.cast("a", "c", "z") {
                    counted(n, "b") { call -> OK.also { check(call.times > 1) { "b is broken" } } }
                }
            val ids = listOf("a", "b", "c", "z")
            subject.retried(
                workflow(agents, block, *ids.map { agent(it) }.toTypedArray()),
                failed = { run ->
                    run.record().status() shouldBe RunStatus.FAILED
                    val message = run.failureOf("p").message()
                    message shouldContain "2 succeeded; failed: \"b\" ("
                    message shouldContain "b is broken"
                    listOf("\"a\"", "\"c\"").forEach { message shouldNotContain it }
                    listOf("a", "c").forEach { run.recorded("p/$it") shouldBe OK }
                    ids.map { n[it] } shouldContainExactly listOf(1, 1, 1, 0)
                },
            ) { run ->
                run.endsCompleted()
                ids.map { n[it] } shouldContainExactly listOf(1, 2, 1, 1)
            }
        }

        test("${subject}fail_fast cancels the other children at once") {
            val n = Ledger()
            val isSlowThere = CompletableDeferred<Unit>()
            val agents =
                n.cast {
                    counted(n, "slow") { isSlowThere.complete(Unit).let { awaitCancellation() } }
                    counted(n, "bad") { isSlowThere.opened().let { error("bad") } }
                }
            val two = parallel("p", listOf("slow", "bad"), null, "on_error" to "fail_fast")
            subject.run(workflow(agents, two, agent("slow"), agent("bad"))) { run ->
                run.ended().status() shouldBe RunStatus.FAILED
                run.statuses("p/slow") shouldContainExactly listOf(StepStatus.CANCELLED)
            }
        }

        test("${subject}P07 a step after a block fails once; a retry runs none of the block again") {
            val n = Ledger()
            val agents = n.cast("a", "b") { counted(n, "z") { call -> OK.also { check(call.times > 1) } } }
            val two = parallel("p", listOf("a", "b"), "z")
            subject.retried(workflow(agents, two, agent("a"), agent("b"), agent("z"))) { run ->
                run.endsCompleted()
                listOf("a", "b", "z").map { n[it] } shouldContainExactly listOf(1, 1, 2)
            }
        }

        test("${subject}P08 after a crash in a block its outputs and what follows are those of an uninterrupted run") {
            fun agents(
                n: Ledger,
                isHolding: Boolean,
                hold: CompletableDeferred<Unit>,
            ): Agents {
                val isBThere = CompletableDeferred<Unit>()
                return n.cast {
                    counted(n, "a") { isBThere.opened().let { mapOf("v" to listOf(1, "x")) } }
                    counted(n, "b") { call ->
                        isBThere.complete(Unit)
                        if (isHolding && call.times == 1) hold.opened()
                        mapOf("w" to 2.5)
                    }
                    counted(n, "z") { it.input }
                }
            }
            val last = agent("z", input = mapOf("all" to "\${p.output}", "text" to "b says \${b.output}"))
            val steps = arrayOf(parallel("p", listOf("a", "b"), "z"), agent("a"), agent("b"), last)
            var whole: Any? = null
            subject.run(workflow(agents(Ledger(), false, CompletableDeferred()), *steps)) { whole = it.output() }

            val n = Ledger()
            val hold = CompletableDeferred<Unit>()
            val stores = subject.newStores()
            val workflow = workflow(agents(n, true, hold), *steps)
            val crashing = CrashingStore(stores.open(), true, CrashingStore.at("p/a"))
            crashing.engine(workflow).use {
                it.startAsync("wf", "r", null)
                crashing.awaitCrash()
                hold.complete(Unit)
            }
            subject.engine(stores, workflow).use { engine ->
                engine.find("r").get().output() shouldBe whole
                listOf("a", "b", "z").map { n[it] } shouldContainExactly listOf(1, 2, 1)
            }
        }

        mapOf(
            "P10 a child that reads its sibling" to
                arrayOf(
                    parallel("p", listOf("a", "b")),
                    agent("a"),
                    agent("b", input = mapOf("x" to "\${a.output.x}")),
                ),
            "P11 an unknown child" to arrayOf(parallel("p", listOf("a", "nope")), agent("a")),
            "P12 a child named twice" to arrayOf(parallel("p", listOf("a", "a")), agent("a")),
        ).forEach { (what, steps) ->
            test("${subject}$what is refused before anything runs") {
                val refused = shouldThrow<DefinitionException> { workflow(Ledger().cast("a", "b"), *steps) }
                refused.problems().single() shouldContain if (what.startsWith("P10")) "step \"b\"" else "step \"p\""
            }
        }

        test("${subject}a block in a block in a branch of another runs, and its outputs are found") {
            val n = Ledger()
            val agents = n.cast("a", "b", "c") { counted(n, "z") { it.input } }
            val last = agent("z", input = mapOf("whole" to "\${outer.output}", "inner" to "\${b.output.result}"))
            val steps =
                arrayOf(
                    parallel("outer", listOf("inner", "c"), "z"),
                    parallel("inner", listOf("a", "b")),
                    agent("a"),
                    agent("b"),
                    agent("c"),
                    last,
                )
            subject.run(workflow(agents, *steps)) { run ->
                run.output() shouldBe
                    mapOf("whole" to mapOf("inner" to mapOf("a" to OK, "b" to OK), "c" to OK), "inner" to "ok")
                run.record().let { it.error() shouldBe null }
            }
        }

        test("${subject}a failure in a block says which step of it failed") {
            val agents = Ledger().cast("a") { agent("b") { error("boom") } }
            subject.run(workflow(agents, parallel("p", listOf("a", "b")), agent("a"), agent("b"))) { run ->
                run.ended().failure().message() shouldContain "step \"p/b\" failed: IllegalStateException: boom"
            }
        }
    }
