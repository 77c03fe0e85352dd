package dev.perdure.samples.readme

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.ints.shouldBeGreaterThan
import java.nio.file.Files
import java.nio.file.Path
import kotlin.io.path.name
import kotlin.io.path.readLines
import kotlin.io.path.readText

private val root: Path = Path.of("..").toAbsolutePath().normalize()
private val cited = Regex("`(\\w+)` \"([^\"]+)\"")

/** The tests that the page about guarantees names. */
class GuaranteesSpec :
    FunSpec({
        val page = root.resolve("core/docs/guarantees.md").readLines()
        val modules = listOf("core", "dsl", "storage", "samples", "samples/cli")
        val suites by lazy {
            modules
                .flatMap { module -> listOf("src/test", "src/testFixtures").map { root.resolve(module).resolve(it) } }
                .filter(Files::isDirectory)
                .flatMap { Files.walk(it).use { files -> files.filter { file -> "$file".endsWith(".kt") }.toList() } }
                .groupBy({ it.name.removeSuffix(".kt") }, { it.readText() })
        }

        /** Whether a suite has a test of this name, in which "…" stands for anything. */
        fun has(
            suite: String,
            name: String,
        ): Boolean {
            val pattern = name.split("…").joinToString(".*") { Regex.escape(it) }
            return suites[suite].orEmpty().any { Regex("\"[^\"\n]*$pattern").containsMatchIn(it) }
        }

        test("each test that is named is there") {
            val tests = page.flatMap { line -> cited.findAll(line).map { it.groupValues[1] to it.groupValues[2] } }
            tests.size shouldBeGreaterThan 50
            tests.filterNot { (suite, name) -> has(suite, name) }.shouldBeEmpty()
        }

        test("each promise names a test") {
            val promises =
                page
                    .dropWhile { it != "## What is promised" }
                    .takeWhile { it != "## What is not promised" }
                    .filter { it.startsWith("| ") && it != "| promise | tests |" }
            promises.size shouldBeGreaterThan 30
            promises.filterNot { cited.containsMatchIn(it) }.shouldBeEmpty()
        }
    })
