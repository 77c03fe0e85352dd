package dev.perdure.dsl

import dev.perdure.core.definition.Merge
import dev.perdure.core.definition.Parallel
import dev.perdure.core.definition.ParallelPolicy
import dev.perdure.core.definition.Retry
import dev.perdure.core.definition.Sequence
import dev.perdure.core.definition.Step
import dev.perdure.core.definition.StepOptions
import dev.perdure.core.definition.Workflow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.nulls.shouldBeNull
import io.kotest.matchers.shouldBe
import io.kotest.matchers.types.shouldBeInstanceOf
import java.io.IOException
import java.util.function.Function
import kotlin.time.Duration.Companion.minutes
import kotlin.time.Duration.Companion.seconds
import kotlin.time.toJavaDuration

class GraphSpec :
    FunSpec({
        test("the DSL and the Java builder describe the same graph") {
            val kotlin =
                workflow<String, String>("both", version = 3, timeout = 5.minutes) {
                    val first = step("first", timeout = 3.seconds) { input.length }
                    val both =
                        parallel("both", retry = exponential(5, 1.seconds), maxParallelism = 2, onError = CompleteAll) {
                            val left = step("left", atMostOnce = true) { first() + 1L }
                            val right =
                                branch("right") {
                                    val a = step("a") { first().toString() }
                                    step("b", retry = fixed(2, 1.seconds)) { a() }
                                }
                            join { "${left()} ${right()}" }
                        }
                    parallel(merge = Collect(into = "seen"), join = AtLeast(1), remaining = Cancel) {
                        step("put") { put("x", 1) }
                    }
                    step("last") { both() }
                }
            kotlin.graph() shouldBe javaGraph()
            kotlin.result().toString() shouldBe "last"
        }

        test("a workflow without types takes any input, has no output and names blocks by their place") {
            val counts =
                workflow("counts") {
                    parallel(merge = Collect) { step("orders") { put("count", 1) } }
                    parallel(merge = LastWins, onError = CompleteAll) {
                        step("a") { put("x", 1) }
                        parallel { step("deep") { put("y", 2) } }
                        sequence("tail") { parallel { step("b") { remove("x") } } }
                    }
                }
            counts.result().shouldBeNull()
            counts.output().decode(null) shouldBe Unit
            counts.input().decode(mapOf("a" to 1L)) shouldBe mapOf("a" to 1L)
            counts
                .places()
                .keys
                .map { it.toString() }
                .filter { "#" !in it && it.isNotEmpty() }
                .sorted() shouldContainExactly
                listOf(
                    "parallel-1",
                    "parallel-1/orders",
                    "parallel-2",
                    "parallel-2/a",
                    "parallel-2/parallel-1",
                    "parallel-2/parallel-1/deep",
                    "parallel-2/tail",
                    "parallel-2/tail/parallel-1",
                    "parallel-2/tail/parallel-1/b",
                )
        }

        test("a block that is a branch yields to the outer block's join") {
            val nested =
                workflow<Unit, String>("nested") {
                    parallel("outer") {
                        val inner =
                            parallel("inner", join = Majority) {
                                val one = step("one") { 1 }
                                step("two") { 2 }
                                join { one.orNull() ?: 0 }
                            }
                        merge { branches -> put("names", branches.map { it.name() }) }
                        join { "inner said ${inner()}" }
                    }
                }
            val outer = nested.root().nodes().single() as Parallel
            val inner = outer.branches().single() as Parallel
            nested.result().toString() shouldBe "outer#join"
            outer.policy().merge().shouldBeInstanceOf<Merge.Custom>()
            inner.policy() shouldBe
                ParallelPolicy(
                    Merge.DeepMerge(),
                    ParallelPolicy.OnError.FAIL_FAST,
                    Majority,
                    ParallelPolicy.Remaining.AWAIT,
                    0,
                )
            inner.yield()?.output()?.name() shouldBe "Integer"
        }

        test("a step takes the retries of what is around it unless it has its own") {
            val standard = fixed(2, 1.seconds)
            val own = linear(4, 1.seconds, cap = 2.seconds)
            val retries =
                workflow("retries", retry = standard) {
                    step("inherits") { }
                    parallel(retry = own) {
                        step("of_block") { }
                        branch("branch") { step("of_block_too") { } }
                        branch("other", retry = standard) { step("of_branch") { } }
                    }
                }
            retries.steps().mapValues { it.value.retry() } shouldBe
                mapOf("inherits" to standard, "of_block" to own, "of_block_too" to own, "of_branch" to standard)
        }

        test("retry policies say what core's do") {
            val policy = exponential(5, 1.seconds, factor = 3.0, cap = 1.minutes, jitter = 0.2)
            val expected =
                Retry
                    .exponential(5, 1.seconds.toJavaDuration())
                    .factor(3.0)
                    .cap(1.minutes.toJavaDuration())
                    .jitter(0.2)
            policy.copyWithoutCondition() shouldBe expected.copyWithoutCondition()
            val picky = fixed(3, 1.seconds).retryIf { it is IOException }.notOn(java.io.FileNotFoundException::class)
            picky.condition().test(IOException()) shouldBe true
            picky.condition().test(java.io.FileNotFoundException()) shouldBe false
            picky.condition().test(IllegalStateException()) shouldBe false
        }
    })

private fun Retry.copyWithoutCondition() = listOf(maxAttempts(), backoff(), initial(), factor(), cap(), jitter())

private fun Workflow<*, *>.steps(): Map<String, Step> {
    fun stepsOf(nodes: List<dev.perdure.core.definition.Node>): List<Step> =
        nodes.flatMap {
            when (it) {
                is Step -> listOf(it)
                is Sequence -> stepsOf(it.nodes())
                is Parallel -> stepsOf(it.branches())
                else -> error("${it.kind()} is not in these workflows")
            }
        }
    return stepsOf(root().nodes()).associateBy { it.name() }
}

private fun javaGraph(): Map<String, Any?> =
    Workflow
        .define("both", 3, String::class.java, String::class.java) { w ->
            w.timeout(5.minutes.toJavaDuration())
            val limited = StepOptions.DEFAULT.timeout(3.seconds.toJavaDuration())
            val first = w.step("first", Int::class.javaObjectType, limited) { it.input().length }
            val both =
                w.parallel(
                    "both",
                    Function { p ->
                        p.retry(Retry.exponential(5, 1.seconds.toJavaDuration()))
                        p.maxParallelism(2)
                        p.onError(ParallelPolicy.OnError.COMPLETE_ALL)
                        val once = StepOptions.DEFAULT.atMostOnce()
                        val left = p.step("left", Long::class.javaObjectType, once) { it.get(first) + 1L }
                        val right =
                            p.branch("right") { b ->
                                val a = b.step("a", String::class.java) { it.get(first).toString() }
                                val twice = StepOptions.DEFAULT.retry(Retry.fixed(2, 1.seconds.toJavaDuration()))
                                b.step("b", String::class.java, twice) { it.get(a) }
                            }
                        p.join(String::class.java) { "${it.get(left)} ${it.get(right)}" }
                    },
                )
            w.parallel { p ->
                p.merge(Merge.Collect("seen"))
                p.join(
                    dev.perdure.core.definition.Join
                        .atLeast(1),
                    ParallelPolicy.Remaining.CANCEL,
                )
                @Suppress("UNCHECKED_CAST") // never run; Java's Void has no value
                p.step("put", Void::class.java as Class<Any>) { "" }
            }
            w.step("last", String::class.java) { it.get(both) }
        }.graph()
