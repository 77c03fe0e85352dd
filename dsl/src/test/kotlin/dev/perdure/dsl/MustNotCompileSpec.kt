package dev.perdure.dsl

import io.kotest.assertions.assertSoftly
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldExist
import io.kotest.matchers.maps.shouldBeEmpty
import io.kotest.matchers.shouldBe

class MustNotCompileSpec :
    FunSpec({
        test("what cannot be meant does not compile") {
            val errors = Snippets.compile(tempdir().toPath(), REFUSED.mapValues { it.value.code }).errors
            assertSoftly {
                REFUSED.forEach { (name, refused) ->
                    withClue(name) { errors[name].orEmpty().shouldExist { refused.diagnostic in it } }
                }
            }
            errors.keys shouldBe REFUSED.keys
        }

        test("the same code compiles once it is meant") {
            Snippets.compile(tempdir().toPath(), ALLOWED).errors.shouldBeEmpty()
        }
    })

private class Refused(val diagnostic: String, val code: String)

private val REFUSED =
    mapOf(
        "reading a Ref while the workflow is defined" to
            Refused("UNRESOLVED_REFERENCE", """val a = step("a") { 1 }; val b: Int = a(); step("c") { 1 }"""),
        "reading a Branch while the block is defined" to
            Refused(
                "UNRESOLVED_REFERENCE",
                """parallel("p") { val a = step("a") { 1 }; val b: Int = a(); join { 1 } }""",
            ),
        "reading a sibling in a step of the block" to
            Refused(
                "UNRESOLVED_REFERENCE",
                """parallel("p") { val a = step("a") { 1 }; val b = step("b") { a() + 1 }; join { b() } }""",
            ),
        "reading a sibling in a step of another branch" to
            Refused(
                "UNRESOLVED_REFERENCE",
                """parallel("p") { val a = step("a") { 1 }; val b = branch("b") { step("c") { a() } }; join { 1 } }""",
            ),
        "reading a block that is a sibling" to
            Refused(
                "UNRESOLVED_REFERENCE",
                """parallel("p") {
                    val a = parallel("q") { val x = step("x") { 1 }; join { x() } }
                    step("b") { a() }
                    join { a() }
                }""",
            ),
        "reading a Branch after its block" to
            Refused("UNRESOLVED_REFERENCE", """val a = parallel("p") { step("a") { 1 } }; step("b") { a() }"""),
        "reading a Branch that was kept after its block" to
            Refused(
                "UNRESOLVED_REFERENCE",
                """lateinit var kept: Branch<Int>
                parallel("p") { kept = step("a") { 1 }; join { kept() } }
                step("b") { kept() }""",
            ),
        "orNull outside of a join" to
            Refused(
                "UNRESOLVED_REFERENCE",
                """parallel("p") { val a = step("a") { 1 }; step("b") { a.orNull() }; join { 1 } }""",
            ),
        "a step inside a step's body" to
            Refused("DSL_SCOPE_VIOLATION", """step("a") { step("b") { 1 }; 1 }"""),
        "a step inside a body in a block" to
            Refused("DSL_SCOPE_VIOLATION", """parallel("p") { step("a") { step("b") { 1 }; 1 }; join { 1 } }"""),
        "a block inside a step's body" to
            Refused("DSL_SCOPE_VIOLATION", """step("a") { parallel("p") { step("b") { 1 } }; 1 }"""),
        "a step inside a join" to
            Refused("DSL_SCOPE_VIOLATION", """parallel("p") { step("a") { 1 }; join { step("b") { 1 }; 1 } }"""),
        "a step inside a merge" to
            Refused(
                "DSL_SCOPE_VIOLATION",
                """parallel("p") { step("a") { 1 }; merge { step("b") { 1 } }; join { 1 } }""",
            ),
        "a join inside a join" to
            Refused("DSL_SCOPE_VIOLATION", """parallel("p") { step("a") { 1 }; join { join { 1 }; 1 } }"""),
        "a branch inside a branch without a block" to
            Refused(
                "DSL_SCOPE_VIOLATION",
                """parallel("p") { branch("b") { branch("c") { step("x") { 1 } }; step("y") { 1 } }; join { 1 } }""",
            ),
        "joining the outer block from inside a branch" to
            Refused("DSL_SCOPE_VIOLATION", """parallel("p") { branch("b") { join { 1 } } ; join { 1 } }"""),
        "merging the outer block from inside a branch" to
            Refused(
                "DSL_SCOPE_VIOLATION",
                """parallel("p") { branch("b") { merge { }; step("x") { 1 } }; join { 1 } }""",
            ),
        "a join outside of a block" to Refused("NONE_APPLICABLE", """join { 1 }; step("a") { 1 }"""),
        "a branch outside of a block" to
            Refused("UNRESOLVED_REFERENCE", """branch("b") { step("a") { 1 } }; step("c") { 1 }"""),
        "a branch that yields nothing" to
            Refused("TYPE_MISMATCH", """parallel("p") { branch("b") { step("a") { 1 }; Unit }; join { 1 } }"""),
        "a branch that yields its inner branch" to
            Refused(
                "TYPE_MISMATCH",
                """parallel("p") { branch("b") { parallel("q") { step("a") { 1 } } }; join { 1 } }""",
            ),
        "a workflow that yields another type" to Refused("TYPE_MISMATCH", """step("a") { "text" }"""),
        "a workflow that yields a block without a join" to
            Refused("TYPE_MISMATCH", """parallel("p") { step("a") { 1 } }"""),
        "a join of another type" to
            Refused("TYPE_MISMATCH", """parallel("p") { val a = step("a") { 1 }; join { a().toString() } }"""),
        "a branch read as another type" to
            Refused(
                "TYPE_MISMATCH",
                """parallel("p") { val a = step("a") { 1 }; join { val s: String = a(); s.length } }""",
            ),
        "a Ref read as another type" to
            Refused("TYPE_MISMATCH", """val a = step("a") { 1 }; step("b") { val s: String = a(); 1 }"""),
        "an input of another type" to
            Refused("TYPE_MISMATCH", """step("a") { val n: Int = input; n }"""),
        "a merge where an error policy belongs" to
            Refused("ARGUMENT_TYPE_MISMATCH", """parallel("p", onError = Collect) { step("a") { 1 }; join { 1 } }"""),
        "an error policy where a merge belongs" to
            Refused("ARGUMENT_TYPE_MISMATCH", """parallel("p", merge = FailFast) { step("a") { 1 }; join { 1 } }"""),
        "what remains where a join belongs" to
            Refused("ARGUMENT_TYPE_MISMATCH", """parallel("p", join = Await) { step("a") { 1 }; join { 1 } }"""),
        "a join where what remains belongs" to
            Refused("ARGUMENT_TYPE_MISMATCH", """parallel("p", remaining = All) { step("a") { 1 }; join { 1 } }"""),
        "reading an item while the loop is defined" to
            Refused(
                "UNRESOLVED_REFERENCE",
                """forEach("l", items = { listOf(1) }) { item -> val i: Int = item(); step("a") { 1 } }; step("c") { 1 }""",
            ),
        "reading an item as another type" to
            Refused(
                "TYPE_MISMATCH",
                """forEach("l", items = { listOf(1) }) { item -> step("a") { val s: String = item(); s } }
                step("c") { 1 }""",
            ),
        "reading a loop's output while the workflow is defined" to
            Refused(
                "UNRESOLVED_REFERENCE",
                """val l = mapEach("l", items = { listOf(1) }) { step("a") { 1 } }; l(); step("c") { 1 }""",
            ),
        "reading the output of a loop that has none" to
            Refused(
                "UNRESOLVED_REFERENCE",
                """val l = forEach("l", items = { listOf(1) }) { step("a") { 1 } }; step("c") { l().size }""",
            ),
        "taking the output of a loop that continues as whole" to
            Refused(
                "TYPE_MISMATCH",
                """val l = mapEach("l", items = { listOf(1) }, onError = Continue) { step("a") { 1 } }
                step("c") { val all: List<Int> = l(); all.size }""",
            ),
        "a block's error policy for a loop" to
            Refused(
                "NONE_APPLICABLE",
                """forEach("l", items = { listOf(1) }, onError = CompleteAll) { step("a") { 1 } }; step("c") { 1 }""",
            ),
        "a loop's error policy for a block" to
            Refused("ARGUMENT_TYPE_MISMATCH", """parallel("p", onError = Continue) { step("a") { 1 }; join { 1 } }"""),
        "a step inside a loop's items" to
            Refused(
                "DSL_SCOPE_VIOLATION",
                """forEach("l", items = { step("a") { 1 }; listOf(1) }) { step("b") { 1 } }; step("c") { 1 }""",
            ),
        "a step inside a condition" to
            Refused(
                "DSL_SCOPE_VIOLATION",
                """choose("c") { on({ step("a") { 1 }; true }) { step("b") { 1 } } }; step("c") { 1 }""",
            ),
        "a step between clauses" to
            Refused(
                "DSL_SCOPE_VIOLATION",
                """choose("c") { step("a") { 1 }; otherwise { step("b") { 1 } } }; step("c") { 1 }""",
            ),
        "a clause inside a clause" to
            Refused(
                "DSL_SCOPE_VIOLATION",
                """choose("c") { otherwise { otherwise { step("b") { 1 } }; step("x") { 1 } } }; step("c") { 1 }""",
            ),
        "reading a sibling branch in a loop of another" to
            Refused(
                "UNRESOLVED_REFERENCE",
                """parallel("p") {
                    val a = step("a") { 1 }
                    sequence("b") { forEach("l", items = { listOf(a()) }) { step("x") { 1 } } }
                    join { 1 }
                }""",
            ),
        "a condition where a case belongs" to
            Refused(
                "UNRESOLVED_REFERENCE",
                """choose("c", value = { 1 }) { on({ true }) { step("a") { 1 } } }; step("c") { 1 }""",
            ),
        "a case of another type" to
            Refused(
                "ARGUMENT_TYPE_MISMATCH",
                """choose("c", value = { 1 }) { case("one") { step("a") { 1 } } }; step("c") { 1 }""",
            ),
        "a choice with an output that may have none" to
            Refused("TYPE_MISMATCH", """choose<Int>("c") { on({ true }) { step("a") { 1 } } }"""),
        "a clause that yields another type" to
            Refused(
                "TYPE_MISMATCH",
                """choose<Int>("c") { on({ true }) { step("a") { "one" } }; otherwise { step("b") { 1 } } }""",
            ),
        "a loop that never says when it ends" to
            Refused("TYPE_MISMATCH", """repeatUntil("r", maxIterations = 3) { step("a") { 1 } }"""),
        "an end outside of a loop" to
            Refused("UNRESOLVED_REFERENCE", """step("a") { 1 } until { it == 1 }"""),
        "the end of an outer loop" to
            Refused(
                "DSL_SCOPE_VIOLATION",
                """repeatUntil("r", maxIterations = 3) {
                    choose("c") { otherwise { step("a") { 1 }; until { true } } }
                    step("b") { 1 } until { true }
                }""",
            ),
        "taking a signal that may time out as there" to
            Refused(
                "TYPE_MISMATCH",
                """val s = awaitSignal<Int>("s", timeout = 1.seconds); step("c") { val n: Int = s(); n }""",
            ),
        "a default of another type" to
            Refused(
                "ARGUMENT_TYPE_MISMATCH",
                """awaitSignal<Int>("s", timeout = 1.seconds, default = "text"); step("c") { 1 }""",
            ),
        "a wait inside a step's body" to
            Refused("DSL_SCOPE_VIOLATION", """step("a") { awaitSignal<Int>("s"); 1 }"""),
        "a sleep inside a callback's request" to
            Refused("DSL_SCOPE_VIOLATION", """callback<Int>("c") { token -> sleep("s", 1.seconds) }"""),
        "undoing a step from inside another one" to
            Refused(
                "DSL_SCOPE_VIOLATION",
                """val a = step("a") { 1 }; step("b") { a compensate { }; 1 }""",
            ),
        "undoing with another type" to
            Refused("TYPE_MISMATCH", """step("a") { 1 } compensate { val s: String = it }"""),
        "a child's input of another type" to
            Refused(
                "TYPE_MISMATCH",
                """val child = workflow<Int, Int>("child") { step("a") { 1 } }; call("c", child) { "text" }""",
            ),
    )

private val ALLOWED =
    mapOf(
        "reading a Ref in a body" to """val a = step("a") { 1 }; step("c") { a() }""",
        "reading branches in the join" to
            """parallel("p") { val a = step("a") { 1 }; val b = step("b") { 2 }; join { a() + (b.orNull() ?: 0) } }""",
        "reading an earlier step in a branch, and a branch's own" to
            """val a = step("a") { 1 }
            parallel("p") { val b = branch("b") { val c = step("c") { a() }; step("d") { c() } }; join { b() } }""",
        "reading a block's join after it" to
            """val p = parallel("p") { val a = step("a") { "x" }; join { a() } }; step("b") { p().length }""",
        "a block as a branch" to
            """parallel("p") { val a = parallel("q") { val x = step("x") { 1 }; join { x() } }; join { a() } }""",
        "a block inside a branch" to
            """parallel("p") {
                val a = branch("b") { parallel("q") { val x = step("x") { 1 }; join { x() } } }
                sequence("s") { parallel { step("c") { put("x", null) } } }
                join { a() }
            }""",
        "errors of branches that the block gave out" to
            """val (a, b) = parallel(onError = CompleteAll) { step("a") { 1 } to step("b") { put("b", "text") } }
            step("c") { if (error(a) != null) 1 else error(b)?.message()?.length ?: error("both") }""",
        "all policies" to
            """step("s", retry = fixed(3, 1.seconds).notOn(Error::class), timeout = 1.seconds, atMostOnce = true) { 1 }
            parallel("p", merge = Collect(into = "x"), onError = CompleteAll, join = Any, remaining = Cancel) {
                step("a") { increment("n"); append("list", 1) }
                join { has("n"); get<Int>("n") + (getOrNull<Int>("m") ?: 0) }
            }""",
        "a merge of one's own" to
            """parallel("p", join = AtLeast(1), retry = exponential(maxAttempts = 5, initial = 1.seconds)) {
                step("a") { put("n", 1) }
                merge { branches -> put("n", branches.sumOf { it.getOrNull<Int>("n") ?: 0 }) }
                join { 1 }
            }""",
        "loops of all kinds" to
            """val made = mapEach("a", items = { listOf(1, 2) }, concurrency = 8) { n -> step("x") { n() + index } }
            val parts = mapEach("b", items = made, onError = Continue) { n -> step("x") { n() } }
            forEach("c", items = parts, onError = CollectErrors) { n -> sleep("x", 1.seconds) }
            forEach<String>("d", key = "k") { name -> parallel("p") { step("x") { name() } } }
            val named = mapEach("e", key = "k") { name: Ref<String> -> step("x") { name() } }
            repeatUntil("f", maxIterations = 3) { step("x") { named().size + made().sum() } until { it > 3 } }""",
        "choices of all kinds" to
            """choose("a") { on({ input == "x" }) { step("x") { 1 } }; on("y", { true }) { sleep("x", 1.seconds) } }
            choose("b", value = { get<String>("k") }) { case("x") { step("x") { 1 } }; otherwise { step("y") { } } }
            val c = choose<Int>("c") { on({ true }) { step("x") { 1 } }; otherwise { step("y") { 2 } } }
            decide("d", "e", "f") { if (c() > 1) "e" else null }
            decide("e", backTo("d", atMost = 2), goTo("f")) { null }
            choose<String, Int>("f", value = { input }) { case("x") { step("x") { 1 } }; otherwise { step("y") { 2 } } }""",
        "waits of all kinds" to
            """val a = awaitSignal<Int>("a"); val b = awaitSignal<Int>("b", timeout = 1.seconds)
            val c = awaitSignal("c", signal = "a", timeout = 1.seconds, default = 3)
            val d = awaitSignal<Int>("d", timeout = 1.seconds, onTimeout = Fail)
            val e = awaitAny<Int>("e", "x", "y"); val f = awaitAll<Int>("f", "x", "y", timeout = 1.seconds)
            val g = approval("g", listOf("yes")) { ApprovalRequest("Pay?") }
            val h = callback<Int>("h", timeout = 1.seconds) { token -> put("token", token) }
            sleepUntil("i") { kotlin.time.Instant.fromEpochSeconds(1) }
            sleepUntil("j") { java.time.Instant.EPOCH }
            sleep("k") { a().seconds }
            step("z") { a() + (b() ?: 0) + c() + d() + e().value() + (f()?.size ?: 0) + g().choice().length + (h() ?: 0) }""",
        "undoing steps" to
            """parallel("p") { step("a") { 1 } compensate { it + 1 }; step("b") { 2 }.compensate(fixed(2, 1.seconds)) { } }
            step("c") { 1 } compensate { println(it) }""",
        "an untyped workflow" to
            """workflow("name") { step("a") { put("x", 1) }; parallel(merge = Collect) { step("b") { } } }
            step("a") { 1 }""",
    )
