package dev.perdure.core.engine

import dev.perdure.core.ErrorCode
import dev.perdure.core.PerdureException
import dev.perdure.core.RunStatus
import dev.perdure.core.insight.Fork
import dev.perdure.core.insight.Preflight.Outcome
import dev.perdure.core.insight.RunDiff.Aspect
import dev.perdure.core.testing.VirtualClock
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.time.Duration
import java.util.concurrent.CountDownLatch

/** What can be learnt of recorded runs, and made of them. */
fun insightConformance(subject: Subject) =
    funSpec {
        test("${subject}explain says what a run waits for, since when, and what wakes it") {
            val clock = VirtualClock()
            val begun = clock.now()
            val told = Suspensions()
            val workflow =
                subject.flow {
                    parallel(
                        "block",
                        "time" to { sleep("nap", Duration.ofHours(1)) },
                        "signal" to { awaitSignal("go", timeout = Duration.ofHours(2)) },
                        "child" to { call("child", "other") { null } },
                    )
                    does("end")
                }
            val other =
                subject.flow("other") {
                    awaitSignal("never")
                    does("end")
                }
            subject
                .engine(subject.newStores(), workflow, other) {
                    clock(clock)
                    listener(told)
                }.use { engine ->
                    val run = engine.start("case", "r", null)
                    told.await("never")
                    val reasons = run.explain().reasons().associateBy { it.path().toString() }
                    reasons.keys shouldBe setOf("block/time/nap", "block/signal/go", "block/child/child")
                    reasons["block/time/nap"]!!.due() shouldBe begun.plus(Duration.ofHours(1))
                    reasons["block/time/nap"]!!.since() shouldBe begun
                    reasons["block/signal/go"]!!.toString() shouldContain "signal [go]"
                    reasons["block/signal/go"]!!.toString() shouldContain "by signal("
                    reasons["block/child/child"]!!.what() shouldContain "\"other\""
                    run.pause("hold on").get()
                    run.explain().toString() shouldContain "by resume()"
                    run.cancel("over").get()
                    run.ended()
                    run
                        .explain()
                        .reasons()
                        .single()
                        .what() shouldContain "CANCELLED"
                }
        }

        test("${subject}contextAt shows the context around a node, at the top and inside of loops") {
            subject.run(
                content = {
                    does("first") { this["a"] = 1 }
                    forEach("loop", { listOf(10, 20) }) { does("add") { increment("a", 10) } }
                    does("last") { this["a"] = 0 }
                },
            ) { run ->
                run.endsCompleted()
                run.contextAt("first").before() shouldBe emptyMap()
                run.contextAt("first").after() shouldBe mapOf("a" to 1L)
                run.contextAt("loop[1]/add").before() shouldBe mapOf("a" to 11L)
                run.contextAt("loop").after() shouldBe mapOf("a" to 21L)
                run.contextAt("last").after() shouldBe mapOf("a" to 0L)
                shouldThrow<PerdureException> { run.contextAt("nowhere") }.code() shouldBe ErrorCode.INVALID_ARGUMENT
            }
        }

        test(
            "${subject}a fork keeps what was done before a node, with edits, and runs the rest again; the diff shows it",
        ) {
            val n = Ledger()
            val workflow =
                subject.flow {
                    val price =
                        step("price") {
                            n.ran("price")
                            this["currency"] = "EUR"
                            100
                        }
                    parallel(
                        "block",
                        "left" to { does("l") { n.ran("l") } },
                        "right" to { does("r") { n.ran("r") } },
                    )
                    step("charge") {
                        n.ran("charge")
                        "${read(price)} ${this["currency"]}"
                    }
                }
            subject.engine(subject.newStores(), workflow).use { engine ->
                val old = engine.start("case", "old", "in")
                old.output() shouldBe "100 EUR"
                val mended =
                    engine.fork(
                        "old",
                        "new",
                        Fork.from("charge").output("price", 12).context("currency", "CHF"),
                    )
                mended.output() shouldBe "12 CHF"
                listOf(n["price"], n["l"], n["r"], n["charge"]) shouldContainExactly listOf(1, 1, 1, 2)
                mended.rows("charge").single().attempt() shouldBe 1
                old.diff(mended).differences().map { it.path() to it.aspect() } shouldContainExactly
                    listOf("price" to Aspect.OUTPUT, "block" to Aspect.CHANGES, "charge" to Aspect.OUTPUT)
                old.diff(old).differences().shouldBeEmpty()
                mended.journal().single { it.kind() == "warning" }.detail()!! shouldContain "forked from run"
                engine.fork("old", "inner", Fork.from("block/right")).output() shouldBe "100 EUR"
                engine.fork("old", "anew", Fork.from("price").context("currency", "USD")).output() shouldBe "100 EUR"
                listOf(Fork.from("nowhere"), Fork.from("price").output("charge", 1)).forEach { wrong ->
                    shouldThrow<PerdureException> { engine.fork("old", "wrong", wrong) }.code() shouldBe
                        ErrorCode.INVALID_ARGUMENT
                }
                shouldThrow<PerdureException> { engine.fork("old", "new", Fork.from("charge")) }.code() shouldBe
                    ErrorCode.RUN_CONFLICT
                shouldThrow<PerdureException> { engine.fork("none", "x", Fork.from("charge")) }.code() shouldBe
                    ErrorCode.UNKNOWN_RUN
            }
        }

        test("${subject}a fork of a failed run goes on; what was recorded before is not run again") {
            val n = Ledger()
            val workflow =
                subject.flow {
                    does("first") { n.ran("first") }
                    does("second") { check(n.ran("second") > 1) { "not yet" } }
                }
            subject.engine(subject.newStores(), workflow).use { engine ->
                engine.start("case", "old", null).ended().status() shouldBe RunStatus.FAILED
                engine.fork("old", "new", Fork.from("second")).endsCompleted()
                listOf(n["first"], n["second"]) shouldContainExactly listOf(1, 2)
            }
        }

        test("${subject}preflight says which live runs new definitions would stop, and why, without running anything") {
            val told = CountDownLatch(2)
            val hears = EngineListener { if (it is EngineEvent.WaitStarted) told.countDown() }
            val n = Ledger()

            fun version(
                number: Int,
                first: String,
            ) = subject.flow("case", number) {
                does(first) { n.ran(first) }
                awaitSignal("go")
                does("end")
            }
            val stores = subject.newStores()
            subject
                .engine(
                    stores,
                    version(1, "one"),
                    subject.flow("gone") { awaitSignal("go") },
                ) { listener(hears) }
                .use {
                    it.start("case", "r", null)
                    it.start("gone", "g", null)
                    told.passed()
                }
            subject.engine(stores, version(1, "one")).use { engine ->
                engine.preflight(version(1, "one")).map { it.runId() to it.outcome() } shouldContainExactly
                    listOf("r" to Outcome.GOES_ON)
                val changed = engine.preflight(version(1, "other")).single()
                changed.outcome() shouldBe Outcome.INCOMPATIBLE
                changed.why() shouldContain "\"one\""
                changed.path().toString() shouldBe "one"
                engine.preflight(version(2, "other")).single().outcome() shouldBe Outcome.NO_VERSION
                val shorter =
                    subject.flow("case") {
                        does("one")
                    }
                engine.preflight(shorter).single().outcome() shouldBe Outcome.INCOMPATIBLE
                n["one"] shouldBe 1
            }
        }
    }
