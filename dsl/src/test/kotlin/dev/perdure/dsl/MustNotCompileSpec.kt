package dev.perdure.dsl

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
            REFUSED.forEach { (name, refused) ->
                withClue(name) { errors[name].orEmpty().shouldExist { refused.diagnostic in it } }
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
        "a join outside of a block" to Refused("UNRESOLVED_REFERENCE", """join { 1 }; step("a") { 1 }"""),
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
        "an untyped workflow" to
            """workflow("name") { step("a") { put("x", 1) }; parallel(merge = Collect) { step("b") { } } }
            step("a") { 1 }""",
    )
