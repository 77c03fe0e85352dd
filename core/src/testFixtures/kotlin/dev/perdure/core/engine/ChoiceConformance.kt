package dev.perdure.core.engine

import dev.perdure.core.ErrorCode
import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain

/** choose and decide: E50 to E56, E19. */
fun choiceConformance(subject: Subject) =
    funSpec {
        test("${subject}E50 only the clause of the value runs; without one the otherwise clause, or none") {
            listOf("invoice" to "invoice", "contract" to "contract", "other" to null).forEach { (type, taken) ->
                listOf(true, false).forEach { hasOtherwise ->
                    val n = Ledger()

                    fun clause(
                        value: String?,
                        name: String,
                    ): Pair<Any?, Nodes.() -> Unit> = Pair(value) { does("process_$name") { n.ran(name) } }
                    val clauses =
                        listOf(clause("invoice", "invoice"), clause("contract", "contract")) +
                            if (hasOtherwise) listOf(clause(null, "any")) else emptyList()
                    subject.run(
                        type,
                        {
                            chooseBy("kind", { input }, *clauses.toTypedArray())
                            does("next") { n.ran("next") }
                        },
                    ) { run ->
                        run.endsCompleted()
                        val expected = listOf("invoice", "contract").map { if (it == taken) 1 else 0 }
                        listOf(n["invoice"], n["contract"]) shouldContainExactly expected
                        n["any"] shouldBe if (taken == null && hasOtherwise) 1 else 0
                        n["next"] shouldBe 1
                        val row = run.rows("kind").single()
                        row.branchTaken() shouldBe (taken ?: if (hasOtherwise) "otherwise" else null)
                        row.conditionResult() shouldBe (taken != null).toString()
                    }
                }
            }
        }

        test(
            "${subject}E51 a clause's steps run in order, by a condition on the context; a condition that throws fails the run",
        ) {
            val n = Ledger()
            subject.run(
                content = {
                    does("set") { this["amount"] = 1500 }
                    choose(
                        "size",
                        Triple("small", { (this["amount"] as Number).toInt() <= 1000 }, { does("no") { n.ran("no") } }),
                        Triple("large", { (this["amount"] as Number).toInt() > 1000 }, {
                            does("first") { append("order", "first") }
                            does("second") { append("order", "second") }
                        }),
                    )
                    does("end")
                },
            ) { run ->
                run.endsCompleted().context()["order"] shouldBe listOf("first", "second")
                n["no"] shouldBe 0
            }
            subject.run(
                content = {
                    choose("size", Triple("a", { error("cannot say") }, { does("no") { n.ran("no") } }))
                    does("end") { n.ran("end") }
                },
            ) { run ->
                run.record().status() shouldBe RunStatus.FAILED
                run.record().failure().message() shouldContain "cannot say"
                listOf(n["no"], n["end"]) shouldContainExactly listOf(0, 0)
            }
        }

        test("${subject}E55 a decision skips what lies between, and its row names its target") {
            listOf(1500 to 0, 500 to 1).forEach { (amount, times) ->
                val n = Ledger()
                subject.run(
                    amount,
                    {
                        does("setup") { this["amount"] = input }
                        decide("route", listOf("manager_approval")) {
                            if ((this["amount"] as Number).toInt() > 1000) "manager_approval" else null
                        }
                        does("auto_approve") { n.ran("auto_approve") }
                        does("manager_approval") { n.ran("manager_approval") }
                    },
                ) { run ->
                    run.endsCompleted()
                    listOf(n["auto_approve"], n["manager_approval"]) shouldContainExactly listOf(times, 1)
                    val row = run.rows("route").single()
                    row.kind() shouldBe "decide"
                    row.branchTaken() shouldBe if (times == 0) "manager_approval" else null
                }
            }
        }

        test("${subject}E56 a decision goes over several nodes; to an unknown one, itself or back, it fails clearly") {
            val n = Ledger()
            subject.run(
                content = {
                    decide("route") { "end" }
                    (1..3).forEach { i -> does("skipped$i") { n.ran("skipped") } }
                    does("end")
                },
            ) { it.endsCompleted() }
            n["skipped"] shouldBe 0
            listOf("nowhere", "route", "first").forEach { target ->
                subject.run(
                    content = {
                        does("first") { n.ran("first") }
                        decide("route") { target }
                        does("end") { n.ran("end") }
                    },
                ) { run ->
                    run.record().status() shouldBe RunStatus.FAILED
                    run.record().failure().code() shouldBe ErrorCode.INVALID_TARGET
                    run.record().failure().message() shouldContain "[end]"
                    run.statuses("route") shouldContainExactly listOf(StepStatus.FAILED)
                }
            }
            listOf(n["first"], n["end"]) shouldContainExactly listOf(3, 0)
        }

        test("${subject}a decision goes back as often as it says, and what runs again has paths of its own") {
            val n = Ledger()
            subject.run(
                content = {
                    val asked = step("ask") { n.ran("ask") }
                    does("note") { append("seen", read(asked)) }
                    decide("again", backTo = "ask" to 2) { if ((read(asked) as Number).toInt() < 3) "ask" else null }
                    step("end") { read(asked) }
                },
            ) { run ->
                run.endsCompleted().record().output() shouldBe "3"
                run.context()["seen"] shouldBe listOf(1L, 2L, 3L)
                run.journal().filter { it.status() == StepStatus.COMPLETED }.map { it.path() } shouldContainExactly
                    listOf("ask", "note", "again", "ask#1", "note#1", "again#1", "ask#2", "note#2", "again#2", "end")
            }
            subject.run(
                content = {
                    does("ask")
                    decide("again", backTo = "ask" to 2) { "ask" }
                    does("end")
                },
            ) { run -> run.record().failure().message() shouldContain "at most 2" }
        }

        test("${subject}E19 blocks, loops and choices nest in each other, and resume wherever they were") {
            val stores = subject.newStores()
            val n = Ledger()
            val workflow =
                subject.flow {
                    choose(
                        "outer",
                        Triple("yes", { true }, {
                            parallel(
                                "block",
                                "left" to {
                                    forEach("items", { listOf("a", "b") }, concurrency = 2) { item ->
                                        chooseBy(
                                            "kind",
                                            { read(item) },
                                            "a" to { does("one") { append("seen", "${n.ran(path)} ${read(item)}") } },
                                            "b" to {
                                                parallel(
                                                    "inner",
                                                    "x" to { does("two") { append("seen", "${n.ran(path)} b") } },
                                                    "y" to { does("three") { increment("count") } },
                                                )
                                            },
                                        )
                                        does("last")
                                    }
                                },
                                "right" to {
                                    repeatUntil("again", 5, { (this["right"] as Number).toInt() == 2 }) {
                                        does("count") { increment("right") }
                                    }
                                },
                            )
                        }),
                    )
                    does("end")
                }
            val expected =
                mapOf("seen" to listOf("1 a", "1 b"), "count" to 1L, "right" to 2L)
            var commit = 0
            var isOver = false
            while (!isOver) {
                n.clear()
                val fresh = subject.newStores()
                var count = 0
                val crashing = CrashingStore(fresh.open(), true) { count++ == commit }
                subject.engine({ crashing }, workflow).use { engine ->
                    isOver =
                        runCatching { engine.start("case", "r", null).ended().status() == RunStatus.COMPLETED }
                            .getOrDefault(false)
                }
                val recorded = fresh.open().use { store -> store.journal("r").count { it.path().endsWith("/two") } }
                subject.engine(fresh, workflow).use { engine ->
                    val context = engine.start("case", "r", null).endsCompleted().context()
                    (context["seen"] as List<*>).map { it.toString().last() } shouldContainExactly listOf('a', 'b')
                    context - "seen" shouldBe expected - "seen"
                    if (recorded > 0) n["outer/yes/block/left/items[1]/kind/b/inner/x/two"] shouldBe 1
                }
                commit++
            }
            subject.engine(stores, workflow).use { engine ->
                n.clear()
                engine.start("case", "s", null).endsCompleted().context() shouldBe expected
            }
        }
    }
