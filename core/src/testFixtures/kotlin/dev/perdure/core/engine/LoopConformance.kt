package dev.perdure.core.engine

import dev.perdure.core.ErrorCode
import dev.perdure.core.Json
import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import dev.perdure.core.definition.ForEach.OnError
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.comparables.shouldBeLessThanOrEqualTo
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.util.concurrent.CountDownLatch
import java.util.concurrent.atomic.AtomicInteger

/** forEach and repeatUntil: E40 to E46. */
fun loopConformance(subject: Subject) =
    funSpec {
        test("${subject}E40 items run in order, and each sees what those before it wrote") {
            subject.run(
                content = {
                    forEach("loop", { listOf("item_1", "item_2", "item_3") }) { item ->
                        does("process") {
                            append("results", "${read(item)}_processed")
                            increment("processed_count")
                            append("seen", this["processed_count"])
                        }
                    }
                    does("end")
                },
            ) { run ->
                run.endsCompleted()
                run.context()["results"] shouldBe listOf("item_1_processed", "item_2_processed", "item_3_processed")
                run.context()["processed_count"] shouldBe 3L
                run.context()["seen"] shouldBe listOf(1L, 2L, 3L)
                run.rows("loop").single().kind() shouldBe "for_each"
                run.journal().filter { it.kind() == "item" }.map { it.iterationIndex() } shouldContainExactly
                    listOf(0, 1, 2)
            }
        }

        test("${subject}E41 increments of many items all count, one after the other or at once") {
            listOf(listOf(1, 2, 3) to 3L, (1..1000).toList() to 500_500L).forEach { (items, sum) ->
                listOf(1, 16).forEach { concurrency ->
                    subject.run(
                        content = {
                            forEach("loop", { items }, concurrency) { item ->
                                does("add") { increment("sum", if (sum == 3L) 1 else (read(item) as Number).toLong()) }
                            }
                            does("end")
                        },
                    ) { run -> run.endsCompleted().context()["sum"] shouldBe sum }
                }
            }
        }

        test("${subject}E42 results are in the order of the items, whatever finishes first") {
            val last = CountDownLatch(1)
            subject.run(
                content = {
                    forEach("loop", { listOf(1, 2, 3) }, concurrency = 3) { item ->
                        step("process") {
                            val value = (read(item) as Number).toLong()
                            if (value == 3L) last.countDown() else last.passed()
                            this["processed_value"] = value * 10
                            value * 10
                        }
                    }
                },
            ) { run ->
                run.output() shouldBe listOf(10L, 20L, 30L)
                run.context()["processed_value"] shouldBe 30L
            }
        }

        test("${subject}E43 FailFast ends the loop and the run; items behind the failure never run") {
            val n = Ledger()
            subject.run(
                content = {
                    forEach("loop", { listOf(1, 2, 3) }) { item ->
                        does("process") {
                            n.ran("item ${read(item)}")
                            check((read(item) as Number).toInt() != 2) { "two is wrong" }
                        }
                    }
                    does("next") { n.ran("next") }
                },
            ) { run ->
                run.record().status() shouldBe RunStatus.FAILED
                val failure = run.record().failure()
                failure.code() shouldBe ErrorCode.LOOP_FAILED
                failure.message() shouldContain "1 of 3 items failed: 1 ("
                failure.message() shouldContain "two is wrong"
                listOf(n["item 3"], n["next"]) shouldContainExactly listOf(0, 0)
                run.rows("loop[2]") shouldHaveSize 0
            }
        }

        test("${subject}E44 Continue keeps the failures by index, and the run goes on; Collect fails at the end") {
            OnError.entries.filter { it != OnError.FAIL_FAST }.forEach { onError ->
                val n = Ledger()
                subject.run(
                    content = {
                        forEach("loop", { listOf(1, 2, 3) }, onError = onError) { item ->
                            step("process") {
                                n.ran("item ${read(item)}")
                                check((read(item) as Number).toInt() != 2) { "two is wrong" }
                                read(item)
                            }
                        }
                        step("next") { this["loop_errors"] }
                    },
                ) { run ->
                    listOf(n["item 1"], n["item 2"], n["item 3"]) shouldContainExactly listOf(1, 1, 1)
                    if (onError == OnError.CONTINUE) {
                        val errors = run.output() as List<*>
                        (errors.single() as Map<*, *>)["index"] shouldBe 1L
                        Json.read(run.rows("loop").single().output()!!) shouldBe listOf(1L, null, 3L)
                    } else {
                        run.record().failure().message() shouldContain "1 of 3 items failed: 1 ("
                    }
                }
            }
        }

        test(
            "${subject}E45 an empty list is skipped, null and nested items are items, anything but a list is a failure",
        ) {
            fun looped(
                items: Any?,
                check: (Run) -> Unit,
            ) = subject.run(
                content = {
                    val list =
                        step("list") {
                            this["list"] = items
                            items
                        }
                    forEach("loop", list) { item -> step("process") { read(item) } }
                    forEach("again", "list") { item -> step("process") { read(item) } }
                },
                check = check,
            )
            looped(emptyList<Any>()) { it.output() shouldBe emptyList<Any>() }
            listOf(listOf(1L, null, 3L), listOf(listOf(1L, listOf(2L)), mapOf("a" to 1L))).forEach { items ->
                looped(items) { it.output() shouldBe items }
            }
            listOf("text", 7, null, mapOf("a" to 1)).forEach { items ->
                looped(items) { run ->
                    run.record().status() shouldBe RunStatus.FAILED
                    run.record().failure().code() shouldBe ErrorCode.INVALID_ITEMS
                    run.record().failure().message() shouldContain "must be a list"
                    if (items == null) run.record().failure().message() shouldContain "null"
                }
            }
        }

        test("${subject}E46 a slow item holds up one place of the window, not the others") {
            val others = CountDownLatch(5)
            val active = AtomicInteger()
            val most = AtomicInteger()
            subject.run(
                content = {
                    forEach("loop", { (0..5).toList() }, concurrency = 2) { item ->
                        does("process") {
                            most.accumulateAndGet(active.incrementAndGet(), Math::max)
                            if ((read(item) as Number).toInt() == 0) others.passed() else others.countDown()
                            active.decrementAndGet()
                        }
                    }
                },
            ) { run ->
                run.endsCompleted()
                most.get() shouldBeLessThanOrEqualTo 2
            }
        }

        test("${subject}a retried run runs the failed items again, and no other") {
            val n = Ledger()
            val stores = subject.newStores()
            val workflow =
                subject.flow {
                    forEach("loop", { listOf(1, 2, 3, 4) }, concurrency = 2, onError = OnError.COLLECT) { item ->
                        step("process") {
                            val times = n.ran("item ${read(item)}")
                            check((read(item) as Number).toInt() % 2 == 0 || times > 1) { "odd" }
                            read(item)
                        }
                    }
                }
            subject.engine(stores, workflow).use { engine ->
                engine.start("case", "r", null).ended().status() shouldBe RunStatus.FAILED
            }
            subject.engine(stores, workflow).use { engine ->
                val run = engine.find("r").get()
                run.retry().get()
                run.output() shouldBe listOf(1L, 2L, 3L, 4L)
                (1..4).map { n["item $it"] } shouldContainExactly listOf(2, 1, 2, 1)
            }
        }

        test("${subject}a loop repeats until its condition holds, with its context and its last output") {
            subject.run(
                content = {
                    repeatUntil("poll", 10, { (this["count"] as Number).toInt() == 3 }) {
                        step("ask") {
                            increment("count")
                            "answer ${this["count"]}"
                        }
                    }
                },
            ) { run ->
                run.output() shouldBe "answer 3"
                run.rows("poll[2]#until").single().output() shouldBe "true"
                run.statuses("poll[3]/ask") shouldContainExactly emptyList<StepStatus>()
            }
        }

        test("${subject}a loop that does not end within its bound fails, and a retry gives it the bound again") {
            val n = Ledger()
            val stores = subject.newStores()
            val workflow =
                subject.flow {
                    repeatUntil("poll", 3, { n["ask"] > 4 }) { does("ask") { n.ran("ask") } }
                }
            subject.engine(stores, workflow).use { engine ->
                val run = engine.start("case", "r", null)
                run.ended().failure().code() shouldBe ErrorCode.LIMIT_EXCEEDED
                n["ask"] shouldBe 3
                run.retry().get()
                run.endsCompleted()
                n["ask"] shouldBe 5
            }
        }
    }
