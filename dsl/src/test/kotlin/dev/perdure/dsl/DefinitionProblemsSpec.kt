package dev.perdure.dsl

import dev.perdure.core.DefinitionException
import dev.perdure.core.ErrorCode
import dev.perdure.core.PerdureException
import dev.perdure.core.definition.Ref
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContain
import io.kotest.matchers.collections.shouldContainExactlyInAnyOrder
import io.kotest.matchers.collections.shouldExist
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldStartWith
import kotlinx.serialization.Contextual
import kotlinx.serialization.Polymorphic
import kotlinx.serialization.Serializable
import java.net.Socket
import kotlin.time.Duration.Companion.seconds

class DefinitionProblemsSpec :
    FunSpec({
        test("every mistake of a definition is reported, not just the first") {
            val problems =
                problemsOf {
                    workflow<Socket, Thread>(" ", version = 0, timeout = (-1).seconds) {
                        step("twice") { 1 }
                        step("twice") { 2 }
                        step("socket") { Socket() }
                        parallel("empty", maxParallelism = 0) { }
                        parallel("block", merge = Strict, join = AtLeast(9), retry = fixed(0, 1.seconds)) {
                            step("a\u0000") { listOf(Any()) }
                            branch("sequence") {
                                parallel("inner") { step("x") { Runnable { } } }
                                step("b", timeout = 0.seconds) { Held(Socket()) }
                            }
                            merge { }
                            join { 1 }
                            join { Socket() }
                        }
                        step("last") { Thread() }
                    }
                }
            listOf(
                "the workflow's input: values of type Socket",
                "the workflow's output: values of type Thread",
                "the workflow: name \" \" is blank",
                "the workflow has version 0",
                "the workflow's timeout is PT-1S",
                "two nodes are called \"twice\"",
                "step \"socket\": values of type Socket cannot be recorded: it has no serializer",
                "parallel block \"empty\": maxParallelism 0",
                "parallel block \"empty\" is empty",
                "parallel block \"block\": join AtLeast(9)",
                "parallel block \"block\" has two merges",
                "parallel block \"block\" has two joins",
                "the join of \"block\": values of type Socket",
                "step \"block/sequence/inner/x\": values of type Runnable",
                "step \"block/sequence/b\": values of type Held cannot be recorded: ",
                "step \"block/sequence/b\": timeout is PT0S",
                "step \"block/sequence/inner/x\": 0 attempts",
                "step \"last\": values of type Thread",
            ).forEach { start -> problems.shouldExist { it.startsWith(start) } }
            problems.shouldExist { "control character" in it }
        }

        test("what a type lacks inside is found before there is a value") {
            problemsOf { workflow("w") { step("a") { listOf(Open(1, 2)) } } }.single() shouldStartWith
                "step \"a\": values of type List<Open> cannot be recorded: kotlinx.serialization.Polymorphic"
        }

        test("a definition that is nested without end is refused at the limit") {
            var asked = 0

            fun WorkflowScope<Any?>.nest() {
                parallel("p") {
                    sequence("s") {
                        asked++
                        nest()
                    }
                }
            }
            val problems = problemsOf { workflow("deep") { nest() } }
            problems.shouldExist { "is nested 65 blocks deep; at most 64 are allowed" in it }
            problems shouldHaveSize 1
            asked shouldBe 64
        }

        test("sixty-four levels are allowed") {
            fun NestedParallelScope<Any?>.nest(levels: Int) {
                if (levels == 0) step("leaf") { 1 } else parallel("p") { nest(levels - 1) }
            }
            workflow("deep") { parallel("first") { parallel("second") { nest(62) } } }.name() shouldBe "deep"
        }

        test("a node that is added to an outer scope from inside a block is refused") {
            problemsOf {
                workflow("w") {
                    val outer = this
                    parallel("block") {
                        outer.step("astray") { 1 }
                        step("inside") { 2 }
                    }
                }
            } shouldContain "\"astray\" is added from inside \"block\", which is not where it belongs; " +
                "describe it in its own block"
        }

        test("a workflow that is built takes no more nodes") {
            lateinit var leaked: WorkflowScope<Any?>
            workflow("w") {
                leaked = this
                step("a") { 1 }
            }
            val refused = shouldThrow<PerdureException> { leaked.step("late") { 2 } }
            refused.code() shouldBe ErrorCode.INVALID_DEFINITION
            refused.message.orEmpty() shouldContain "a body cannot add to its workflow"
        }

        test("every mistake in loops, choices and waits is reported, not just the first") {
            val problems =
                problemsOf {
                    workflow("w") {
                        forEach("loop", items = { listOf(Socket()) }, concurrency = 0) { }
                        choose("choice") {
                            on("x", { true }) { step("a") { } }
                            on("x", { true }) { }
                        }
                        choose("by_value", value = { 1 }) {
                            case(1) { step("a") { } }
                            case(1) { step("a") { } }
                        }
                        repeatUntil("poll", maxIterations = 0) {
                            until { true }
                            until { false }
                        }
                        decide("lost", "nowhere", "lost") { null }
                        decide("back", goTo("loop"), backTo("last", atMost = 1)) { null }
                        sleep("nap", (-1).seconds)
                        awaitSignal<Socket>("socket", timeout = 0.seconds)
                        awaitAny<Int>("none")
                        awaitAll<Int>("twice", "a", "a")
                        awaitSignal<String>("own", signal = "perdure:x")
                        approval("asked", emptyList()) { error("never") }
                        call<Socket, Thread>("child", " ", version = -1) { Socket() }
                        val signal = awaitSignal<Int>("signal") compensate { }
                        step("twice_undone") { } compensate { } compensate { }
                        step("last") { signal() }
                    }
                }
            listOf(
                "the items of \"loop\": values of type List<Socket>",
                "the items of \"loop\": values of type Socket",
                "loop \"loop\": concurrency 0",
                "loop \"loop\" is empty",
                "choose \"choice\" has two clauses called \"x\"",
                "clause \"choice/x\" is empty",
                "choose \"by_value\" has two clauses called \"1\"",
                "loop \"poll\" has two untils",
                "loop \"poll\": maxIterations 0",
                "loop \"poll\" is empty",
                "decide \"lost\": target \"nowhere\" is not in its sequence",
                "decide \"lost\": target \"lost\" is not after it",
                "decide \"back\": target \"loop\" is not after it",
                "decide \"back\": target \"last\" comes after it",
                "sleep \"nap\": duration PT-1S",
                "signal \"socket\": values of type Socket",
                "signal \"socket\": timeout is PT0S",
                "signal \"none\" waits for signals []",
                "signal \"twice\" waits for signals [a, a]",
                "a signal of signal \"own\": name \"perdure:x\" begins with",
                "approval \"asked\" offers the choices []",
                "the input of call \"child\": values of type Socket",
                "call \"child\": values of type Thread",
                "the workflow that \"child\" calls: name \" \" is blank",
                "call \"child\": version -1",
                "\"signal\" is given a compensation, but is no step",
                "step \"twice_undone\" has two compensations",
            ).forEach { start -> problems.shouldExist { it.startsWith(start) } }
            problems shouldHaveSize 27
        }

        test("what a loop or a clause yields is a node of its own") {
            problemsOf {
                workflow("w") {
                    val outer = step("outer") { 1 }
                    mapEach("loop", items = { listOf(1) }) {
                        step("a") { }
                        outer
                    }
                    choose<Int>("choice") {
                        on({ true }) { step("a") { 1 } }
                        otherwise {
                            step("b") { }
                            outer
                        }
                    }
                    choose<Int>("open") {
                        on({ true }) { step("a") { 1 } }
                        outer
                    }
                    repeatUntil("poll", maxIterations = 2) {
                        step("a") { }
                        outer until { true }
                    }
                }
            }.map { it.substringBefore(";").substringBefore(",") } shouldContainExactlyInAnyOrder
                listOf(
                    "loop \"loop\": its result is \"outer\"",
                    "clause \"choice/otherwise\": its result is \"outer\"",
                    "choose \"open\" yields a value",
                    "loop \"poll\": its result is \"outer\"",
                )
        }

        test("nodes of all kinds that are nested without end are refused at the limit; sixty-four levels are allowed") {
            var asked = 0

            fun WorkflowScope<Any?>.nest(levels: Int) {
                asked++
                if (levels == 0) {
                    step("leaf") { 1 }
                    return
                }
                when (levels % 4) {
                    0 -> forEach("l", items = { listOf(1) }) { nest(levels - 1) }
                    1 -> choose("c") { otherwise { nest(levels - 1) } }
                    2 -> repeatUntil("r", 2) { until { true }.also { nest(levels - 1) } }
                    else -> parallel("p") { sequence("s") { nest(levels - 1) } }
                }
            }
            workflow("deep") { nest(64) }.name() shouldBe "deep"
            asked = 0
            problemsOf { workflow("deep") { nest(100_000) } }.single() shouldContain "is nested 65 blocks deep"
            asked shouldBe 65
        }

        test("a node that is added to an outer scope from inside a loop, a clause or a choice is refused") {
            problemsOf {
                workflow("w") {
                    val outer = this
                    forEach("loop", items = { listOf(1) }) {
                        outer.sleep("a", 1.seconds)
                        step("inside") { 2 }
                    }
                    choose("choice") {
                        outer.step("b") { 1 }
                        otherwise {
                            outer.awaitSignal<Int>("c")
                            step("inside") { 2 }
                        }
                    }
                }
            }.map { it.substringBefore(",") } shouldBe
                listOf(
                    "\"a\" is added from inside \"loop[*]\"",
                    "\"b\" is added from inside \"choice\"",
                    "\"c\" is added from inside \"choice/otherwise\"",
                )
        }

        test("a result that is another workflow's node is refused") {
            lateinit var foreign: Ref<Int>
            workflow<Unit, Int>("other") { step("elsewhere") { 1 }.also { foreign = it } }
            problemsOf {
                workflow<Unit, Int>("w") {
                    step("here") { 1 }
                    foreign
                }
            }.single() shouldContain "which is not one of its nodes"
        }
    })

private fun problemsOf(define: () -> Unit): List<String> = shouldThrow<DefinitionException> { define() }.problems()

@Serializable
private data class Held(
    @Contextual val socket: Socket,
)

@Serializable
private data class Open(
    @Polymorphic val first: Any,
    val second: Int,
)
