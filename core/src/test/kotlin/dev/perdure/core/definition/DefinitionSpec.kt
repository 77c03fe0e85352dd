package dev.perdure.core.definition

import dev.perdure.core.DefinitionException
import dev.perdure.core.ErrorCode
import dev.perdure.core.Golden
import dev.perdure.core.Json
import dev.perdure.core.Path
import dev.perdure.core.definition.ParallelPolicy.OnError
import dev.perdure.core.definition.ParallelPolicy.Remaining
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.shouldBe
import io.kotest.matchers.shouldNotBe
import io.kotest.matchers.string.shouldContain
import java.time.Duration
import java.time.temporal.ChronoUnit

class DefinitionSpec :
    FunSpec({
        val second = Duration.ofSeconds(1)

        test("E18 an empty parallel block is refused") {
            problems { w -> w.parallel("p") { _ -> } } shouldBe
                listOf("parallel block \"p\" is empty; give it at least one step")
        }
        test("E18 two nodes of one name in one scope are refused, in two scopes they are not") {
            problems { w ->
                w.text("a")
                w.text("a")
                w.parallel("p") { p ->
                    p.text("b")
                    p.text("b")
                }
            }.also { it shouldHaveSize 2 }.forEach { it shouldContain "so give each its own" }
            problems { w ->
                w.text("a")
                w.parallel("p") { p -> p.text("a") }
                w.parallel("q") { p -> p.text("a") }
            }.shouldBeEmpty()
        }
        test("E18 all problems of a definition are reported at once, with the workflow's name") {
            val refused =
                shouldThrow<DefinitionException> {
                    Workflow.define("bad\nname", 0, String::class.java, Thread::class.java) { w ->
                        w.timeout(Duration.ZERO)
                        w.text("dup")
                        w.text("dup")
                        w.parallel("empty") { _ -> }
                        w.step("io", java.io.InputStream::class.java) { error("never") }
                        w.step("slow", String::class.java, StepOptions.DEFAULT.timeout(second.negated())) { "" }
                        Ref(Path.parse("nowhere"), w.step("t", Thread::class.java) { error("never") }.type())
                    }
                }
            refused.code() shouldBe ErrorCode.INVALID_DEFINITION
            refused.message shouldContain "workflow \"bad\\u000aname\" cannot be built, 10 problems:"
            refused.problems() shouldHaveSize 10
            refused.problems().forEach { refused.message shouldContain "\n  - $it" }
        }
        context("refused, with the place and what was found") {
            mapOf<String, Pair<String, (WorkflowBuilder<String>) -> Unit>>(
                "a blank name" to ("is blank" to { w -> w.text(" ") }),
                "a long name" to ("201 characters" to { w -> w.text("x".repeat(201)) }),
                "a control character in a branch's name" to
                    ("in \"p\": name \"a\\u0000\"" to { w -> w.parallel("p") { p -> p.text("a\u0000") } }),
                "a negative timeout" to
                    (
                        "step \"s\": timeout is PT-1S" to
                            { w -> w.text("s", StepOptions.DEFAULT.timeout(second.negated())) }
                    ),
                "a timeout of nothing" to
                    ("step \"s\": timeout is PT0S" to { w -> w.text("s", StepOptions.DEFAULT.timeout(Duration.ZERO)) }),
                "a timeout beyond all clocks" to
                    (
                        "step \"s\": timeout is PT2562047788015215H30M7.999999999S" to
                            { w -> w.text("s", StepOptions.DEFAULT.timeout(ChronoUnit.FOREVER.duration)) }
                    ),
                "a negative timeout of the workflow" to
                    ("the workflow's timeout is PT-1S" to { w -> w.timeout(second.negated()) }),
                "no attempt at all" to (
                    "step \"s\": 0 attempts" to { w ->
                        w.text("s", retry(Retry.fixed(0, second)))
                    }
                ),
                "a negative delay" to
                    ("negative retry delay" to { w -> w.text("s", retry(Retry.fixed(2, second.negated()))) }),
                "a negative cap" to
                    ("negative retry cap" to { w -> w.text("s", retry(Retry.fixed(2, second).cap(second.negated()))) }),
                "an endless delay" to
                    (
                        "step \"s\": retry delay is PT2562047788015215H30M7.999999999S" to
                            { w -> w.text("s", retry(Retry.fixed(2, ChronoUnit.FOREVER.duration))) }
                    ),
                "an endless cap" to
                    (
                        "step \"s\": retry cap is PT2562047788015215H30M7.999999999S" to
                            { w -> w.text("s", retry(Retry.fixed(2, second).cap(ChronoUnit.FOREVER.duration))) }
                    ),
                "a factor below 1" to
                    ("retry factor 0.5" to { w -> w.text("s", retry(Retry.exponential(2, second).factor(0.5))) }),
                "a factor that is no number" to
                    (
                        "retry factor NaN" to { w ->
                            w.text("s", retry(Retry.exponential(2, second).factor(Double.NaN)))
                        }
                    ),
                "an infinite factor" to
                    (
                        "retry factor Infinity" to
                            { w -> w.text("s", retry(Retry.exponential(2, second).factor(Double.POSITIVE_INFINITY))) }
                    ),
                "jitter above 1" to
                    ("retry jitter 1.5" to { w -> w.text("s", retry(Retry.fixed(2, second).jitter(1.5))) }),
                "jitter that is no number" to
                    ("retry jitter NaN" to { w -> w.text("s", retry(Retry.fixed(2, second).jitter(Double.NaN))) }),
                "a block's retry, at each step" to
                    (
                        "step \"p/a\": 0 attempts" to
                            { w ->
                                w.parallel("p") { p ->
                                    p.retry(Retry.fixed(0, second))
                                    p.text("a")
                                }
                            }
                    ),
                "AtLeast(0)" to ("join AtLeast(0) of 2 branches" to { w -> w.two { it.join(Join.atLeast(0)) } }),
                "AtLeast more than there are" to
                    ("join AtLeast(3) of 2 branches" to { w -> w.two { it.join(Join.atLeast(3)) } }),
                "maxParallelism 0" to ("maxParallelism 0" to { w -> w.two { it.maxParallelism(0) } }),
                "maxParallelism -1" to ("maxParallelism -1" to { w -> w.two { it.maxParallelism(-1) } }),
                "a bad collect key" to
                    ("the collect key of parallel block \"p\"" to { w -> w.two { it.merge(Merge.Collect("")) } }),
                "two joins" to
                    (
                        "two joins" to
                            { w ->
                                w.two { p ->
                                    p.join(String::class.java) { "" }
                                    p.join(String::class.java) { "" }
                                }
                            }
                    ),
                "an empty branch" to
                    (
                        "branch \"p/b\" is empty" to
                            { w ->
                                val elsewhere = w.text("t")
                                w.parallel("p") { p -> p.branch("b") { _ -> elsewhere } }
                            }
                    ),
                "a type that cannot be recorded" to (
                    "step \"s\": values of type java.lang.Thread" to
                        { w -> w.step("s", Thread::class.java) { error("never") } }
                ),
            ).forEach { (name, case) ->
                test(name) {
                    val found = problems { w -> case.second(w) }
                    withClue(found) { found.single() shouldContain case.first }
                }
            }
        }
        test("two blocks that collect into one key are refused, wherever they are") {
            problems { w ->
                w.parallel("p") { p ->
                    p.merge(Merge.Collect(Merge.Collect.DEFAULT_KEY))
                    p.branch("b") { b ->
                        b.parallel("inner") { i ->
                            i.merge(Merge.Collect(Merge.Collect.DEFAULT_KEY))
                            i.text("x")
                        }
                        b.text("last")
                    }
                }
            }.single() shouldContain "as parallel block \"p\" does"
            problems { w ->
                w.parallel("p") { p ->
                    p.merge(Merge.Collect("one"))
                    p.text("x")
                }
                w.parallel("q") { p ->
                    p.merge(Merge.Collect("two"))
                    p.text("x")
                }
            }.shouldBeEmpty()
        }
        test("remaining = Cancel without a join is refused under either error policy") {
            OnError.entries.forEach { onError ->
                val policy = ParallelPolicy(Merge.DeepMerge(), onError, null, Remaining.CANCEL, 0)
                val root = Sequence("w", listOf(Parallel("p", listOf(node("a"), node("b")), policy, null)))
                refusedBy(draft(root)).single() shouldContain "remaining = Cancel needs a join"
            }
            listOf(Join.ANY, Join.MAJORITY, Join.atLeast(1)).forEach { join ->
                problems { w -> w.two { it.join(join, Remaining.CANCEL) } }.shouldBeEmpty()
            }
        }
        test("a result that is not a node is refused") {
            refusedBy(draft(Sequence("w", listOf(node("a"))), result = Path.parse("b"))).single() shouldContain
                "result is \"b\""
        }
        test("a workflow without a node, or of version 0, is refused") {
            refusedBy(draft(Sequence("w", emptyList()), result = null)) shouldBe
                listOf("the workflow is empty; give it at least one step")
            refusedBy(draft(Sequence("w", listOf(node("a"))), version = 0)) shouldBe
                listOf("the workflow has version 0; versions start at 1")
        }
        test("64 blocks inside each other are accepted, 65 are refused") {
            problems { w -> nest(w, 64) }.shouldBeEmpty()
            problems { w -> nest(w, 65) }.single() shouldContain "is nested 65 blocks deep; at most 64"
        }
        test("100,000 blocks inside each other are refused without going down them") {
            var asked = 0
            problems { w -> nest(w, 100_000) { asked++ } }.single() shouldContain "is nested 65 blocks deep"
            asked shouldBe 64
        }
        test("100,000 steps in a row, and a block of 10,000 branches, are fine") {
            problems { w -> repeat(100_000) { w.text("s$it") } }.shouldBeEmpty()
            problems { w -> w.parallel("p") { p -> repeat(10_000) { p.text("s$it") } } }.shouldBeEmpty()
        }
        test("unnamed blocks are called by their place in their scope") {
            val workflow =
                define { w ->
                    w.parallel { p -> p.text("a") }
                    w.parallel { p ->
                        p.branch("b") { b ->
                            b.parallel { i -> i.text("c") }
                            b.text("d")
                        }
                    }
                }
            workflow.root().nodes().map { it.name() } shouldBe listOf("parallel-1", "parallel-2", "last")
            (Path.parse("parallel-2/b/parallel-1/c") in workflow.places()) shouldBe true
        }
        test(
            "the graph of one workflow with everything in it is what it was (-Dperdure.golden.update=true writes it anew)",
        ) {
            Golden.compare("graph-v1.json", Json.write(everything().graph()) + "\n")
        }
        test("equal structures have one fingerprint, whatever the bodies are") {
            everything().fingerprint() shouldBe everything(body = "another").fingerprint()
            everything().graph() shouldBe everything(body = "another").graph()
            everything().fingerprint() shouldBe Regex("[0-9a-f]{16}").matchEntire(everything().fingerprint())!!.value
        }
        context("the fingerprint changes with") {
            val plain = define { w -> w.two { } }.fingerprint()
            mapOf<String, () -> Workflow<*, *>>(
                "a block's name" to { define { w -> w.two("q") { } } },
                "a step's name" to { define { w -> w.parallel("p") { p -> p.text("a").also { p.text("c") } } } },
                "the order of branches" to {
                    define { w ->
                        w.parallel("p") { p -> p.text("b").also { p.text("a") } }
                    }
                },
                "the version" to { define(version = 2) { w -> w.two { } } },
                "the workflow's timeout" to { define { w -> w.timeout(second).also { w.two { } } } },
                "the merge" to { define { w -> w.two { it.merge(Merge.Strict()) } } },
                "the collect key" to { define { w -> w.two { it.merge(Merge.Collect("k")) } } },
                "the error policy" to { define { w -> w.two { it.onError(OnError.COMPLETE_ALL) } } },
                "the join" to { define { w -> w.two { it.join(Join.ANY) } } },
                "what remains" to { define { w -> w.two { it.join(Join.ANY, Remaining.CANCEL) } } },
                "the limit of branches" to { define { w -> w.two { it.maxParallelism(1) } } },
                "what the block yields" to { define { w -> w.two { it.join(String::class.java) { "" } } } },
                "a retry" to { define { w -> w.two { it.retry(Retry.fixed(2, second)) } } },
                "one more node" to { define { w -> w.two { }.also { w.text("more") } } },
                "a step's timeout" to
                    {
                        define { w ->
                            w.parallel(
                                "p",
                            ) { p -> p.text("a").also { p.text("b", StepOptions.DEFAULT.timeout(second)) } }
                        }
                    },
                "a step's promise" to
                    {
                        define { w ->
                            w.parallel("p") { p -> p.text("a").also { p.text("b", StepOptions.DEFAULT.atMostOnce()) } }
                        }
                    },
                "an output's type" to {
                    define { w ->
                        w.parallel("p") { p ->
                            p.text("a")
                            p.step("b", Int::class.javaObjectType) { 1 }
                        }
                    }
                },
            ).forEach { (name, other) -> test(name) { other().fingerprint() shouldNotBe plain } }
        }
    })

private fun WorkflowBuilder<String>.text(
    name: String,
    options: StepOptions = StepOptions.DEFAULT,
): Ref<String> = step(name, String::class.java, options) { "" }

private fun SequenceBuilder<String>.text(name: String): Ref<String> = step(name, String::class.java) { "" }

private fun ParallelBuilder<String>.text(
    name: String,
    options: StepOptions = StepOptions.DEFAULT,
): Branch<String> = step(name, String::class.java, options) { "" }

private fun WorkflowBuilder<String>.two(
    name: String = "p",
    policies: (ParallelBuilder<String>) -> Unit,
) = parallel(name) { p ->
    policies(p)
    p.text("a")
    p.text("b")
}

private fun retry(policy: Retry): StepOptions = StepOptions.DEFAULT.retry(policy)

private fun define(
    version: Int = 1,
    content: (WorkflowBuilder<String>) -> Unit,
): Workflow<String, String> =
    Workflow.define("w", version, String::class.java, String::class.java) { w ->
        content(w)
        w.text("last")
    }

private fun problems(content: (WorkflowBuilder<String>) -> Unit): List<String> =
    try {
        define(1, content)
        emptyList()
    } catch (refused: DefinitionException) {
        refused.problems()
    }

private fun nest(
    builder: SequenceBuilder<String>,
    levels: Int,
    onEntered: () -> Unit = {},
) {
    builder.parallel("p") { p ->
        onEntered()
        p.branch("b") { b ->
            if (levels > 1) {
                nest(b, levels - 1, onEntered)
            }
            b.text("s")
        }
    }
}

private fun node(name: String): Node = Step.of(name, BlockingBody { "" }, ValueTypes.NOTHING, Retry.NONE)

private fun draft(
    root: Sequence,
    version: Int = 1,
    result: Path? = null,
): Workflow.Draft<*, *> =
    Workflow.Draft(
        "w",
        version,
        ValueTypes.NOTHING,
        ValueTypes.NOTHING,
        root,
        result,
        null,
        PlainCodec(),
        BlockingBody::class.java,
    )

private fun refusedBy(draft: Workflow.Draft<*, *>): List<String> =
    shouldThrow<DefinitionException> { Workflow.of(draft, emptyList()) }.problems()

private fun everything(body: String = "x"): Workflow<String, String> =
    Workflow.define("everything", 3, String::class.java, String::class.java) { w ->
        w.timeout(Duration.ofDays(2))
        w.retry(Retry.linear(2, Duration.ofMillis(5)))
        w.step("first/one", String::class.java) { body }
        w.retry(Retry.NONE)
        w.step("once", Int::class.javaObjectType, StepOptions.DEFAULT.timeout(Duration.ofSeconds(3)).atMostOnce()) {
            body.length
        }
        val block =
            w.parallel<String>("block") { p ->
                p.retry(Retry.exponential(5, Duration.ofSeconds(1)).cap(Duration.ofMinutes(1)).jitter(0.2))
                p.merge(Merge.Collect("results"))
                p.onError(OnError.COMPLETE_ALL)
                p.join(Join.atLeast(1), Remaining.CANCEL)
                p.maxParallelism(2)
                val a = p.step("a", String::class.java) { body }
                p.branch("b") { b ->
                    b.parallel { inner ->
                        inner.merge(MergeFunction { })
                        inner.step("x", String::class.java) { body }
                    }
                    b.step("y", Double::class.javaObjectType) { 1.5 }
                }
                p.join(String::class.java) { j -> j.getOrNull(a) ?: body }
            }
        w.step("last", String::class.java) { s -> s.get(block) }
    }
