package dev.perdure.core.definition

import dev.perdure.core.DefinitionException
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.time.Duration
import java.time.temporal.ChronoUnit

class ControlDefinitionSpec :
    FunSpec({
        val second = Duration.ofSeconds(1)
        val day = WaitOptions.DEFAULT.timeout(Duration.ofDays(1))

        context("refused, with the place and what was found:") {
            mapOf<String, Pair<String, (SequenceBuilder<String>) -> Unit>>(
                "a loop without a body" to
                    ("loop \"l\" is empty; give it at least one step" to { w -> w.loop { _, _ -> } }),
                "two nodes of one name in a loop" to
                    (
                        "two nodes in \"l[*]\" are called \"a\"" to { w ->
                            w.loop { l, _ ->
                                l.text("a")
                                l.text("a")
                            }
                        }
                    ),
                "a concurrency of nothing" to
                    (
                        "loop \"l\": concurrency 0; expected 1 or more" to { w ->
                            w.loop { l, _ ->
                                l.concurrency(0)
                                l.text("a")
                            }
                        }
                    ),
                "items of a type that cannot be recorded" to
                    (
                        "the items of \"l\": values of type java.lang.Thread" to
                            { w -> w.forEach("l", Thread::class.java, "key") { l, _ -> l.text("a") } }
                    ),
                "a loop that yields what is outside of it" to
                    (
                        "loop \"l\": its result is \"outer\"" to { w ->
                            val outer = w.text("outer")
                            w.mapEach("l", String::class.java, "key") { l, _ -> l.text("a").let { outer } }
                        }
                    ),
                "a loop that yields what is inside of an inner one" to
                    (
                        "loop \"l\": its result is \"l[*]/inner[*]/x\"" to { w ->
                            w.mapEach("l", String::class.java, "key") { l, _ ->
                                lateinit var kept: Ref<String>
                                l.forEach("inner", String::class.java, "key") { i, _ -> kept = i.text("x") }
                                kept
                            }
                        }
                    ),
                "a choice without a clause" to
                    ("choose \"c\" has no clause" to { w -> w.choose("c") { _: ChooseBuilder<String> -> } }),
                "a clause without a node" to
                    (
                        "clause \"c/clause-1\" is empty" to
                            { w -> w.choose("c") { c: ChooseBuilder<String> -> c.on({ true }) { } } }
                    ),
                "two clauses of one name" to
                    (
                        "choose \"c\" has two clauses called \"x\"" to { w ->
                            w.choose("c") { c: ChooseBuilder<String> ->
                                c.on("x", { true }) { it.text("a") }
                                c.on("x", { true }) { it.text("a") }
                            }
                        }
                    ),
                "two cases of one text" to
                    (
                        "choose \"c\" has two clauses called \"1\"" to { w ->
                            w.choose("c", { "1" }) { c: CaseBuilder<String> ->
                                c.`when`(1) { it.text("a") }
                                c.`when`("1") { it.text("a") }
                            }
                        }
                    ),
                "a case without a name" to
                    (
                        "a clause of choose \"c\": name \"\" is blank" to
                            { w -> w.choose("c", { "" }) { c: CaseBuilder<String> -> c.`when`("") { it.text("a") } } }
                    ),
                "a case that cannot be plain data" to
                    (
                        "a case of \"c\": a value of type java.lang.Thread" to { w ->
                            w.choose("c", { "" }) { c: CaseBuilder<String> ->
                                c.`when`(Thread.currentThread()) { it.text("a") }
                            }
                        }
                    ),
                "a choice with an output that may have none" to
                    (
                        "choose \"c\" yields a value; end it with otherwise(…)" to { w ->
                            val outer = w.text("outer")
                            w.choose("c", String::class.java) { c: TypedChooseBuilder<String, String> ->
                                c.on({ true }) { it.text("a") }
                                outer
                            }
                        }
                    ),
                "a clause that yields what is outside of it" to
                    (
                        "clause \"c/otherwise\": its result is \"outer\"" to { w ->
                            val outer = w.text("outer")
                            w.choose("c", String::class.java) { c: TypedChooseBuilder<String, String> ->
                                c.otherwise { it.text("a").let { outer } }
                            }
                        }
                    ),
                "a loop without an iteration" to
                    ("loop \"r\": maxIterations 0; expected 1 or more" to { w -> w.repeat(0) { it.text("a") } }),
                "an iteration without a node" to ("loop \"r\" is empty" to { w -> w.repeat { } }),
                "two ends of a loop" to
                    (
                        "loop \"r\" has two untils; keep one" to { w ->
                            w.repeat {
                                it.text("a")
                                it.until { true }
                            }
                        }
                    ),
                "an iteration that yields what is outside of it" to
                    (
                        "loop \"r\": its result is \"outer\"" to { w ->
                            val outer = w.text("outer")
                            w.repeatUntil("r", 2) { r ->
                                r.text("a")
                                r.until(outer) { true }
                            }
                        }
                    ),
                "a decision to nowhere" to
                    (
                        "decide \"d\": target \"x\" is not in its sequence; expected one of [d, last]" to
                            { w -> w.decide("d", listOf(Decide.Target.to("x"))) { null } }
                    ),
                "a decision to itself" to
                    (
                        "target \"d\" is not after it; going back needs a bound" to
                            { w -> w.decide("d", listOf(Decide.Target.to("d"))) { null } }
                    ),
                "a decision back without a bound" to
                    (
                        "target \"a\" is not after it" to { w ->
                            w.text("a")
                            w.decide("d", listOf(Decide.Target.backTo("a", 0))) { null }
                        }
                    ),
                "a decision forward with a bound" to
                    (
                        "target \"last\" comes after it, so it takes no bound" to
                            { w -> w.decide("d", listOf(Decide.Target.backTo("last", 2))) { null } }
                    ),
                "a decision into another sequence" to
                    (
                        "decide \"l[*]/d\": target \"last\" is not in its sequence" to { w ->
                            w.loop { l, _ -> l.decide("d", listOf(Decide.Target.to("last"))) { null } }
                        }
                    ),
                "a negative sleep" to ("sleep \"s\": duration PT-1S" to { w -> w.sleep("s", second.negated()) }),
                "an endless sleep" to
                    ("sleep \"s\" is PT2562047788015215H30M7" to { w -> w.sleep("s", ChronoUnit.FOREVER.duration) }),
                "a wait for no signal" to
                    (
                        "signal \"s\" waits for signals []; expected one or more different names" to
                            { w -> w.awaitAny("s", String::class.java, listOf()) }
                    ),
                "a wait for one signal twice" to
                    (
                        "signal \"s\" waits for signals [a, a]" to
                            { w -> w.awaitAll("s", String::class.java, listOf("a", "a")) }
                    ),
                "a signal without a name" to
                    (
                        "a signal of signal \"s\": name \" \" is blank" to
                            { w -> w.awaitSignal("s", " ", String::class.java, day) }
                    ),
                "a signal of the library's own" to
                    (
                        "name \"perdure:x\" begins with \"perdure:\"" to
                            { w -> w.awaitSignal("s", "perdure:x", String::class.java, day) }
                    ),
                "a timeout of nothing" to
                    (
                        "signal \"s\": timeout is PT0S; expected more than zero" to { w ->
                            w.awaitSignal("s", String::class.java, WaitOptions.DEFAULT.timeout(Duration.ZERO))
                        }
                    ),
                "a failure without a timeout" to
                    (
                        "signal \"s\" says what a timeout does, but has none" to
                            { w -> w.awaitSignal("s", String::class.java, WaitOptions.DEFAULT.failOnTimeout()) }
                    ),
                "a default without a timeout" to
                    (
                        "signal \"s\" says what a timeout does, but has none" to
                            { w -> w.awaitSignal("s", String::class.java, WaitOptions.DEFAULT.orElse("x")) }
                    ),
                "a default of another type" to
                    (
                        "the default of \"s\": expected a value of type Integer, found java.lang.String" to
                            { w -> w.awaitSignal("s", Int::class.javaObjectType, day.orElse("x")) }
                    ),
                "an approval without a choice" to
                    (
                        "approval \"a\" offers the choices []; expected one or more different ones" to
                            { w -> w.approval("a", listOf()) { ApprovalRequest("?") } }
                    ),
                "an approval with one choice twice" to
                    (
                        "approval \"a\" offers the choices [yes, yes]" to
                            { w -> w.approval("a", listOf("yes", "yes")) { ApprovalRequest("?") } }
                    ),
                "a child without a name" to
                    (
                        "the workflow that \"c\" calls: name \"\" is blank" to
                            { w -> w.call("c", "", 0, String::class.java) { 1 } }
                    ),
                "a child of a negative version" to
                    (
                        "call \"c\": version -1; expected 1 or more, or 0 for the newest" to
                            { w -> w.call("c", "child", -1, String::class.java) { 1 } }
                    ),
                "undoing what is no step" to
                    (
                        "\"s\" is given a compensation, but is no step" to { w ->
                            val signal = w.awaitSignal("s", String::class.java)
                            w.compensate(signal) { _, _ -> }
                        }
                    ),
                "undoing a step of another sequence" to
                    (
                        "\"a\" is given a compensation, but is no step of its own sequence" to { w ->
                            val outer = w.text("a")
                            w.loop { l, _ ->
                                l.text("b")
                                l.compensate(outer) { _, _ -> }
                            }
                        }
                    ),
                "undoing a step twice" to
                    (
                        "step \"a\" has two compensations" to { w ->
                            val step = w.text("a")
                            w.compensate(step) { _, _ -> }
                            w.compensate(step) { _, _ -> }
                        }
                    ),
                "a compensation that is not tried" to
                    (
                        "step \"a#compensation\": 0 attempts" to { w ->
                            w.compensate(w.text("a"), Retry.fixed(0, second)) { _, _ -> }
                        }
                    ),
            ).forEach { (name, case) ->
                test(name) {
                    val found = problems { w -> case.second(w) }
                    withClue(found) { found.single() shouldContain case.first }
                }
            }
        }

        test("a result that lies in a loop or a clause is refused, since it may not exist") {
            problemsOf { w ->
                lateinit var kept: Ref<String>
                w.loop { l, _ -> kept = l.text("a") }
                kept
            }.single() shouldContain "the workflow's result is \"l[*]/a\""
            problemsOf { w ->
                lateinit var kept: Ref<String>
                w.choose("c") { c: ChooseBuilder<String> -> c.otherwise { kept = it.text("a") } }
                kept
            }.single() shouldContain "the workflow's result is \"c/otherwise/a\""
        }

        test("an item may be what a loop yields, and a choice what a workflow does") {
            problemsOf { w ->
                w.mapEach("l", String::class.java, "key") { l, item -> l.text("a").let { item } }
                w.choose("c", String::class.java) { c: TypedChooseBuilder<String, String> ->
                    c.otherwise { it.text("a") }
                }
            }.shouldBeEmpty()
        }

        test("all problems of nested nodes are reported at once") {
            problems { w ->
                w.loop { l, _ ->
                    l.concurrency(-1)
                    l.choose("c") { c: ChooseBuilder<String> ->
                        c.on({ true }) { b -> b.repeat(0) { it.sleep("s", second.negated()) } }
                        c.otherwise { }
                    }
                }
                w.approval("a", listOf()) { ApprovalRequest("?") }
            } shouldHaveSize 5
        }

        test("64 blocks of all kinds inside each other are accepted, 65 are refused") {
            problems { w -> nest(w, 64) }.shouldBeEmpty()
            problems { w -> nest(w, 65) }.single() shouldContain "is nested 65 blocks deep; at most 64"
        }

        test("100,000 blocks of all kinds inside each other are refused without going down them") {
            var asked = 0
            problems { w -> nest(w, 100_000) { asked++ } }.single() shouldContain "is nested 65 blocks deep"
            asked shouldBe 64
        }
    })

private fun SequenceBuilder<String>.text(name: String): Ref<String> = step(name, String::class.java) { "" }

private fun SequenceBuilder<String>.loop(content: (LoopBuilder<String>, Ref<String>) -> Unit) =
    forEach("l", String::class.java, "key") { loop, item -> content(loop, item) }

private fun SequenceBuilder<String>.repeat(
    maxIterations: Int = 2,
    content: (RepeatBuilder<String>) -> Unit,
) {
    repeatUntil("r", maxIterations) { r ->
        content(r)
        r.until { true }
    }
}

private fun problems(content: (SequenceBuilder<String>) -> Unit): List<String> =
    problemsOf { w ->
        content(w)
        w.text("last")
    }

private fun problemsOf(content: (SequenceBuilder<String>) -> Ref<String>): List<String> =
    try {
        Workflow.define("w", String::class.java, String::class.java) { content(it) }
        emptyList()
    } catch (refused: DefinitionException) {
        refused.problems()
    }

/** Loops, choices, repetitions and blocks inside each other. */
private fun nest(
    builder: SequenceBuilder<String>,
    levels: Int,
    onEntered: () -> Unit = {},
) {
    val inner = { b: SequenceBuilder<String> ->
        onEntered()
        if (levels > 1) nest(b, levels - 1, onEntered)
        b.text("s")
    }
    when (levels % 4) {
        0 -> builder.loop { l, _ -> inner(l) }
        1 -> builder.choose("c") { c: ChooseBuilder<String> -> c.otherwise { inner(it) } }
        2 -> builder.repeat { inner(it) }
        else -> builder.parallel("p") { p: ParallelBuilder<String> -> p.branch("b") { inner(it) } }
    }
}
