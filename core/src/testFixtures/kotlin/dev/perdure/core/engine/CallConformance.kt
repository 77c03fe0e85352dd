package dev.perdure.core.engine

import dev.perdure.core.ErrorCode
import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import dev.perdure.core.spi.RunQuery
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.util.concurrent.CountDownLatch

/** Child runs: E76. */
fun callConformance(subject: Subject) =
    funSpec {
        fun child(body: Seen.() -> Any?) = subject.flow("child") { step("work", body = body) }

        fun parent() =
            subject.flow("parent") {
                val got = call("call", "child") { input }
                step("end") { listOf("got", read(got)) }
            }

        test("${subject}E76 a call yields its child's output; the child is a run of its own, started once") {
            subject.engine(subject.newStores(), parent(), child { "did $input" }).use { engine ->
                engine.start("parent", "p", "this").output() shouldBe listOf("got", "did this")
                engine.list(RunQuery.all()).map { it.id() to it.workflow() } shouldContainExactlyInAnyOrder
                    listOf("p" to "parent", "p/call" to "child")
                engine
                    .find("p/call")
                    .get()
                    .record()
                    .parent() shouldBe "p"
            }
        }

        test("${subject}E76 a child that fails fails the call; a retried parent retries it, and only it") {
            val n = Ledger()
            val child = child { if (n.ran("work") == 1) error("not yet") else "done" }
            subject.engine(subject.newStores(), parent(), child).use { engine ->
                val run = engine.start("parent", "p", null)
                val failure = run.ended().failure()
                failure.code() shouldBe ErrorCode.CHILD_FAILED
                failure.message() shouldContain "not yet"
                run.retry().get()
                run.output() shouldBe listOf("got", "done")
                n["work"] shouldBe 2
            }
        }

        test("${subject}a call of a workflow that is not registered fails and names it") {
            subject.engine(subject.newStores(), parent()).use { engine ->
                val failure = engine.start("parent", "p", null).ended().failure()
                failure.code() shouldBe ErrorCode.CHILD_FAILED
                failure.message() shouldContain "\"child\""
            }
        }

        test("${subject}E76 a cancel goes down to children of children, each ended before its parent") {
            val started = CountDownLatch(1)
            val c =
                subject.flow("c") {
                    does("work") {
                        started.countDown()
                        CountDownLatch(1).await()
                    }
                }
            val b = subject.flow("b") { call("call", "c") { null } }
            val a = subject.flow("a") { call("call", "b") { null } }
            subject.engine(subject.newStores(), a, b, c).use { engine ->
                val run = engine.start("a", "r", null)
                started.passed()
                run.cancel("enough").get() shouldBe true
                run.ended().status() shouldBe RunStatus.CANCELLED
                listOf("r/call", "r/call/call").forEach {
                    engine.find(it).get().status() shouldBe RunStatus.CANCELLED
                }
                run.statuses("call") shouldContainExactly listOf(StepStatus.CANCELLED)
            }
        }

        test("${subject}a child that is cancelled by itself fails the call") {
            val told = Suspensions()
            val child =
                subject.flow("child") {
                    awaitSignal("never")
                    does("end")
                }
            subject.engine(subject.newStores(), parent(), child) { listener(told) }.use { engine ->
                val run = engine.start("parent", "p", null)
                told.await("never")
                engine
                    .find("p/call")
                    .get()
                    .cancel("no")
                    .get() shouldBe true
                run.ended().failure().message() shouldContain "CANCELLED"
            }
        }

        test("${subject}a detached child goes on by itself, and the call yields its id") {
            val gate = CountDownLatch(1)
            val parent =
                subject.flow("parent") {
                    val id = callDetached("call", "child") { input }
                    step("end") { read(id) }
                }
            subject
                .engine(
                    subject.newStores(),
                    parent,
                    child {
                        gate.passed()
                        "through"
                    },
                ).use { engine ->
                    engine.start("parent", "p", null).output() shouldBe "p/call"
                    gate.countDown()
                    engine.find("p/call").get().endsCompleted()
                }
        }

        test(
            "${subject}E76 a crash at any commit of parent, child or grandchild starts none twice and loses no result",
        ) {
            var commit = 0
            var isOver = false
            while (!isOver) {
                val stores = subject.newStores()
                val n = Ledger()
                val workflows =
                    arrayOf(
                        subject.flow("top") {
                            val got = call("call", "parent") { input }
                            step("end") { read(got) }
                        },
                        parent(),
                        child { "did $input ${n.ran("work")}" },
                    )
                var count = 0
                val crashing = CrashingStore(stores.open(), true) { count++ == commit }
                subject.engine({ crashing }, *workflows).use { engine ->
                    isOver = runCatching { engine.start("top", "r", "x").ended() }.isSuccess
                }
                subject.engine(stores, *workflows).use { engine ->
                    val output = engine.start("top", "r", "x").output() as List<*>
                    output.first() shouldBe "got"
                    engine.list(RunQuery.all()).map { it.id() } shouldContainExactlyInAnyOrder
                        listOf("r", "r/call", "r/call/call")
                }
                commit++
            }
        }
    }
