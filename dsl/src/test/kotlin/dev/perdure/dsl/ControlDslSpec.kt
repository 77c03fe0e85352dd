package dev.perdure.dsl

import dev.perdure.core.Path
import dev.perdure.core.RunFailedException
import dev.perdure.core.RunStatus
import dev.perdure.core.definition.ApprovalRequest
import dev.perdure.core.memory.MemoryStore
import io.kotest.assertions.nondeterministic.eventually
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.future.await
import kotlinx.serialization.Serializable
import kotlin.time.Clock
import kotlin.time.Duration.Companion.hours
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds

class ControlDslSpec :
    FunSpec({
        timeout = 60_000

        test("a loop yields what its items did, in their order; bodies know their item and its number") {
            val loop =
                workflow<List<Line>, String>("loop") {
                    val labels =
                        mapEach("lines", items = { input }, concurrency = 2) { line ->
                            val both =
                                parallel("both") {
                                    val name = step("name") { line().item }
                                    val number = step("number") { index }
                                    join { "${number()}:${name()}" }
                                }
                            forEach("pieces", items = { List(line().count) { it } }) { piece ->
                                step("count") { append("pieces", "${line().item}${piece()}") }
                            }
                            step("label") { both() }
                        }
                    val lengths = mapEach("lengths", items = labels) { label -> step("length") { label().length } }
                    forEach<String>("kept", key = "pieces") { piece -> step("mark") { append("marked", piece()) } }
                    step("all") { "${labels()} ${lengths()} ${get<List<String>>("marked")}" }
                }
            MemoryStore().engine(loop).use { engine ->
                engine.start(loop, listOf(Line("a", 1), Line("b", 2))).await<String>() shouldBe
                    "[0:a, 1:b] [3, 3] [a0, b0, b1]"
            }
        }

        test("a loop that continues has null for what failed; the index of what is in no loop is an error") {
            val loop =
                workflow<Unit, List<Int?>>("loop") {
                    mapEach(
                        "numbers",
                        items = { listOf(1, 0, 2) },
                        onError = Continue,
                    ) { n -> step("part") { 10 / n() } }
                }
            val outside = workflow("outside") { step("a") { index } }
            MemoryStore().engine(loop, outside).use { engine ->
                engine.start(loop, Unit).await<List<Int?>>() shouldContainExactly listOf(10, null, 5)
                shouldThrow<RunFailedException> {
                    engine
                        .start(
                            "outside",
                        ).await<Unit>()
                }.message.orEmpty() shouldContain
                    "\"a\" asks for its index, but is in no loop"
            }
        }

        test("one clause runs, by conditions or by a value, and its output is the choice's") {
            val chooser =
                workflow<Kind, String>("chooser") {
                    choose("side") {
                        on({ input == Kind.DIGITAL }) { step("link") { put("link", true) } }
                        otherwise { step("parcel") { put("parcel", true) } }
                    }
                    choose("none", value = { input.name.length }) {
                        case(0) { step("never") { put("never", true) } }
                    }
                    val fee =
                        choose<Kind, Int>("fee", value = { input }) {
                            case(Kind.DIGITAL) { step("free") { 0 } }
                            case(Kind.PHYSICAL) { step("post") { 5 } }
                            otherwise { step("unknown") { -1 } }
                        }
                    val text =
                        choose<String>("text") {
                            on("big", { fee() > 3 }) { step("dear") { "dear" } }
                            otherwise { step("cheap") { "cheap" } }
                        }
                    step("end") { "${fee()} ${text()} ${has("link")} ${has("parcel")} ${has("never")}" }
                }
            MemoryStore().engine(chooser).use { engine ->
                engine.start(chooser, Kind.DIGITAL).await<String>() shouldBe "0 cheap true false false"
                engine.start(chooser, Kind.PHYSICAL).await<String>() shouldBe "5 dear false true false"
                engine.start(chooser, Kind.OTHER).await<String>() shouldBe "-1 cheap false true false"
            }
        }

        test("a decision skips, and goes back as often as it may; what was skipped reads as null") {
            val decider =
                workflow<Int, String>("decider") {
                    decide("amount", "manager", "poll") { if (input > 1000) "manager" else "poll" }
                    val never = step("never") { 1 }
                    val manager = step("manager") { "manager" }
                    step("poll") { increment("polls") }
                    decide("again", backTo("poll", atMost = 5)) { if (get<Int>("polls") < 3) "poll" else null }
                    step("end") { "${manager.orNull()} ${never.orNull()} ${get<Int>("polls")}" }
                }
            MemoryStore().engine(decider).use { engine ->
                engine.start(decider, 1500).await<String>() shouldBe "manager null 3"
                engine.start(decider, 500).await<String>() shouldBe "null null 3"
            }
        }

        test("a loop repeats until its condition holds and yields what the last iteration did") {
            val poller =
                workflow<Unit, String>("poller") {
                    val state =
                        repeatUntil("poll", maxIterations = 10) {
                            sleep("pause", 1.milliseconds)
                            sleep("longer") { index.milliseconds }
                            sleepUntil("now") { Clock.System.now() }
                            step("ask") { if (index == 3) "done" else "busy" } until { it == "done" }
                        }
                    repeatUntil("count", maxIterations = 3) {
                        step("one") { increment("n") }
                        until { index == 2 }
                    }
                    step("end") { "${state()} ${get<Int>("n")}" }
                }
            MemoryStore().engine(poller).use { engine -> engine.start(poller, Unit).await<String>() shouldBe "done 3" }
        }

        test("waits yield what came, or what is said for their timeout") {
            val waiter =
                workflow<Unit, String>("waiter") {
                    val note = awaitSignal<Line>("note")
                    val late = awaitSignal<Line>("late", timeout = 1.milliseconds)
                    val standard = awaitSignal("standard", timeout = 1.milliseconds, default = Line("standard", 1))
                    val any = awaitAny<Int>("any", "left", "right", timeout = 1.hours)
                    val all = awaitAll<Int>("all", "one", "two")
                    step("end") {
                        "${note().item} ${late()} ${standard().item} ${any()?.name()}=${any()?.value()} ${all()}"
                    }
                }
            val failing = workflow("failing") { awaitAny<Int>("any", "x", timeout = 1.milliseconds, onTimeout = Fail) }
            MemoryStore().engine(waiter, failing).use { engine ->
                val run = engine.start(waiter, Unit)
                run.signal("note", Line("noted", 1)).await()
                run.signal("right", 4).await()
                run.signal("two", 2).await()
                run.signal("one", 1).await()
                run.await<String>() shouldBe "noted null standard right=4 {one=1, two=2}"
                shouldThrow<RunFailedException> { engine.start("failing").await<Unit>() }.status() shouldBe
                    RunStatus.FAILED
            }
        }

        test("an approval is asked and answered, a callback hands its token out and gets it back") {
            val token = CompletableDeferred<String>()
            val asked = CompletableDeferred<Unit>()
            val asker =
                workflow<Unit, String>("asker") {
                    val payment = callback<Line>("payment", timeout = 1.hours) { token.complete(it) }
                    val answer =
                        approval("sign_off", listOf("yes", "no")) {
                            asked.complete(Unit)
                            ApprovalRequest("Pay?", mapOf("line" to Line("a", 1)))
                        }
                    step("end") { "${payment()?.item} ${answer().choice()} ${answer().by()}" }
                }
            MemoryStore().engine(asker).use { engine ->
                val run = engine.start(asker, Unit)
                engine.complete(token.await(), Line("paid", 2)).await()
                asked.await()
                eventually(10.seconds) { engine.approvals(10, 0).size shouldBe 1 }
                engine.approvals(10, 0).single().metadata() shouldBe
                    mapOf("line" to mapOf("item" to "a", "count" to 1L))
                engine.answer(run.id(), Path.parse("sign_off"), "yes", "ada", null).await()
                run.await<String>() shouldBe "paid yes ada"
            }
        }

        test("a child gets its input and gives its output, by its workflow or by its name") {
            val child = workflow<Line, Int>("child") { step("count") { input.count } }
            val parent =
                workflow<Unit, String>("parent") {
                    val one = call("one", child) { Line("a", 1) }
                    val two = call<Line, Int>("two", "child", version = 1) { Line("b", 2) }
                    val three = callDetached("three", child) { Line("c", 3) }
                    step("end") { "${one()} ${two()} ${three().isNotEmpty()}" }
                }
            MemoryStore().engine(child, parent).use { engine ->
                engine.start(parent, Unit).await<String>() shouldBe "1 2 true"
            }
        }

        test("what steps did is undone, newest first, each with its output") {
            val undone = java.util.Collections.synchronizedList(mutableListOf<String>())
            val saga =
                workflow("saga") {
                    step("flight") { "flight" } compensate { undone += it }
                    parallel("both") {
                        branch("b") { step("hotel") { "hotel" } compensate { undone += it } }
                        step("car") { "car" }.compensate(fixed(2, 0.seconds)) { undone += it }
                    }
                    forEach("rooms", items = { listOf("r1", "r2") }) { room ->
                        step("book") { room() } compensate { undone += "$it at $index" }
                    }
                    step<Unit>("charge") { error("no money") }
                }
            MemoryStore().engine(saga).use { engine ->
                val run = engine.start("saga")
                shouldThrow<RunFailedException> { run.await<Unit>() }
                undone.take(2) shouldContainExactly listOf("r2 at 1", "r1 at 0")
                undone.drop(2).dropLast(1).sorted() shouldContainExactly listOf("car", "hotel")
                undone.last() shouldBe "flight"
            }
        }
    })

@Serializable
private data class Line(val item: String, val count: Int)

private enum class Kind { PHYSICAL, DIGITAL, OTHER }
