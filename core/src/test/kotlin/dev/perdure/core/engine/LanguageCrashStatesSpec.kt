package dev.perdure.core.engine

import dev.perdure.core.RunStatus
import dev.perdure.core.definition.ForEach.OnError
import dev.perdure.core.definition.Workflow
import dev.perdure.core.memory.MemoryStore
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import java.time.Duration

/** As [CrashStatesSpec], for loops, choices, decisions, sleeps and compensations. */
class LanguageCrashStatesSpec :
    FunSpec({
        fun uninterrupted(workflow: Workflow<*, *>): RunEnd =
            MemoryStore().engine(workflow).use { it.start(workflow.name(), "r", null).end() }

        fun everyState(
            what: String,
            status: RunStatus = RunStatus.COMPLETED,
            moreThan: Int = 5,
            isOrderSensitive: Boolean = false,
            content: Nodes.() -> Unit,
        ) = test("every crash state of $what is resumed to the same end") {
            val workflow =
                JavaAuthoring.flow {
                    content()
                    step("last") { "out" }
                }
            val expected = uninterrupted(workflow)
            expected.status shouldBe status
            CrashStates(workflow).use { states ->
                val all = states.all(isOrderSensitive)
                all.forEach { state ->
                    withClue("after ${state.delivered}") { CrashStates.resume(state, workflow) shouldBe expected }
                }
                println("crash-state resumes: ${all.size} ($what)")
                all.size shouldBeGreaterThan moreThan
            }
        }

        /** Two at a time, so that their ends come in any order. */
        fun Nodes.loop(
            items: Int = 4,
            onError: OnError = OnError.FAIL_FAST,
            failing: Int = -1,
        ) = forEach("items", { (0 until items).toList() }, 2, onError) { item ->
            does("count") { increment("count") }
            step("add") {
                val number = (read(item) as Number).toInt()
                check(number != failing) { "item $number fails" }
                increment("sum", number.toLong())
                number
            }
        }

        everyState("a loop with two items at a time and increments", moreThan = 20) { loop() }

        everyState("a loop whose third item fails under CONTINUE", moreThan = 20) {
            loop(onError = OnError.CONTINUE, failing = 2)
        }

        everyState("a loop in two branches of a block", moreThan = 40) {
            parallel(
                "block",
                "one" to { loop(2) },
                "two" to { loop(2) },
            )
        }

        everyState("choices inside of a block", moreThan = 15) {
            does("first") { this["kind"] = "b" }
            parallel(
                "block",
                "one" to {
                    choose(
                        "condition",
                        Triple("a", { get("kind") == "a" }, { does("never") }),
                        Triple("b", { get("kind") == "b" }, { does("taken") { increment("taken") } }),
                        Triple("c", null, { does("never") }),
                    )
                },
                "two" to {
                    chooseBy(
                        "value",
                        { get("kind") },
                        "a" to { does("never") },
                        null to { does("otherwise") { increment("taken") } },
                    )
                },
            )
        }

        everyState("a decision that goes back twice, and one that skips", moreThan = 8) {
            does("again") { increment("rounds") }
            does("between") { append("seen", this["rounds"]) }
            decide("back", backTo = "again" to 3) {
                if ((this["rounds"] as Number).toInt() < 3) "again" else null
            }
            decide("skip", listOf("target")) { "target" }
            does("skipped") { this["skipped"] = true }
            does("target") { this["target"] = true }
        }

        everyState("a decision that goes back over a loop of two items at a time", moreThan = 20) {
            does("again") { increment("rounds") }
            loop(2)
            decide("back", backTo = "again" to 2) {
                if ((this["rounds"] as Number).toInt() < 2) "again" else null
            }
        }

        everyState("a loop that repeats until a count is there", moreThan = 8) {
            repeatUntil("repeat", 5, { (this["rounds"] as Number).toInt() >= 3 }) {
                does("prepare")
                step("round") {
                    increment("rounds")
                    path
                }
            }
        }

        everyState("a sleep, alone, in a block and in a loop", moreThan = 15) {
            sleep("alone", Duration.ofMillis(1))
            parallel(
                "block",
                "slow" to { sleep("inside", Duration.ofMillis(1)) },
                "quick" to { does("beside") { increment("beside") } },
            )
            forEach("items", { listOf(1, 2) }, 2) { item ->
                sleep("each", Duration.ofMillis(1))
                step("slept") {
                    increment("slept")
                    read(item)
                }
            }
        }

        everyState("compensation of a sequence", RunStatus.COMPENSATED) {
            listOf("a", "b", "c").forEach { name ->
                does(name, undo = { append("undone", it) }) { append("done", name) }
            }
            does("fails") { error("always") }
        }

        everyState("compensation of a loop, a block and a repeated step", RunStatus.COMPENSATED, moreThan = 15) {
            forEach("items", { listOf(1, 2) }, 2) { item ->
                step("book", undo = { increment("booked", -1) }) {
                    increment("booked")
                    read(item)
                }
            }
            parallel(
                "block",
                "one" to { does("x", undo = { increment("booked", -1) }) { increment("booked") } },
                "two" to { does("y") },
            )
            does("fails", attempts = 2) { error("always") }
        }

        everyState("a compensation that fails", RunStatus.COMPENSATION_FAILED) {
            does("a", undo = { append("undone", it) })
            does("b", undo = { error("cannot be undone") })
            does("fails") { error("always") }
        }

        everyState("everything together", moreThan = 30) {
            does("start") { this["kind"] = "loop" }
            parallel(
                "block",
                "work" to {
                    chooseBy("what", { get("kind") }, "loop" to { loop(2) }, null to { does("never") })
                },
                "wait" to {
                    repeatUntil("poll", 3, { (this["polls"] as Number).toInt() >= 2 }) {
                        sleep("pause", Duration.ofMillis(1))
                        does("ask") { increment("polls") }
                    }
                },
            )
            decide("back", backTo = "start" to 2) { if ((this["sum"] as Number).toInt() < 2) "start" else null }
        }

        everyState(
            "a loop, in every order that its items can end in",
            moreThan = 20,
            isOrderSensitive = true,
        ) { loop(2) }
    })
