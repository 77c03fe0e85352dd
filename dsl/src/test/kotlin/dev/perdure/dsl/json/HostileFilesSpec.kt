package dev.perdure.dsl.json

import dev.perdure.core.DefinitionException
import dev.perdure.core.Json
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldNotBeEmpty
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.longs.shouldBeLessThan
import io.kotest.matchers.shouldBe
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.atomic.AtomicInteger
import java.util.concurrent.atomic.AtomicLong
import kotlin.random.Random

/** P20: whatever a definition has in it, it is read or refused, in little time and on a small stack. */
class HostileFilesSpec :
    FunSpec({
        val trials = Trials()
        val good = Corpus.accepted.map { it.text }
        val texts = good + good + good + Corpus.refused.map { it.text }

        test("50,000 damaged definitions are read or refused with a DefinitionException") {
            val found = ConcurrentHashMap.newKeySet<String>()
            val accepted = AtomicInteger()
            onSmallStacks(2) { half ->
                for (seed in half until 50_000 step 2) {
                    val random = Random(seed)
                    val text = HostileText(random, texts).damage(texts.random(random))
                    trials.run("definition", seed, text) {
                        try {
                            val file = readWorkflowFile(text)
                            accepted.incrementAndGet()
                            readWorkflowFile(writeWorkflowFile(file)) shouldBe file
                        } catch (refused: DefinitionException) {
                            refused.problems().shouldNotBeEmpty()
                            refused.problems().onEach(::shouldBeOneLine).mapTo(found, ::kindOfProblem)
                        }
                    }
                }
            }
            accepted.get() shouldBeGreaterThan 1_000
            found.size shouldBeGreaterThan 100
        }

        test("10,000 damaged templates resolve, miss a field or are refused") {
            val seeds = good.flatMap(::quotedIn).filter { "\${" in it }.distinct()
            var resolved = 0
            onSmallStack {
                repeat(10_000) { seed ->
                    val random = Random(seed)
                    val text = HostileText(random, seeds).damage(seeds.random(random))
                    trials.run("template", seed, text) {
                        try {
                            parseTemplate(text).resolve(ANYTHING)
                            resolved++
                        } catch (refused: MalformedExpression) {
                            refused.check(text)
                        } catch (missing: MissingField) {
                            shouldBeOneLine(missing.message.orEmpty())
                        }
                    }
                }
            }
            resolved shouldBeGreaterThan 500
        }

        test("10,000 damaged conditions are true, false or refused") {
            var evaluated = 0
            onSmallStack {
                repeat(10_000) { seed ->
                    val random = Random(seed)
                    val text = HostileText(random, CONDITIONS).damage(CONDITIONS.random(random))
                    trials.run("condition", seed, text) {
                        try {
                            parseCondition(text).evaluate(ANYTHING, ::shouldBeOneLine)
                            evaluated++
                        } catch (refused: MalformedExpression) {
                            refused.check(text)
                        }
                    }
                }
            }
            evaluated shouldBeGreaterThan 500
        }

        afterSpec { trials.report() }
    })

/** Runs what is given, and keeps the longest time and the most memory that one took. Thread-safe. */
private class Trials {
    private val count = AtomicInteger()
    private val slowest = AtomicLong()
    private val largest = AtomicLong()

    fun run(
        kind: String,
        seed: Int,
        text: String,
        trial: () -> Unit,
    ) {
        count.incrementAndGet()
        try {
            val before = allocated()
            val cpu = cpuOf(trial)
            val memory = allocated() - before
            slowest.accumulateAndGet(cpu, ::maxOf)
            largest.accumulateAndGet(memory, ::maxOf)
            cpu shouldBeLessThan MOST_CPU
            memory shouldBeLessThan MOST_MEMORY
        } catch (escaped: Throwable) {
            throw AssertionError("$kind $seed: $escaped, with this text:\n${text.take(5_000)}", escaped)
        }
    }

    fun report() {
        println("at most ${slowest.get() / 1_000_000} ms of CPU and ${largest.get() shr 10} KiB")
        println("hostile definitions: $count")
    }
}

/** One line in a log, whatever the text that it is about has in it. */
internal fun shouldBeOneLine(message: String) {
    message.indexOfFirst { it.isISOControl() || it in "\u2028\u2029\u202e" } shouldBe -1
}

private fun MalformedExpression.check(text: String) {
    shouldBeOneLine(message.orEmpty())
    (at in 0..text.length) shouldBe true
}

/** A problem without what is quoted in it. */
private fun kindOfProblem(problem: String): String =
    problem.substringAfter(": ").replace(Regex("\"[^\"]*\"|\\$\\{[^}]*\\}|\\d+"), "…").take(40)

internal fun quotedIn(text: String): List<String> =
    Regex("\"([^\"\\\\]*+(?:\\\\.[^\"\\\\]*+)*+)\"").findAll(text).map { it.groupValues[1] }.toList()

internal val ANYTHING =
    Json
        .read("""{"a": {"b": [1, "x", {"c": null}]}, "items": [1, 2], "text": "abc", "n": 15, "score": 0.5}""")
        .let { data -> Sources { data } }

internal val CONDITIONS =
    listOf(
        $$"${analyze.output.score} > 0.8",
        $$"'error' in ${analyze.output.text} or ${analyze.output.text} contains \"b\"",
        $$"${analyze.output.a.b[1]} == 'x' and not ${analyze.output.score} < 0.5",
        $$"'z' not in ${analyze.output.items} and 1 in ${loop.item.items}",
        $$"${workflow.input.text} > 1 or 'b' <= ${loop.item.n} or null < ${analyze.output.missing}",
        $$"(${workflow.input.n} >= 15 or false) and (true or not (not null == ${workflow.input.missing}))",
        $$$"'it\\'s $${x}' != \"\\\"\\\\\\n\" and -1.5e3 <= 2 or ${loop.is_first}",
        "true" + " or (1 == 1 and 'a' < 'b')".repeat(60),
        "(".repeat(50) + "true" + ")".repeat(50),
        "not ".repeat(50) + "false",
    )
