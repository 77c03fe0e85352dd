package dev.perdure.dsl.json

import dev.perdure.core.ErrorCode
import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import dev.perdure.core.engine.EngineEvent
import dev.perdure.core.engine.EngineListener
import dev.perdure.core.engine.Ledger
import dev.perdure.core.engine.ended
import dev.perdure.core.engine.endsCompleted
import dev.perdure.core.engine.failure
import dev.perdure.core.engine.output
import dev.perdure.core.engine.statuses
import dev.perdure.core.testing.VirtualClock
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import java.time.Duration
import java.util.concurrent.CountDownLatch

/** Forks of the JSON format: P38 to P43. */
fun jsonForkConformance(subject: JsonSubject) =
    funSpec {
        class Policy(
            val name: String,
            val branches: List<String>,
            val isCompleted: Boolean,
            val text: String = "",
            val required: Int? = null,
        )

        test("${subject}P38 each policy counts the branches that succeeded") {
            listOf(
                Policy("all", listOf("ok", "ok", "ok"), true),
                Policy("all", listOf("ok", "bad", "ok"), false, "join All needs 3 of 3 branches, 2 succeeded"),
                Policy("any", listOf("bad", "ok", "bad"), true),
                Policy("any", listOf("bad", "bad"), false, "join Any needs 1 of 2 branches, 0 succeeded"),
                Policy(
                    "majority",
                    listOf("ok", "ok", "bad", "bad"),
                    false,
                    "join Majority needs 3 of 4 branches, 2 succeeded",
                ),
                Policy("majority", listOf("ok", "ok", "bad"), true),
                Policy(
                    "majority",
                    listOf("ok", "bad", "bad"),
                    false,
                    "join Majority needs 2 of 3 branches, 1 succeeded",
                ),
                Policy("n_of_m", listOf("ok", "bad", "ok", "bad"), true, required = 2),
                Policy(
                    "n_of_m",
                    listOf("ok", "bad", "bad", "bad"),
                    false,
                    "join AtLeast(2) needs 2 of 4 branches, 1 succeeded",
                    2,
                ),
            ).forEach { policy ->
                val n = Ledger()
                val names = policy.branches.indices.map { "b$it" }
                val agents =
                    agents {
                        names.forEachIndexed { i, name ->
                            counted(n, name) { OK.also { check(policy.branches[i] == "ok") { "$name is bad" } } }
                        }
                    }
                val fork =
                    fork(
                        "f",
                        names.associate { "x$it" to listOf(it) },
                        policy.name,
                        null,
                        "n_required" to policy.required,
                    )
                withClue("${policy.name} of ${policy.branches}") {
                    subject.run(workflow(agents, fork, *names.map { agent(it) }.toTypedArray())) { run ->
                        run.ended().status() shouldBe if (policy.isCompleted) RunStatus.COMPLETED else RunStatus.FAILED
                        names.map { n[it] } shouldContainExactly names.map { 1 }
                        if (policy.isCompleted) {
                            run.output() shouldBe
                                names.indices.associate { "xb$it" to OK.takeIf { _ -> policy.branches[it] == "ok" } }
                        } else {
                            val message = run.ended().failure().message()
                            message shouldContain policy.text
                            names.filterIndexed { i, _ -> policy.branches[i] == "bad" }.forEach {
                                message shouldContain "\"x$it\" ("
                            }
                        }
                    }
                }
            }
        }

        val limited =
            fork(
                "f",
                mapOf("x" to mapOf("steps" to listOf("slow"), "timeout_seconds" to 1), "y" to listOf("ok")),
                "any",
                "z",
            )
        val second = Duration.ofSeconds(1)

        test("${subject}P39 a branch whose time is over fails, and the step that it was at is TIMED_OUT") {
            val n = Ledger()
            val clock = VirtualClock()
            val begun = CompletableDeferred<Unit>()
            val agents = n.cast("ok", "z") { counted(n, "slow") { begun.complete(Unit).let { awaitCancellation() } } }
            val workflow = workflow(agents, limited, agent("slow"), agent("ok"), agent("z"))
            subject.run(workflow, configure = { clock(clock) }) { run ->
                clock.awaitTimer(second)
                runBlocking { begun.opened() }
                clock.advance(second)
                run.endsCompleted()
                run.recorded("f#join") shouldBe mapOf("x" to null, "y" to OK)
                run.statuses("f/x/slow") shouldContainExactly listOf(StepStatus.TIMED_OUT)
                run.failureOf("f/x").code() shouldBe ErrorCode.TIMED_OUT
                listOf("slow", "ok", "z").map { n[it] } shouldContainExactly listOf(1, 1, 1)
            }
        }

        test("${subject}P39 what a branch yields after its time changes nothing") {
            val n = Ledger()
            val clock = VirtualClock()
            val begun = CountDownLatch(1)
            val late = CompletableDeferred<Unit>()
            val agents =
                n.cast("ok", "z") {
                    counted(n, "slow") {
                        begun.countDown()
                        OK.also { withContext(NonCancellable) { late.opened() } }
                    }
                }
            val workflow = workflow(agents, limited, agent("slow"), agent("ok"), agent("z"))
            subject.run(workflow, configure = { clock(clock).cancellationGrace(second) }) { run ->
                begun.await()
                repeat(2) {
                    clock.awaitTimer(second)
                    clock.advance(second)
                }
                run.endsCompleted()
                late.complete(Unit)
                run.recorded("f#join") shouldBe mapOf("x" to null, "y" to OK)
                run.statuses("f/x/slow") shouldContainExactly listOf(StepStatus.TIMED_OUT)
            }
        }

        test("${subject}P40 a branch ends with its first failure, the others go on") {
            val n = Ledger()
            val agents = n.cast("a1", "a3", "b1") { counted(n, "a2") { error("bad") } }
            val fork = fork("f", mapOf("a" to listOf("a1", "a2", "a3"), "b" to listOf("b1")), "any")
            val steps = listOf("a1", "a2", "a3", "b1").map { agent(it) }.toTypedArray()
            subject.run(workflow(agents, fork, *steps)) { run ->
                run.output() shouldBe mapOf("a" to null, "b" to OK)
                n["a3"] shouldBe 0
            }
        }

        test("${subject}P41 a retry goes on in the branch where it failed") {
            val n = Ledger()
            val agents = n.cast("a1", "a3", "b1") { counted(n, "a2") { call -> OK.also { check(call.times > 1) } } }
            val fork = fork("f", mapOf("a" to listOf("a1", "a2", "a3"), "b" to listOf("b1")), "all")
            val ids = listOf("a1", "a2", "a3", "b1")
            subject.retried(workflow(agents, fork, *ids.map { agent(it) }.toTypedArray())) { run ->
                run.output() shouldBe mapOf("a" to OK, "b" to OK)
                ids.map { n[it] } shouldContainExactly listOf(1, 2, 1, 1)
            }
        }

        test("${subject}P43 with remaining cancel the fork goes on as soon as it can, else it waits") {
            listOf("cancel" to StepStatus.CANCELLED, "await" to StepStatus.COMPLETED).forEach { (remaining, status) ->
                val isXDone = CompletableDeferred<Unit>()
                val isYThere = CompletableDeferred<Unit>()
                val agents =
                    agents {
                        agent("quick") { isYThere.opened().let { OK } }
                        agent("slow") {
                            isYThere.complete(Unit)
                            if (remaining == "cancel") awaitCancellation()
                            OK.also { isXDone.opened() }
                        }
                        agent("z") { OK }
                    }
                val branches = mapOf("x" to listOf("quick"), "y" to listOf("slow"))
                val fork = fork("f", branches, "any", "z", "remaining" to remaining)
                val tell =
                    EngineListener { event ->
                        if (event is EngineEvent.StepCompleted && "${event.path()}" == "f/x/quick") {
                            isXDone.complete(Unit)
                        }
                    }
                val workflow = workflow(agents, fork, agent("quick"), agent("slow"), agent("z"))
                subject.run(workflow, configure = { listener(tell) }) { run ->
                    run.endsCompleted()
                    run.statuses("f/y/slow") shouldContainExactly listOf(status)
                    run.recorded("f#join") shouldBe mapOf("x" to OK, "y" to OK.takeIf { remaining == "await" })
                }
            }
        }

        test("${subject}a branch may hold blocks, and reads the steps before it in its own branch") {
            val agents =
                agents {
                    agent("a1") { mapOf("v" to 1) }
                    listOf("p1", "p2", "t").forEach { name -> agent(name) { mapOf(name to it["v"]) } }
                    agent("b1") { "b" }
                }
            val own = mapOf("v" to "\${a1.output.v}")
            val steps =
                arrayOf(
                    fork("f", mapOf("a" to listOf("a1", "p", "c"), "b" to listOf("b1")), "all"),
                    agent("a1"),
                    parallel("p", listOf("p1", "p2")),
                    agent("p1", input = own),
                    agent("p2", input = own),
                    conditional("c", "\${p.output.p2.p2} == 1", "t"),
                    agent("t", input = own),
                    agent("b1"),
                )
            subject.run(workflow(agents, *steps)) { run ->
                val output = run.output() as Map<*, *>
                (output["a"] as Map<*, *>)["branch_output"] shouldBe mapOf("t" to 1L)
                output["b"] shouldBe "b"
            }
        }
    }
