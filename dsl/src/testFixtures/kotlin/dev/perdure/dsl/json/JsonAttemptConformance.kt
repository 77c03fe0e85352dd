package dev.perdure.dsl.json

import dev.perdure.core.DefinitionException
import dev.perdure.core.ErrorCode
import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import dev.perdure.core.definition.Workflow
import dev.perdure.core.engine.Ledger
import dev.perdure.core.engine.ended
import dev.perdure.core.engine.endsCompleted
import dev.perdure.core.engine.failure
import dev.perdure.core.engine.output
import dev.perdure.core.engine.rows
import dev.perdure.core.engine.statuses
import dev.perdure.core.testing.VirtualClock
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import kotlinx.coroutines.awaitCancellation
import java.time.Duration
import java.util.concurrent.CountDownLatch

/** Attempts, time limits, waits and children of the JSON format: P45 to P49. */
fun jsonAttemptConformance(subject: JsonSubject) =
    funSpec {
        fun flaky(
            n: Ledger,
            failing: Int,
        ): Agents =
            n.cast("b") { counted(n, "a") { call -> OK.also { check(call.times > failing) { "fail${call.times}" } } } }

        val a = agent("a", fields = arrayOf(retry(3)))
        mapOf(
            "P45 alone" to ("a" to arrayOf(a)),
            "P46 in a parallel block" to ("p/a" to arrayOf(parallel("p", listOf("a", "b")), a, agent("b"))),
            "P46 in a loop" to ("l[0]/a" to arrayOf(loop("l", "\${workflow.input}", listOf("a")), a)),
            "P46 in a fork" to
                ("f/x/a" to arrayOf(fork("f", mapOf("x" to listOf("a"), "y" to listOf("b")), "all"), a, agent("b"))),
        ).forEach { (what, case) ->
            val (path, steps) = case
            test("${subject}$what a step that fails twice of three times completes") {
                val n = Ledger()
                subject.run(workflow(flaky(n, 2), *steps), listOf(1)) { run ->
                    run.endsCompleted()
                    val attempts = run.rows(path).filter { it.status() != StepStatus.RUNNING }
                    attempts.map { it.attempt() to it.status() } shouldContainExactly
                        listOf(1 to StepStatus.FAILED, 2 to StepStatus.FAILED, 3 to StepStatus.COMPLETED)
                    n["a"] shouldBe 3
                }
            }
        }

        test("${subject}P47 when its attempts are used up a step fails with the last error, and all are kept") {
            val n = Ledger()
            subject.run(workflow(flaky(n, 9), a)) { run ->
                run.ended().status() shouldBe RunStatus.FAILED
                run.ended().failure().message() shouldBe "fail3"
                val errors = run.rows("a").mapNotNull { it.error() }
                listOf("fail1", "fail2", "fail3").zip(errors).forEach { (text, error) -> error shouldContain text }
                n["a"] shouldBe 3
            }
        }

        test("${subject}P48 no attempt at all is refused") {
            shouldThrow<DefinitionException> { workflow(flaky(Ledger(), 0), agent("a", fields = arrayOf(retry(0)))) }
                .problems()
                .single() shouldContain "max_attempts"
        }

        test("${subject}P49 delays grow as the step says") {
            val clock = VirtualClock()
            val fields =
                mapOf(
                    "max_attempts" to 5,
                    "initial_delay_ms" to 1000,
                    "backoff_multiplier" to 2,
                    "max_delay_ms" to 3000,
                )
            val workflow = workflow(flaky(Ledger(), 4), agent("a", fields = arrayOf("retry" to fields)))
            val onlyDelays = Duration.ofDays(1) // no other timer is set for a second or two
            subject.run(workflow, configure = { clock(clock).longRunningAfter(onlyDelays) }) { run ->
                listOf(1000L, 2000L, 3000L, 3000L).map(Duration::ofMillis).forEach {
                    clock.awaitTimer(it)
                    clock.advance(it)
                }
                run.endsCompleted()
            }
        }

        test("${subject}an agent says itself that another attempt is no use") {
            val n = Ledger()
            val agents = agents { counted(n, "a") { throw AgentException("not ever", isRetryable = false) } }
            subject.run(workflow(agents, a)) { run ->
                run.ended().failure().message() shouldBe "not ever"
                n["a"] shouldBe 1
            }
        }

        test("${subject}a step's timeout ends its attempt") {
            val clock = VirtualClock()
            val begun = CountDownLatch(1)
            val agents = agents { agent("a") { begun.countDown().let { awaitCancellation() } } }
            val workflow = workflow(agents, agent("a", fields = arrayOf("timeout_seconds" to 2)))
            subject.run(workflow, configure = { clock(clock) }) { run ->
                begun.await()
                clock.awaitTimer(Duration.ofSeconds(2))
                clock.advance(Duration.ofSeconds(2))
                run.ended().failure().code() shouldBe ErrorCode.TIMED_OUT
                run.statuses("a").last() shouldBe StepStatus.TIMED_OUT
            }
        }

        test("${subject}a sleep goes by the clock") {
            val clock = VirtualClock()
            val steps = arrayOf(step("s", "sleep", "duration_seconds" to 3600, "next_step" to "a"), agent("a"))
            subject.run(workflow(flaky(Ledger(), 0), *steps), configure = { clock(clock) }) { run ->
                clock.awaitTimer(Duration.ofHours(1))
                clock.advance(Duration.ofHours(1))
                run.output() shouldBe OK
            }
        }

        test("${subject}a wait for an event yields what came, or fails when its time is over") {
            val wait = step("w", "wait_for_event", "event_name" to "paid", "timeout_seconds" to 60)
            val clock = VirtualClock()
            val workflow = workflow(agents { }, wait)
            subject.run(workflow, configure = { clock(clock) }) { run ->
                clock.awaitTimer(Duration.ofMinutes(1))
                run.signal("paid", mapOf("amount" to 7)).get()
                run.output() shouldBe mapOf("amount" to 7L)
            }
            subject.run(workflow, configure = { clock(clock) }) { run ->
                clock.awaitTimer(Duration.ofMinutes(1))
                clock.advance(Duration.ofMinutes(1))
                run.ended().status() shouldBe RunStatus.FAILED
                run.ended().failure().code() shouldBe ErrorCode.TIMED_OUT
            }
        }

        test("${subject}a sub_workflow runs the newest version of another, and fails with it") {
            val child: Workflow<*, *> =
                JsonWorkflows.read(
                    workflowText(
                        agent("inner", input = mapOf("v" to "\${workflow.input.v}")),
                    ).replace("\"wf\"", "\"child\""),
                    agents { agent("inner") { it.also { check(it["v"] != 0L) { "no zero" } } } },
                )
            val call =
                step(
                    "call",
                    "sub_workflow",
                    "workflow" to "child",
                    "input_mapping" to mapOf("v" to "\${workflow.input}"),
                )
            val parent = workflow(agents { }, call)
            listOf(5, 0).forEach { v ->
                subject.engine(subject.newStores(), parent, child).use { engine ->
                    val run = engine.start("wf", "r", v)
                    if (v == 5) {
                        run.output() shouldBe mapOf("v" to 5L)
                    } else {
                        run.ended().failure().code() shouldBe ErrorCode.CHILD_FAILED
                        run.ended().failure().message() shouldContain "no zero"
                    }
                }
            }
        }
    }
