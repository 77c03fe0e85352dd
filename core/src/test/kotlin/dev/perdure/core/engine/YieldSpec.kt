package dev.perdure.core.engine

import dev.perdure.core.Path
import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import dev.perdure.core.definition.Choose
import dev.perdure.core.definition.ForEach
import dev.perdure.core.definition.ForEach.OnError
import dev.perdure.core.definition.Sequence
import dev.perdure.core.definition.Workflow
import dev.perdure.core.engine.HandMade.read
import dev.perdure.core.engine.HandMade.step
import dev.perdure.core.memory.MemoryStore
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import java.util.concurrent.CountDownLatch

/** Choices and loops that make an output of their own. */
class YieldSpec :
    FunSpec({
        val loop = Path.ROOT.child("loop")
        val choice = Path.ROOT.child("choice")

        fun looped(
            items: List<Any?>,
            onError: OnError = OnError.CONTINUE,
            concurrency: Int = 2,
            yielded: () -> Unit = {},
        ): Workflow<*, *> {
            val body =
                step("process") {
                    val item = read(loop.eachItem().part(ForEach.ITEM)) as Long
                    check(item >= 0) { "below zero" }
                    item * 10
                }
            val yield =
                step("yield") {
                    yielded()
                    items.indices.map { index ->
                        val item = path().parent()!!.item(index)
                        failure(item)?.message() ?: read(item.child("process"))
                    }
                }
            val node =
                ForEach("loop", step("items") { items }, Sequence("loop", listOf(body)), concurrency, onError, yield)
            return HandMade.workflow(Path.ROOT.child("last"), node, step("last") { read(loop.part(ForEach.YIELD)) })
        }

        fun chosen(
            clause: String?,
            yielded: () -> Unit = {},
        ): Workflow<*, *> {
            val clauses =
                listOf(
                    "a",
                    "b",
                ).map { Sequence(it, listOf(step("$it-step") { it }), choice.child(it).child("$it-step")) }
            val yield =
                step("yield") {
                    yielded()
                    val taken = read(choice.part(Choose.CHOICE)) as String?
                    mapOf("taken" to taken, "output" to taken?.let { read(choice.child(it).child("$it-step")) })
                }
            val node = Choose("choice", step("choice") { clause }, clauses, "b", yield)
            return HandMade.workflow(Path.ROOT.child("last"), node, step("last") { read(choice.part(Choose.YIELD)) })
        }

        fun run(
            workflow: Workflow<*, *>,
            check: (Run) -> Unit,
        ) = MemoryStore().engine(workflow).use { check(it.start("case", "r", null)) }

        test("a loop's yield sees how each item ended, and is read after the loop") {
            run(looped(listOf(1L, -1L, 3L))) { run ->
                run.output() shouldBe listOf(10L, "below zero", 30L)
                run.rows("loop").single().output() shouldBe null
                run.rows("loop#yield").single().kind() shouldBe "yield"
            }
            run(looped(emptyList())) { it.output() shouldBe emptyList<Any>() }
        }

        test("a loop that fails yields nothing") {
            listOf(OnError.FAIL_FAST, OnError.COLLECT).forEach { onError ->
                run(looped(listOf(-1L), onError)) { run ->
                    run.ended().status() shouldBe RunStatus.FAILED
                    run.rows("loop#yield") shouldBe emptyList()
                }
            }
        }

        test("a choice's yield sees which clause ran, or that none did") {
            run(chosen("a")) { run ->
                run.output() shouldBe mapOf("taken" to "a", "output" to "a")
                run.rows("choice").single().output() shouldBe null
            }
            run(chosen(null)) { it.output() shouldBe mapOf("taken" to null, "output" to null) }
        }

        test("a yield that fails fails its node, and a retry runs it alone") {
            listOf<Pair<String, (() -> Unit) -> Workflow<*, *>>>(
                "choice" to { chosen("b", it) },
                "loop" to { looped(listOf(1L, -1L), yielded = it) },
            ).forEach { (name, workflow) ->
                val n = Ledger()
                run(workflow { check(n.ran("yield") > 1) { "not yet" } }) { run ->
                    run.ended().status() shouldBe RunStatus.FAILED
                    run.statuses(name) shouldContainExactly listOf(StepStatus.FAILED)
                    val before = run.journal().size
                    run.retry().get()
                    run.endsCompleted()
                    run
                        .journal()
                        .drop(before)
                        .filter { it.kind() != "retry" }
                        .map { it.path() } shouldContainExactly listOf("$name#yield", name, "last")
                }
            }
        }

        test("a cancel during a yield cancels its node") {
            listOf<Pair<String, (() -> Unit) -> Workflow<*, *>>>(
                "choice" to { chosen("b", it) },
                "loop" to { looped(listOf(1L), yielded = it) },
            ).forEach { (name, workflow) ->
                val begun = CountDownLatch(1)
                val never = CountDownLatch(1)
                run(
                    workflow {
                        begun.countDown()
                        never.await()
                    },
                ) { run ->
                    begun.passed()
                    run.cancel("enough").get()
                    run.ended().status() shouldBe RunStatus.CANCELLED
                    run.statuses("$name#yield") shouldContainExactly listOf(StepStatus.CANCELLED)
                    run.statuses(name) shouldContainExactly listOf(StepStatus.CANCELLED)
                }
            }
        }

        test("every crash state around a yield is resumed to the same end") {
            listOf(
                "[10,\"below zero\",30]" to looped(listOf(1L, -1L, 3L)),
                "[10,\"below zero\",30]" to looped(listOf(1L, -1L, 3L), concurrency = 1),
                "{\"taken\":\"b\",\"output\":\"b\"}" to chosen("b"),
                "{\"taken\":null,\"output\":null}" to chosen(null),
            ).forEach { (output, workflow) ->
                CrashStates(workflow).use { states ->
                    val all = states.all()
                    all.size shouldBeGreaterThan 3
                    all.forEach {
                        withClue("after ${it.delivered}") { CrashStates.resume(it, workflow).output shouldBe output }
                    }
                }
            }
        }
    })
