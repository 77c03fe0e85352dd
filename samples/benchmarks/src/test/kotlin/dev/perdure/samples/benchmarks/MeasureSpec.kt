package dev.perdure.samples.benchmarks

import dev.perdure.core.Json
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.collections.shouldContainAll
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldStartWith
import io.kotest.matchers.types.shouldBeInstanceOf
import java.io.ByteArrayOutputStream
import java.io.File
import java.io.PrintStream

private fun tiny(directory: File) = Scale(rounds = 1, factor = 0.01, directory.toPath())

private fun printed(
    command: Command.Measure,
    directory: File,
): List<String> {
    val out = ByteArrayOutputStream()
    measure(command, tiny(directory), PrintStream(out, true))
    return out.toString().lines().filter { it.isNotBlank() }
}

class MeasureSpec :
    FunSpec({
        test("a workload is measured from end to end and printed as one JSON object a line") {
            val directory = tempdir()
            val lines = printed(Command.Measure(listOf("B1"), isQuick = true, isJson = true), directory)
            lines shouldHaveSize 1
            val result = Json.read(lines.single()).shouldBeInstanceOf<Map<String, Any?>>()
            result.keys shouldContainAll listOf("id", "store", "rate", "raw_rate", "ratio")
            result["id"] shouldBe "B1"
            result["store"] shouldBe "sqlite"
            directory.list().orEmpty().toList() shouldBe listOf()
        }

        test("on a PostgreSQL server of its own, which is gone afterwards") {
            val directory = tempdir().toPath()
            val out = ByteArrayOutputStream()
            PostgresSchemas(directory).use { databases ->
                val command = Command.Measure(listOf("B2", "B13"), isQuick = true, isJson = true)
                measure(command, Scale(rounds = 1, factor = 0.01, directory, databases), PrintStream(out, true))
            }
            val results =
                out
                    .toString()
                    .lines()
                    .filter { it.isNotBlank() }
                    .map { Json.read(it) as Map<*, *> }
            results.map { it["id"] to it["store"] } shouldBe listOf("B2" to "postgres", "B13" to "postgres")
        }

        test("as text, there is a header before the results") {
            val lines = printed(Command.Measure(listOf("B1"), isQuick = true, isJson = false), tempdir())
            lines[0] shouldStartWith "JDK "
            lines[1] shouldStartWith "id "
            lines[2] shouldStartWith "B1 "
            lines.size shouldBeGreaterThan 2
        }

        test("a run with a journal is resumed where it stopped") {
            val results = Resume(tiny(tempdir())).measure()
            results.map { it.id } shouldBe listOf("B4-1K", "B4-10K", "B4-100K")
        }
    })
