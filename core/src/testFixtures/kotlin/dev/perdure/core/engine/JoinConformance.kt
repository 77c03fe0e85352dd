package dev.perdure.core.engine

import dev.perdure.core.DefinitionException
import dev.perdure.core.ErrorCode
import dev.perdure.core.Failure
import dev.perdure.core.Json
import dev.perdure.core.RunFailedException
import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import dev.perdure.core.definition.Join
import dev.perdure.core.definition.Merge
import dev.perdure.core.definition.ParallelBuilder
import dev.perdure.core.definition.ParallelPolicy.OnError
import dev.perdure.core.definition.ParallelPolicy.Remaining
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.maps.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.util.concurrent.CountDownLatch
import java.util.concurrent.CyclicBarrier
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicBoolean
import java.util.concurrent.atomic.AtomicInteger

/** When a block counts as a success, and what it yields. */
fun joinConformance(newStores: () -> Stores) =
    funSpec {
        test("E15 a join builds one typed result of the branches' outputs") {
            val workflow =
                flow("typed") {
                    val joined =
                        parallel<Map<*, *>>("block") { p ->
                            val payment = p.step("payment", Map::class.java) { mapOf("id" to 123) }
                            val delivery = p.step("delivery", Map::class.java) { mapOf("status" to "confirmed") }
                            p.join(Map::class.java) { j ->
                                mapOf(
                                    "payment_id" to j.get(payment)["id"],
                                    "delivery_status" to j.get(delivery)["status"],
                                )
                            }
                        }
                    does("use") { s -> s.get(joined).forEach { (key, value) -> s.put(key as String, value) } }
                }
            newStores().open().engine(workflow).use { engine ->
                engine.start("typed", "r", null).endsCompleted().context() shouldContainExactly
                    mapOf("payment_id" to 123L, "delivery_status" to "confirmed")
            }
        }

        test("E15 a join that fails fails the run with its message") {
            newStores().run({
                parallel<String>("block") { p ->
                    p.does("a")
                    p.join(String::class.java) { error("out of stock") }
                }
            }) { run ->
                shouldThrow<RunFailedException> { run.await(String::class.java) }.message shouldContain "out of stock"
                run.statuses("block#join") shouldContainExactly listOf(StepStatus.FAILED)
            }
        }

        test("joins count successes: any, majority, at least n") {
            data class Case(
                val join: Join,
                val ok: Int,
                val bad: Int,
                val succeeds: Boolean,
            )
            listOf(
                Case(Join.ALL, 3, 0, true),
                Case(Join.ALL, 2, 1, false),
                Case(Join.ANY, 1, 2, true),
                Case(Join.ANY, 0, 2, false),
                Case(Join.MAJORITY, 2, 2, false),
                Case(Join.MAJORITY, 2, 1, true),
                Case(Join.MAJORITY, 1, 2, false),
                Case(Join.atLeast(2), 2, 2, true),
                Case(Join.atLeast(2), 1, 3, false),
            ).forEach { case ->
                newStores().run({
                    together {
                        onError(OnError.COMPLETE_ALL)
                        join(case.join)
                        repeat(case.ok) { does("ok$it") }
                        repeat(case.bad) { i -> does("bad$i") { error("bad") } }
                    }
                    does("end")
                }) { run ->
                    val expected = if (case.succeeds) RunStatus.COMPLETED else RunStatus.FAILED
                    run.ended().status() shouldBe expected
                    run.rows("block").single().joinPolicy() shouldBe case.join.toString()
                    if (!case.succeeds) {
                        val failure = Failure.fromPlain(Json.read(run.record().error()!!))
                        failure.message() shouldContain case.join.toString()
                        failure.causes() shouldHaveSize case.bad
                    }
                }
            }
        }

        test("with remaining = Cancel the rest is cancelled once the join is satisfied") {
            newStores().run({
                together {
                    join(Join.ANY, Remaining.CANCEL)
                    does("quick") { it.put("quick", true) }
                    does("endless") { CountDownLatch(1).await() }
                }
                does("end")
            }) { run ->
                run.endsCompleted().context() shouldContainExactly mapOf("quick" to true)
                run.statuses("block/endless") shouldContainExactly listOf(StepStatus.CANCELLED)
            }
        }

        test("maxParallelism bounds how many branches are active, and the rest follow") {
            val active = AtomicInteger()
            val peak = AtomicInteger()
            val n = Ledger()
            newStores().run({
                together {
                    maxParallelism(2)
                    repeat(6) { i ->
                        does("s$i") {
                            peak.accumulateAndGet(active.incrementAndGet(), ::maxOf)
                            n.ran("s")
                            active.decrementAndGet()
                        }
                    }
                }
                does("end")
            }) {
                it.endsCompleted()
                n["s"] shouldBe 6
                (peak.get() <= 2) shouldBe true
            }
        }

        test("listeners hear of a block what its branches came to") {
            val events = java.util.concurrent.ConcurrentLinkedQueue<EngineEvent>()
            val workflow =
                flow("told") {
                    together {
                        onError(OnError.COMPLETE_ALL)
                        does("a")
                        does("b") { error("bad") }
                    }
                    does("end")
                }
            newStores().open().engine(workflow) { listener(events::add) }.use { engine ->
                engine.start("told", "r", null).endsCompleted()
            }
            val block = events.filterIsInstance<EngineEvent.BlockEnded>().single()
            block.summary().succeeded() shouldBe 1
            block.summary().failed() shouldBe 1
            val order = events.filter { it.runId() == "r" }.map { it::class.java.simpleName }
            order.first() shouldBe "RunStarted"
            order[1] shouldBe "BlockStarted"
            order.last() shouldBe "RunEnded"
            events.filterIsInstance<EngineEvent.Warned>().shouldBeEmpty()
        }
    }
