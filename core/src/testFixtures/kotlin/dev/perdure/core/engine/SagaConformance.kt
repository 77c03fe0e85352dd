package dev.perdure.core.engine

import dev.perdure.core.ErrorCode
import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CountDownLatch

/** Compensations: E75. */
fun sagaConformance(subject: Subject) =
    funSpec {
        fun Nodes.booking(undone: MutableCollection<Any?>) {
            step("book_flight", undo = { undone += it }) { "flight 1" }
            step("book_hotel", undo = { undone += it }) { "hotel 2" }
            does("note")
            step("charge", undo = { undone += "charge" }) { error("no money") }
        }

        test("${subject}E75 a failed run undoes what its steps did, newest first, each recorded, and keeps its error") {
            val undone = ConcurrentLinkedQueue<Any?>()
            subject.run(
                content = {
                    booking(undone)
                    does("end")
                },
            ) { run ->
                run.record().status() shouldBe RunStatus.COMPENSATED
                run.record().failure().message() shouldContain "no money"
                undone shouldContainExactly listOf("hotel 2", "flight 1")
                run
                    .journal()
                    .filter {
                        it.kind() == "compensation"
                    }.map { it.path() to it.status() } shouldContainExactly
                    listOf("book_hotel", "book_flight").map { "$it#compensation" to StepStatus.COMPLETED }
                run.retry().refusal().code() shouldBe ErrorCode.WRONG_STATUS
            }
        }

        test("${subject}E75 a compensation that fails keeps no other from its turn; a retry tries it again") {
            val stores = subject.newStores()
            val undone = ConcurrentLinkedQueue<Any?>()
            val n = Ledger()
            val workflow =
                subject.flow {
                    step("first", undo = { undone += it }) { "a" }
                    step("second", undo = { check(n.ran("second") > 1) { "cannot undo" } }) { "b" }
                    step("third", undo = { undone += it }) { "c" }
                    does("fail") { error("original") }
                }
            subject.engine(stores, workflow).use { engine ->
                val record = engine.start("case", "r", null).ended()
                record.status() shouldBe RunStatus.COMPENSATION_FAILED
                record.failure().message() shouldContain "original"
                record
                    .failure()
                    .causes()
                    .last()
                    .message() shouldContain "cannot undo"
                undone shouldContainExactly listOf("c", "a")
            }
            subject.engine(stores, workflow).use { engine ->
                val run = engine.find("r").get()
                run.retry().get()
                run.ended().status() shouldBe RunStatus.COMPENSATED
                undone shouldContainExactly listOf("c", "a")
                n["second"] shouldBe 2
            }
        }

        test("${subject}E75 compensations of branches and items run too, newest first, and what they write stays") {
            val undone = ConcurrentLinkedQueue<Any?>()
            val right = CountDownLatch(1)
            subject.run(
                content = {
                    parallel(
                        "block",
                        "left" to {
                            step("l", undo = {
                                undone += it
                                increment("undone")
                            }) {
                                right.passed()
                                "left"
                            }
                        },
                        "right" to {
                            step("r", undo = {
                                undone += it
                                increment("undone")
                            }) { "right" }
                            does("then") { right.countDown() }
                        },
                    )
                    forEach("loop", { listOf(1, 2) }) { item ->
                        step("i", undo = {
                            undone += it
                            increment("undone")
                        }) { "item ${read(item)}" }
                    }
                    does("fail") { error("late") }
                },
            ) { run ->
                run.record().status() shouldBe RunStatus.COMPENSATED
                undone shouldContainExactly listOf("item 2", "item 1", "left", "right")
                run.context()["undone"] shouldBe 4L
            }
        }

        test("${subject}a cancelled run undoes what it did and ends CANCELLED") {
            val undone = ConcurrentLinkedQueue<Any?>()
            val told = Suspensions()
            val workflow =
                subject.flow {
                    step("book", undo = { undone += it }) { "booked" }
                    awaitSignal("never")
                    does("end")
                }
            subject.engine(subject.newStores(), workflow) { listener(told) }.use { engine ->
                val run = engine.start("case", "r", null)
                told.await()
                run.cancel("not wanted any more").get() shouldBe true
                run.ended().status() shouldBe RunStatus.CANCELLED
                run.record().failure().message() shouldContain "not wanted"
                undone shouldContainExactly listOf("booked")
            }
        }

        test(
            "${subject}E75 a crash at any commit of the compensations resumes them; what was undone is not undone again",
        ) {
            var commit = 0
            var isOver = false
            while (!isOver) {
                val stores = subject.newStores()
                val undone = ConcurrentLinkedQueue<Any?>()
                val workflow =
                    subject.flow {
                        booking(undone)
                        does("end")
                    }
                var count = 0
                val crashing = CrashingStore(stores.open(), true) { count++ == commit }
                subject.engine({ crashing }, workflow).use { engine ->
                    isOver = runCatching { engine.start("case", "r", null).ended() }.isSuccess
                }
                subject.engine(stores, workflow).use { engine ->
                    val run = engine.start("case", "r", null)
                    run.ended().status() shouldBe RunStatus.COMPENSATED
                    undone.distinct() shouldContainExactly listOf("hotel 2", "flight 1")
                    run.journal().filter { it.kind() == "compensation" && it.status() == StepStatus.COMPLETED }.map {
                        it.path()
                    } shouldContainExactly listOf("book_hotel#compensation", "book_flight#compensation")
                }
                commit++
            }
        }
    }
