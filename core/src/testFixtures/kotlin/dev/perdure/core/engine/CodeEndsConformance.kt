package dev.perdure.core.engine

import dev.perdure.core.ErrorCode
import dev.perdure.core.RunStatus
import dev.perdure.core.StepFailedException
import dev.perdure.core.StepStatus
import dev.perdure.core.testing.VirtualClock
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.time.Duration
import java.util.concurrent.CountDownLatch
import java.util.concurrent.atomic.AtomicBoolean

/** How workflow code fails, is cancelled, waits and calls, as every language, store and mode has to. */
fun codeEndsConformance(subject: CodeSubject) =
    funSpec {
        test("${subject}a failure that code caught is replayed to it, and the one that ended the run is tried again") {
            val n = Ledger()
            val stores = subject.newStores()
            val isMended = AtomicBoolean()
            val code: suspend Code.() -> Any? = {
                val way =
                    try {
                        step("risky", attempts = 2) {
                            n.ran("risky")
                            error("no")
                        }
                    } catch (failed: StepFailedException) {
                        "caught ${failed.failure().message()}"
                    }
                step("next") {
                    n.ran("next")
                    check(isMended.get()) { "not yet" }
                }
                way
            }
            subject.run(stores, code) { it.ended().status() shouldBe RunStatus.FAILED }
            isMended.set(true)
            subject.resume(stores, code) {
                it.retry().get()
                it.output() shouldBe "caught no"
            }
            listOf(n["risky"], n["next"]) shouldContainExactly listOf(2, 2)
        }

        test("${subject}J32 a cancel reaches a sleeping step, wins, and is undone by a retry only") {
            val n = Ledger()
            val stores = subject.newStores()
            val started = CountDownLatch(1)
            val code: suspend Code.() -> Any? = {
                step("first") { n.ran("first") }
                step("slow") {
                    if (n.ran("slow") == 1) {
                        started.countDown()
                        CountDownLatch(1).await()
                    }
                }
                "done"
            }
            subject.run(stores, code) { run ->
                started.passed()
                run.cancel("enough").get() shouldBe true
                run.ended().status() shouldBe RunStatus.CANCELLED
                run.statuses("slow") shouldContainExactly listOf(StepStatus.CANCELLED)
            }
            subject.resume(stores, code) { run ->
                run.status() shouldBe RunStatus.CANCELLED
                run.retry().get()
                run.output() shouldBe "done"
            }
            listOf(n["first"], n["slow"]) shouldContainExactly listOf(1, 2)
        }

        test(
            "${subject}J34 J35 FAIL_FAST cancels the other branches; both are tried again; a second block is another",
        ) {
            val n = Ledger()
            val stores = subject.newStores()
            val isMended = AtomicBoolean()
            val started = CountDownLatch(1)
            val code: suspend Code.() -> Any? = {
                parallel {
                    submit("bad") {
                        n.ran("bad")
                        if (!isMended.get()) {
                            started.passed()
                            error("bad")
                        }
                    }
                    submit("slow") {
                        n.ran("slow")
                        started.countDown()
                        if (!isMended.get()) CountDownLatch(1).await()
                        "slow"
                    }
                    await()
                }
                parallel {
                    val again = submit("slow") { "again" }
                    await()
                    again.get()
                }
            }
            subject.run(stores, code) {
                it.ended().status() shouldBe RunStatus.FAILED
                it.record().failure().message() shouldBe "bad"
                it.statuses("parallel/slow") shouldContainExactly listOf(StepStatus.CANCELLED)
            }
            isMended.set(true)
            subject.resume(stores, code) {
                it.retry().get()
                it.output() shouldBe "again"
                it.statuses("parallel#1/slow") shouldContainExactly listOf(StepStatus.COMPLETED)
            }
            listOf(n["bad"], n["slow"]) shouldContainExactly listOf(2, 2)
        }

        test("${subject}waits are spent out of memory, and survive engines") {
            val stores = subject.newStores()
            val clock = VirtualClock()
            val n = Ledger()
            val code: suspend Code.() -> Any? = {
                step("before") { n.ran("before") }
                sleep("nap", Duration.ofDays(3))
                val signal = awaitSignal("go", Duration.ofDays(1))
                val none = awaitSignal("never", Duration.ofHours(1))
                listOf(signal, none, step("after") { n.ran("after").toLong() })
            }
            val workflow = subject.code(code = code)
            subject.engine(stores, workflow) { clock(clock) }.use { engine ->
                engine.start("case", "r", null)
                clock.awaitTimer(Duration.ofDays(3))
                clock.advance(Duration.ofDays(1))
            }
            subject.engine(stores, workflow) { clock(clock) }.use { engine ->
                clock.awaitTimer(Duration.ofDays(2))
                val run = engine.find("r").get()
                run.signal("go", "early").get() shouldBe true
                clock.awaitTimer(Duration.ofDays(2))
                clock.advance(Duration.ofDays(2))
                clock.awaitTimer(Duration.ofHours(1))
                clock.advance(Duration.ofHours(1))
                run.output() shouldBe listOf("early", null, 1L)
                run.statuses("before") shouldContainExactly listOf(StepStatus.COMPLETED)
            }
            n["before"] shouldBe 1
        }

        test("${subject}J37 an engine finds the runs that are open and goes on with them") {
            val stores = subject.newStores()
            val n = Ledger()
            val hold = CountDownLatch(1)
            val isHeld = CountDownLatch(2)
            val workflow =
                subject.code {
                    step("work") {
                        n.ran("$input")
                        if (n["$input"] == 1 && input in listOf("b", "d")) {
                            isHeld.countDown()
                            hold.await()
                        }
                    }
                }
            val crashing = CrashingStore(stores.open(), false) { false }
            crashing.engine(workflow).use { engine ->
                val runs = listOf("a", "b", "c", "d", "e").map { engine.start("case", it, it) }
                isHeld.passed()
                listOf(0, 2, 4).forEach { runs[it].endsCompleted() }
            }
            hold.countDown()
            subject.engine(stores, workflow).use { engine ->
                listOf("b", "d").forEach { engine.find(it).get().endsCompleted() }
            }
            listOf("a", "b", "c", "d", "e").map { n[it] } shouldContainExactly listOf(1, 2, 1, 2, 1)
        }

        test(
            "${subject}E75 what code did is undone newest first, branches included, by an engine that did not do it too",
        ) {
            for (crash in listOf(null, "hotel#compensation", "parallel/flight#compensation")) {
                val stores = subject.newStores()
                val undone = java.util.concurrent.ConcurrentLinkedQueue<String>()
                val code: suspend Code.() -> Any? = {
                    parallel {
                        submit("flight", undo = { undone.add("flight $it") }) { "f1" }
                        await()
                    }
                    step("hotel", undo = { undone.add("hotel $it") }) { "h1" }
                    step("charge") { error("no money") }
                }
                if (crash == null) {
                    subject.run(stores, code) { it.ended().status() shouldBe RunStatus.COMPENSATED }
                } else {
                    subject.crashAt(stores, crash, true, code)
                    subject.resume(stores, code) {
                        it.ended().status() shouldBe RunStatus.COMPENSATED
                        it.record().failure().message() shouldBe "no money"
                    }
                }
                undone.toList() shouldContainExactly listOf("hotel h1", "flight f1")
            }
        }

        test("${subject}E76 code calls another workflow, and gives it up when it is cancelled") {
            val child = subject.code("child") { if (input == "wait") awaitSignal("never") else "child of $input" }
            val parent = subject.code("case") { call("kid", child, input) }
            subject.engine(subject.newStores(), parent, child).use { engine ->
                engine.start("case", "quick", "x").output() shouldBe "child of x"
                val told = Suspensions()
                engine.listen(told)
                val waiting = engine.start("case", "slow", "wait")
                told.await("never")
                waiting.cancel("enough").get() shouldBe true
                waiting.ended().status() shouldBe RunStatus.CANCELLED
            }
        }

        test("${subject}code is a node among others, which it reads and which read it") {
            val stores = subject.newStores()
            val n = Ledger()
            val workflow =
                subject.authoring.node(
                    "case",
                    { "before".also { n.ran("before") } },
                    { before ->
                        val one = step("one") { "one".also { n.ran("one") } }
                        step("two") {
                            n.ran("two")
                            append("log", "two")
                            "$before $one two"
                        }
                    },
                    { "$it after" },
                )
            for (path in listOf("before", "code/one", "code/two", "code", "after")) {
                val others = subject.newStores()
                val crashing = CrashingStore(others.open(), true, CrashingStore.at(path))
                crashing.engine(workflow).use {
                    it.startAsync("case", "r", null)
                    crashing.awaitCrash()
                }
                subject.engine(others, workflow).use { engine ->
                    val run = engine.find("r").get()
                    run.output() shouldBe "before one two after"
                    run.context() shouldBe mapOf("log" to listOf("two"))
                }
            }
            listOf("before", "one", "two").map { n[it] } shouldContainExactly listOf(5, 5, 5)
            subject.engine(stores, workflow).use { engine ->
                val run = engine.start("case", "r", null).endsCompleted()
                run.statuses("code") shouldContainExactly listOf(StepStatus.COMPLETED)
                run.rows("code")[0].kind() shouldBe "procedure"
            }
        }

        test(
            "${subject}a branch's limit of parallelism holds, and the code may wait for one branch before the others",
        ) {
            val most =
                java.util.concurrent.atomic
                    .AtomicInteger()
            val at =
                java.util.concurrent.atomic
                    .AtomicInteger()
            subject.run(
                code = {
                    parallel(max = 2) {
                        val futures =
                            (1..6).map { i ->
                                submit("b") {
                                    most.accumulateAndGet(at.incrementAndGet(), Math::max)
                                    at.decrementAndGet()
                                    i.toLong()
                                }
                            }
                        val third = futures[2].get()
                        await()
                        listOf(third, futures.sumOf { (it.get() as Number).toLong() })
                    }
                },
            ) { it.output() shouldBe listOf(3L, 21L) }
            (most.get() <= 2) shouldBe true
        }

        test("${subject}a branch that code leaves by an exception is cancelled") {
            subject.run(
                code = {
                    val started = CountDownLatch(1)
                    try {
                        parallel {
                            submit("left") {
                                started.countDown()
                                CountDownLatch(1).await()
                            }
                            step("beside") { started.passed() }
                            error("the code leaves")
                        }
                    } catch (left: IllegalStateException) {
                        left.message
                    }
                },
            ) {
                it.output() shouldBe "the code leaves"
                it.statuses("parallel/left") shouldContainExactly listOf(StepStatus.CANCELLED)
                it.statuses("parallel") shouldContainExactly listOf(StepStatus.CANCELLED)
            }
        }

        test("${subject}what cannot be is refused where it is asked for") {
            subject.run(code = { sleep("", Duration.ofSeconds(1)) }) {
                it.ended().failure().code() shouldBe ErrorCode.INVALID_DEFINITION
            }
            subject.run(
                code = {
                    parallel {
                        await()
                        submit("late") { 1 }
                        await()
                    }
                },
            ) { it.ended().failure().message() shouldContain "open another block" }
        }
    }
