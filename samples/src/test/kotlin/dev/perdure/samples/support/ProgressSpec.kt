package dev.perdure.samples.support

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import java.io.ByteArrayOutputStream
import java.io.PrintStream

private fun linesOf(
    done: Long,
    total: Long,
): List<String> {
    val bytes = ByteArrayOutputStream()
    PlainProgress("steps", done, total, PrintStream(bytes, true)).use { progress ->
        repeat((total - done).toInt()) { progress.step() }
    }
    return bytes
        .toString()
        .lines()
        .map { it.trim() }
        .filter { it.isNotEmpty() }
}

class ProgressSpec :
    FunSpec({
        test("where there is no terminal, each tenth is a line") {
            linesOf(done = 70, total = 100) shouldContainExactly
                listOf("steps: 80 of 100 (80 %)", "steps: 90 of 100 (90 %)", "steps: 100 of 100 (100 %)")
            linesOf(done = 0, total = 1) shouldContainExactly listOf("steps: 1 of 1 (100 %)")
        }
    })
