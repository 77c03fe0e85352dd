package dev.perdure.dsl.json

import dev.perdure.core.ErrorCode
import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import dev.perdure.core.engine.CrashingStore
import dev.perdure.core.engine.Ledger
import dev.perdure.core.engine.ended
import dev.perdure.core.engine.endsCompleted
import dev.perdure.core.engine.engine
import dev.perdure.core.engine.failure
import dev.perdure.core.engine.output
import dev.perdure.core.engine.statuses
import io.kotest.core.spec.style.funSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.awaitCancellation

private const val ITEMS = "\${workflow.input.items}"
private val item = mapOf("item" to "\${loop.item}")

private fun items(vararg items: Any?) = mapOf("items" to items.toList())

/** `items[1]`, with `n[item 2]` runs of item 2. */
private fun Ledger.ofItems(vararg items: Any) = items.map { this["item $it"] }

/** An agent that counts each item apart, and fails for those of [failing], but not the second time. */
private fun Ledger.processing(vararg failing: Long): Agents =
    cast("z") {
        agent("b") { input ->
            val times = ran("item ${input["item"]}")
            check(input["item"] !in failing.toList() || times > 1) { "item ${input["item"]} is bad" }
            mapOf("v" to input["item"])
        }
    }

/** Loops of the JSON format: P22 to P37. */
fun jsonLoopConformance(subject: JsonSubject) =
    funSpec {
        test("${subject}P22 iterations run in order and know where they are") {
            val n = Ledger()
            val agents = agents { counted(n, "b") { it.input } }
            val input =
                listOf("item", "index", "total", "is_first", "is_last").associateWith { "\${loop.$it}" }
            subject.run(
                workflow(agents, loop("l", ITEMS, listOf("b")), agent("b", input = input)),
                items(1, 2, 3),
            ) { run ->
                val iterations =
                    (0L..2L).map {
                        mapOf(
                            "item" to it + 1,
                            "index" to it,
                            "total" to 3L,
                            "is_first" to (it == 0L),
                            "is_last" to (it == 2L),
                        )
                    }
                run.output() shouldBe mapOf("iterations" to iterations, "total_count" to 3L, "failed_count" to 0L)
                n["b"] shouldBe 3
            }
        }

        test("${subject}P23 parallel iterations keep the items' order, whatever finishes first") {
            val gauge = Gauge(2)
            val isLaterDone = CompletableDeferred<Unit>()
            val agents =
                agents {
                    agent("b") { input ->
                        gauge.pass {
                            val number = input["item"] as Long
                            if (number == 1L) isLaterDone.opened()
                            if (number == 2L) isLaterDone.complete(Unit)
                            number
                        }
                    }
                }
            val loop = loop("l", ITEMS, listOf("b"), null, "execution_mode" to "parallel", "max_parallelism" to 2)
            subject.run(workflow(agents, loop, agent("b", input = item)), items(1, 2, 3, 4)) { run ->
                (run.output() as Map<*, *>)["iterations"] shouldBe listOf(1L, 2L, 3L, 4L)
            }
            gauge.peak shouldBe 2
        }

        test("${subject}P25 a body step sees the values of its own iteration") {
            listOf("sequential", "parallel").forEach { mode ->
                val n = Ledger()
                val agents =
                    agents {
                        counted(n, "b1") { mapOf("r" to (it["item"] as Long) * 10) }
                        counted(n, "b2") { it.input }
                    }
                val steps =
                    arrayOf(
                        loop("l", ITEMS, listOf("b1", "b2"), null, "execution_mode" to mode),
                        agent("b1", input = item),
                        agent("b2", input = mapOf("own" to "\${b1.output.r}")),
                    )
                subject.run(workflow(agents, *steps), items(1, 2, 3)) { run ->
                    (run.output() as Map<*, *>)["iterations"] shouldBe listOf(10L, 20L, 30L).map { mapOf("own" to it) }
                    listOf("b1", "b2").map { n[it] } shouldContainExactly listOf(3, 3)
                }
            }
        }

        test("${subject}P27, P37 an empty list has no iterations; what is no list fails the loop") {
            val n = Ledger()
            val steps = arrayOf(loop("l", ITEMS, listOf("b"), "z"), agent("b", input = item), agent("z"))
            subject.run(workflow(n.processing(), *steps), items()) { run ->
                run.endsCompleted()
                run.recorded("l#yield") shouldBe
                    mapOf("iterations" to emptyList<Any>(), "total_count" to 0L, "failed_count" to 0L)
                n["z"] shouldBe 1
            }
            listOf(null, "text", 5, mapOf("a" to 1)).forEach { found ->
                subject.run(workflow(n.processing(), *steps), mapOf("items" to found)) { run ->
                    run.ended().status() shouldBe RunStatus.FAILED
                    run.ended().failure().code() shouldBe ErrorCode.INVALID_ITEMS
                    run.ended().failure().message() shouldContain "$ITEMS must resolve to a list"
                    n["z"] shouldBe 1
                }
            }
        }

        test("${subject}P28 max_iterations cuts the list before anything of it is seen") {
            val n = Ledger()
            val agents = agents { counted(n, "b") { it.input } }
            val input = mapOf("total" to "\${loop.total}", "is_last" to "\${loop.is_last}")
            val loop = loop("l", ITEMS, listOf("b"), null, "max_iterations" to 2)
            subject.run(workflow(agents, loop, agent("b", input = input)), items(1, 2, 3)) { run ->
                (run.output() as Map<*, *>)["iterations"] shouldBe
                    listOf(mapOf("total" to 2L, "is_last" to false), mapOf("total" to 2L, "is_last" to true))
                n["b"] shouldBe 2
            }
        }

        test("${subject}P29 stop ends the loop with the first failure, which it names") {
            val n = Ledger()
            val steps =
                arrayOf(loop("l", ITEMS, listOf("b"), "z", "on_error" to "stop"), agent("b", input = item), agent("z"))
            subject.run(workflow(n.processing(2, 3), *steps), items(1, 2, 3, 4)) { run ->
                run.ended().status() shouldBe RunStatus.FAILED
                run.ended().failure().message() shouldContain "1 of 4 items failed: 1 ("
                run.ended().failure().message() shouldContain "item 2 is bad"
                n.ofItems(1, 2, 3, 4) shouldContainExactly listOf(1, 1, 0, 0)
            }
        }

        test("${subject}stop cancels the parallel iterations that run, and starts no more") {
            val n = Ledger()
            val isSlowThere = CompletableDeferred<Unit>()
            val agents =
                agents {
                    agent("b") { input ->
                        n.ran("item ${input["item"]}")
                        if (input["item"] == 1L) isSlowThere.complete(Unit).let { awaitCancellation() }
                        isSlowThere.opened()
                        error("bad")
                    }
                }
            val loop = loop("l", ITEMS, listOf("b"), null, "execution_mode" to "parallel", "max_parallelism" to 2)
            subject.run(workflow(agents, loop, agent("b", input = item)), items(1, 2, 3)) { run ->
                run.ended().status() shouldBe RunStatus.FAILED
                run.statuses("l[0]/b") shouldContainExactly listOf(StepStatus.CANCELLED)
                n.ofItems(1, 2, 3) shouldContainExactly listOf(1, 1, 0)
            }
        }

        test("${subject}P31 continue completes the loop with the errors in their places") {
            val n = Ledger()
            val steps =
                arrayOf(
                    loop("l", ITEMS, listOf("b"), "z", "on_error" to "continue"),
                    agent("b", input = item),
                    agent("z"),
                )
            subject.run(workflow(n.processing(2, 3), *steps), items(1, 2, 3, 4)) { run ->
                run.endsCompleted()
                val output = run.recorded("l#yield") as Map<*, *>
                output["failed_count"] shouldBe 2L
                val iterations = output["iterations"] as List<*>
                listOf(iterations[0], iterations[3]) shouldBe listOf(mapOf("v" to 1L), mapOf("v" to 4L))
                iterations[1] shouldBe
                    mapOf(
                        "error" to
                            mapOf(
                                "type" to "java.lang.IllegalStateException",
                                "message" to "item 2 is bad",
                                "path" to "l[1]/b",
                            ),
                    )
                n.ofItems(1, 2, 3, 4) shouldContainExactly listOf(1, 1, 1, 1)
                n["z"] shouldBe 1
            }
        }

        test("${subject}P32 collect fails at the end and lists all failures; a retry runs those alone") {
            val n = Ledger()
            val steps = arrayOf(loop("l", ITEMS, listOf("b"), null, "on_error" to "collect"), agent("b", input = item))
            subject.retried(
                workflow(n.processing(2, 3), *steps),
                items(1, 2, 3, 4),
                failed = { run ->
                    val message = run.record().failure().message()
                    message shouldContain "2 of 4 items failed: 1 ("
                    message shouldContain ", 2 ("
                    n.ofItems(1, 2, 3, 4) shouldContainExactly listOf(1, 1, 1, 1)
                },
            ) { run ->
                (run.output() as Map<*, *>)["failed_count"] shouldBe 0L
                n.ofItems(1, 2, 3, 4) shouldContainExactly listOf(1, 2, 2, 1)
            }
        }

        test("${subject}P33 a retry after stop goes on with the item that failed") {
            val n = Ledger()
            val steps = arrayOf(loop("l", ITEMS, listOf("b"), null, "on_error" to "stop"), agent("b", input = item))
            subject.retried(workflow(n.processing(3), *steps), items(1, 2, 3, 4)) { run ->
                (run.output() as Map<*, *>)["iterations"] shouldBe (1L..4L).map { mapOf("v" to it) }
                n.ofItems(1, 2, 3, 4) shouldContainExactly listOf(1, 1, 2, 1)
            }
        }

        test("${subject}P35 after a crash in a loop its list is the recorded one") {
            val n = Ledger()
            val agents =
                agents {
                    counted(n, "producer") { call -> mapOf("list" to List(3) { it + 10 * call.times }) }
                    counted(n, "b") { it["item"] }
                }
            val steps =
                arrayOf(
                    agent("producer", "l"),
                    loop("l", "\${producer.output.list}", listOf("b")),
                    agent("b", input = item),
                )
            val stores = subject.newStores()
            val workflow = workflow(agents, *steps)
            val crashing = CrashingStore(stores.open(), true, CrashingStore.at("l[1]/b"))
            crashing.engine(workflow).use {
                it.startAsync("wf", "r", null)
                crashing.awaitCrash()
            }
            subject.engine(stores, workflow).use { engine ->
                val output = engine.find("r").get().output() as Map<*, *>
                output["iterations"] shouldBe listOf(10L, 11L, 12L)
                n["producer"] shouldBe 1
            }
        }

        test("${subject}P36 a collection may lie deep in the input") {
            val agents = agents { agent("b") { it["item"] } }
            val loop = loop("l", "\${workflow.input.a.items}", listOf("b"))
            subject.run(workflow(agents, loop, agent("b", input = item)), mapOf("a" to items(7))) { run ->
                (run.output() as Map<*, *>)["iterations"] shouldBe listOf(7L)
            }
        }

        test("${subject}a loop in a loop speaks of its own items, and the outer's steps are those of its iteration") {
            val agents =
                agents {
                    agent("o") { mapOf("n" to it["item"]) }
                    agent("i") { it }
                }
            val steps =
                arrayOf(
                    loop("outer", ITEMS, listOf("o", "inner"), null, "execution_mode" to "parallel"),
                    agent("o", input = mapOf("item" to "\${loop.index}")),
                    loop("inner", "\${loop.item}", listOf("i"), null, "execution_mode" to "parallel"),
                    agent(
                        "i",
                        input =
                            mapOf(
                                "outer" to "\${o.output.n}",
                                "item" to "\${loop.item}",
                                "of" to "\${loop.total}",
                            ),
                    ),
                )
            subject.run(workflow(agents, *steps), items(listOf("a", "b"), listOf("c"))) { run ->
                val inner =
                    ((run.output() as Map<*, *>)["iterations"] as List<*>).map {
                        (it as Map<*, *>)["iterations"]
                    }
                inner shouldBe
                    listOf(
                        listOf(
                            mapOf("outer" to 0L, "item" to "a", "of" to 2L),
                            mapOf("outer" to 0L, "item" to "b", "of" to 2L),
                        ),
                        listOf(mapOf("outer" to 1L, "item" to "c", "of" to 1L)),
                    )
            }
        }

        test("${subject}every kind of block runs in a loop, with the values of its own iteration") {
            val agents =
                agents {
                    agent("first") { mapOf("v" to it["item"]) }
                    listOf("a", "b", "t", "x", "y").forEach { name -> agent(name) { mapOf(name to it["v"]) } }
                    agent("last") { it }
                }
            val own = mapOf("v" to "\${first.output.v}")
            val last =
                mapOf(
                    "p" to "\${p.output}",
                    "c" to "\${c.output.branch_output.t}",
                    "f" to "\${f.output.fx.x}",
                    "a" to "\${a.output.a}",
                )
            val steps =
                arrayOf(
                    loop("l", ITEMS, listOf("first", "p", "c", "f", "last"), null, "execution_mode" to "parallel"),
                    agent("first", input = item),
                    parallel("p", listOf("a", "b")),
                    conditional("c", "\${first.output.v} > 0", "t"),
                    fork("f", mapOf("fx" to listOf("x"), "fy" to listOf("y")), "all"),
                    *listOf("a", "b", "t", "x", "y").map { agent(it, input = own) }.toTypedArray(),
                    agent("last", input = last),
                )
            subject.run(workflow(agents, *steps), items(1, 2)) { run ->
                (run.output() as Map<*, *>)["iterations"] shouldBe
                    listOf(1L, 2L).map { v ->
                        mapOf(
                            "p" to mapOf("a" to mapOf("a" to v), "b" to mapOf("b" to v)),
                            "c" to v,
                            "f" to v,
                            "a" to v,
                        )
                    }
            }
        }
    }
