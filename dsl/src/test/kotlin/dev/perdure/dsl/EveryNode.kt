package dev.perdure.dsl

import dev.perdure.core.definition.ApprovalRequest
import dev.perdure.core.definition.Decide
import dev.perdure.core.definition.ForEach
import dev.perdure.core.definition.LoopBuilder
import dev.perdure.core.definition.ParallelBuilder
import dev.perdure.core.definition.Ref
import dev.perdure.core.definition.Retry
import dev.perdure.core.definition.SequenceBuilder
import dev.perdure.core.definition.WaitOptions
import dev.perdure.core.definition.Workflow
import java.time.Instant
import java.util.function.Function
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.minutes
import kotlin.time.Duration.Companion.seconds
import kotlin.time.toJavaDuration

/** One workflow with every kind of node, three levels deep, in Kotlin … */
fun everyNodeInKotlin(child: Workflow<String, Int>): Workflow<String, String> =
    workflow<String, String>("every", version = 2, retry = fixed(2, 1.seconds)) {
        val lines =
            mapEach("lines", items = { input.split(" ") }, concurrency = 4, onError = Continue) { nestedInKotlin(it) }
        forEach("again", items = lines, onError = CollectErrors) { line -> step("print") { println(line()) } }
        forEach<String>("kept", key = "names") { step("look") { index } }
        val names = mapEach("named", key = "names") { name: Ref<String> -> step("length") { name().length } }
        mapEach("lengths", items = names) { step("twice") { it() * 2 } }
        choose("kind", value = { input }) {
            case("physical") { step("ship") { 1 } compensate { println(it) } }
            case("digital") { sleepUntil("release") { Instant.EPOCH } }
        }
        val fee =
            choose<Int>("fee") {
                on({ input == "gold" }) { step("free") { 0 } }
                on("friend", { has("friend") }) { step("half") { 2 } }
                otherwise { step("normal") { 5 } }
            }
        val tax =
            choose<Int, Int>("tax", value = { fee() }) {
                case(0) { step("none") { 0 } }
                otherwise { step("some") { fee() / 5 } }
            }
        decide("amount") { if (tax() > 0) "sign_off" else null }
        decide("where", "note", "votes") { "votes" }
        decide("state", goTo("note"), backTo("fee", atMost = 3)) { null }
        approval("sign_off", listOf("yes", "no"), timeout = 2.days) { ApprovalRequest("Pay?", mapOf("tax" to tax())) }
        approval("sure", listOf("yes")) { ApprovalRequest("Sure?") }
        awaitSignal<String>("note")
        awaitSignal<String>("late", signal = "note", timeout = 1.days)
        awaitSignal<String>("standard", timeout = 1.days, default = "none")
        awaitAny<Int>("first", "left", "right", timeout = 1.days, onTimeout = Fail)
        awaitAll<Int>("votes", "finance", "legal")
        callback<String>("paid") { token -> put("token", token) }
        call("child", child) { input }
        call<String, Int>("named_child", "other", version = 3) { input }
        callDetached("detached", child) { input }
        parallel("both") {
            step("left") { 1 }.compensate(fixed(5, 1.seconds)) { println(it) }
            branch("right") { step("deep") { "" } }
        }
        step("last") { lines().joinToString() }
    }

private fun WorkflowScope<String>.nestedInKotlin(line: Ref<String>): Ref<String> {
    choose("size") {
        on("big", { line().length > 9 }) {
            repeatUntil("pack", maxIterations = 5) {
                sleep("pause", 3.seconds)
                sleep("longer") { index.seconds }
                parallel("sides") {
                    branch("left") {
                        forEach("boxes", items = { listOf(1, 2) }) { box -> step("fold") { box() } }
                        step("tape") { line() }
                    }
                }
                step("weigh") { line().length } until { it > 3 }
            }
        }
        otherwise {
            repeatUntil("wrap", maxIterations = 2) {
                step("paper") { }
                until { index == 1 }
            }
        }
    }
    return step("label") { line() }
}

/** … and in Java. */
fun everyNodeInJava(child: Workflow<String, Int>): Workflow<String, String> =
    Workflow.define("every", 2, String::class.java, String::class.java) { w ->
        w.retry(Retry.fixed(2, 1.seconds.toJavaDuration()))
        val lines = w.mapEach("lines", String::class.java, { it.input().split(" ") }, ::nestedInJava)
        w.forEach("again", String::class.java, lines) { loop, line ->
            loop.onError(ForEach.OnError.COLLECT)
            loop.step("print") { println(it.get(line)) }
        }
        w.forEach("kept", String::class.java, "names") { loop, _ -> loop.step("look", int) { it.index() } }
        val names =
            w.mapEach("named", String::class.java, "names") { loop, name ->
                loop.step("length", int) { it.get(name).length }
            }
        w.mapEach("lengths", int, names) { loop, length -> loop.step("twice", int) { it.get(length) * 2 } }
        choicesInJava(w)
        waitsInJava(w)
        w.call("child", child) { it.input() }
        w.call("named_child", "other", 3, int) { it.input() }
        w.callDetached("detached", child) { it.input() }
        w.parallel("both") { p: ParallelBuilder<String> ->
            val left = p.step("left", int) { 1 }
            p.compensate(left, Retry.fixed(5, 1.seconds.toJavaDuration())) { _, it -> println(it) }
            p.branch("right") { it.step("deep", String::class.java) { "" } }
        }
        w.step("last", String::class.java) { it.get(lines).joinToString() }
    }

private val int = Int::class.javaObjectType

private fun nestedInJava(
    loop: LoopBuilder<String>,
    line: Ref<String>,
): Ref<String> {
    loop.concurrency(4)
    loop.onError(ForEach.OnError.CONTINUE)
    loop.choose("size") { c ->
        c.on("big", { it.get(line).length > 9 }) { big ->
            big.repeatUntil("pack", 5) { r ->
                r.sleep("pause", 3.seconds.toJavaDuration())
                r.sleep("longer") { it.index().seconds.toJavaDuration() }
                r.parallel("sides") { p: ParallelBuilder<String> ->
                    p.branch("left") { b ->
                        b.forEach(
                            "boxes",
                            int,
                            { listOf(1, 2) },
                        ) { boxes, box -> boxes.step("fold", int) { it.get(box) } }
                        b.step("tape", String::class.java) { it.get(line) }
                    }
                }
                val weight = r.step("weigh", int) { it.get(line).length }
                r.until(weight) { it.get(weight) > 3 }
            }
        }
        c.otherwise { b ->
            b.repeatUntil("wrap", 2) { r ->
                r.step("paper") { }
                r.until { it.index() == 1 }
            }
        }
    }
    return loop.step("label", String::class.java) { it.get(line) }
}

private fun choicesInJava(w: SequenceBuilder<String>) {
    w.choose("kind", { it.input() }) { c ->
        c.`when`("physical") { b ->
            val ship = b.step("ship", int) { 1 }
            b.compensate(ship) { _, it -> println(it) }
        }
        c.`when`("digital") { b -> b.sleepUntil("release") { Instant.EPOCH } }
    }
    val fee =
        w.choose(
            "fee",
            int,
            Function { c ->
                c.on({ it.input() == "gold" }) { b -> b.step("free", int) { 0 } }
                c.on("friend", { it.has("friend") }) { b -> b.step("half", int) { 2 } }
                c.otherwise { b -> b.step("normal", int) { 5 } }
            },
        )
    val tax =
        w.choose("tax", int, { it.get(fee) }, { c ->
            c.`when`(0) { b -> b.step("none", int) { 0 } }
            c.otherwise { b -> b.step("some", int) { it.get(fee) / 5 } }
        })
    w.decide("amount") { if (it.get(tax) > 0) "sign_off" else null }
    w.decide("where", listOf(Decide.Target.to("note"), Decide.Target.to("votes"))) { "votes" }
    w.decide("state", listOf(Decide.Target.to("note"), Decide.Target.backTo("fee", 3))) { null }
    val days = WaitOptions.DEFAULT.timeout(2.days.toJavaDuration())
    w.approval("sign_off", listOf("yes", "no"), days) { ApprovalRequest("Pay?", mapOf("tax" to it.get(tax))) }
    w.approval("sure", listOf("yes")) { ApprovalRequest("Sure?") }
}

private fun waitsInJava(w: SequenceBuilder<String>) {
    val day = WaitOptions.DEFAULT.timeout(1.days.toJavaDuration())
    w.awaitSignal("note", String::class.java)
    w.awaitSignal("late", "note", String::class.java, day)
    w.awaitSignal("standard", String::class.java, day.orElse("none"))
    w.awaitAny("first", int, listOf("left", "right"), day.failOnTimeout())
    w.awaitAll("votes", int, listOf("finance", "legal"))
    w.callback("paid", String::class.java) { s, token -> s.put("token", token) }
}
