package dev.perdure.core.testing

import dev.perdure.core.definition.ApprovalRequest
import dev.perdure.core.definition.Merge
import dev.perdure.core.definition.Retry
import dev.perdure.core.definition.StepOptions
import dev.perdure.core.definition.WaitOptions
import dev.perdure.core.definition.Workflow
import dev.perdure.core.engine.does
import dev.perdure.core.engine.flow
import dev.perdure.core.engine.together
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.time.Duration
import java.util.concurrent.atomic.AtomicInteger

/** What a user's workflow is tried against, and what the test says of one that does not stand it. */
class CrashTestSpec :
    FunSpec({
        fun <I> CrashTest<I>.refused(): String = shouldThrow<AssertionError> { run() }.message!!

        test("every set of branches that can have ended is a state, and each is resumed once") {
            val workflow =
                flow("block") {
                    does("first")
                    together { repeat(3) { i -> does("leaf$i") { s -> s.increment("count", i) } } }
                    does("last")
                }
            val report = CrashTest.crashEverywhere(workflow, "in")
            // Before the first step, after it, each set of branches but none and all, the block, the end.
            report.states() shouldBe 1 + 1 + 6 + 1 + 1
            report.isExhaustive shouldBe true
            report.toString() shouldContain "crash-state resumes: 10 (${report.orders()} orders, all states)"
        }

        test("retries, waits of days, signals, approvals and callbacks are gone through, in no time") {
            val flaky = StepOptions.DEFAULT.retry(Retry.fixed(3, Duration.ofHours(1)))
            val workflow =
                Workflow.define("waits", Any::class.java, String::class.java) { w ->
                    w.step("flaky", String::class.java, flaky) { s -> "after ${s.attempt()}" }
                    w.sleep("cool_down", Duration.ofDays(3))
                    val signal = w.awaitSignal("go", String::class.java)
                    val answer =
                        w.approval("sign", listOf("yes", "no"), WaitOptions.DEFAULT) { s ->
                            ApprovalRequest("sign ${s.get(signal)}?", emptyMap())
                        }
                    val back = w.callback("back", String::class.java) { s, token -> token.length.toString() }
                    w.step("end", String::class.java) { s ->
                        s.get(signal) + s.get(answer)!!.choice() + s.get(back)
                    }
                }
            val report =
                CrashTest
                    .of(workflow, "in")
                    .script {
                        it.step("flaky").attempt(1).fails(IllegalStateException("no route"))
                        it.step("flaky").returns("scripted")
                        it.signal("go", "now").answer("sign", "yes").callback("back", "!")
                    }.checking { it.assertOutput("nowyes!") }
                    .run()
            report.states() shouldBeGreaterThan 12
        }

        test("workflow code with loops, branches and children is gone through") {
            val child = flow("child") { does("one") }
            val code =
                Workflow.procedure("code", Any::class.java, String::class.java) { ctx ->
                    var text = ctx.step("begin", String::class.java) { "b" }
                    for (i in 1..3) text += ctx.step("loop", String::class.java) { "$i" }
                    ctx.parallel().use { block ->
                        val x = block.submit("x", String::class.java) { "x" }
                        val y = block.submit("y", String::class.java) { "y" }
                        block.await()
                        text += x.get() + y.get()
                    }
                    ctx.sleep("pause", Duration.ofHours(1))
                    text + ctx.call("child", child, "in")
                }
            val report =
                CrashTest
                    .of(code, "in")
                    .calling(child)
                    .checking { it.assertOutput("b123xyone") }
                    .run()
            report.states() shouldBeGreaterThan 10
        }

        test("a body whose result is another one when it runs again is found, with the step and the way there") {
            val charges = AtomicInteger()
            val message =
                CrashTest
                    .of(
                        flow("shop") {
                            does("reserve")
                            step("charge", String::class.java) { "charge ${charges.incrementAndGet()}" }
                        },
                        "in",
                    ).refused()
            message shouldContain "workflow \"shop\" does not survive a crash"
            message shouldContain "where:    charge (output)"
            message shouldContain "expected: \"charge 1\""
            message shouldContain "found:    \"charge 2\""
            message shouldContain "the crash came after commit"
            message shouldContain "idempotency key"
        }

        test("what a body does to the world twice is found by the test's own check, and not where it uses its key") {
            class Bank {
                val charges = mutableListOf<String>()
            }

            fun charging(
                bank: Bank,
                isKeyed: Boolean,
            ) = flow("shop") {
                does("charge") { s ->
                    if (!isKeyed ||
                        s.idempotencyKey() !in bank.charges
                    ) {
                        bank.charges += s.idempotencyKey()
                    }
                }
                does("ship")
            }

            fun tried(isKeyed: Boolean): CrashTest<Any> {
                var bank = Bank()
                val workflow = {
                    bank = Bank()
                    charging(bank, isKeyed)
                }
                return CrashTest.inNewWorlds(workflow, "in").checking {
                    if (bank.charges.size != 1) throw AssertionError("charged ${bank.charges.size} times")
                }
            }
            tried(isKeyed = true).run().states() shouldBe 3
            val message = tried(isKeyed = false).refused()
            message shouldContain "was refused by the test's own check after a crash"
            message shouldContain "charged 2 times"
        }

        test("an end that depends on the order of branches is found, unless that is meant") {
            fun last() =
                flow("last") {
                    together {
                        merge(Merge.LastWins())
                        does("a") { it.put("who", "a") }
                        does("b") { it.put("who", "b") }
                    }
                    does("end")
                }
            val message = CrashTest.of(last(), "in").refused()
            message shouldContain "ends otherwise when its steps end in another order"
            message shouldContain "in the order [block/b~1, block/a~1, end~1]"
            CrashTest
                .of(last(), "in")
                .orderMayMatter()
                .run()
                .orders() shouldBe 2
        }

        test("a workflow whose nodes follow from anything but what is recorded is found") {
            val runs = AtomicInteger()
            val message =
                CrashTest
                    .of(
                        Workflow.procedure("chance", Any::class.java, String::class.java) { ctx ->
                            val isOdd = runs.incrementAndGet() % 2 == 1
                            ctx.step(if (isOdd) "odd" else "even", String::class.java) { "x" }
                            ctx.step("end", String::class.java) { "y" }
                        },
                        "in",
                    ).refused()
            message shouldContain "workflow \"chance\" does not survive a crash"
            message shouldContain "INCOMPATIBLE"
        }

        test("more states than the limit are sampled, the same ones with the same seed") {
            fun sampled(seed: Long) =
                CrashTest
                    .of(
                        flow("wide") {
                            together { repeat(8) { i -> does("leaf$i") } }
                            does("end")
                        },
                        "in",
                    ).limit(20)
                    .seed(seed)
                    .run()
            sampled(7) shouldBe sampled(7)
            sampled(7).isExhaustive shouldBe false
            sampled(7).toString() shouldContain "sampled with seed 7"
        }

        test("what may differ can be left out of the comparison") {
            val ids = AtomicInteger()
            CrashTest
                .of(flow("ids") { step("make", String::class.java) { "id ${ids.incrementAndGet()}" } }, "in")
                .comparing { it.status() }
                .run()
                .states() shouldBe 2
        }
    })
