package dev.perdure.samples.benchmarks

import dev.perdure.core.RunStatus
import dev.perdure.dsl.engine
import dev.perdure.dsl.join
import dev.perdure.dsl.start
import dev.perdure.storage.SqliteStore
import kotlinx.coroutines.runBlocking
import java.nio.file.Files
import java.util.Locale

/** B5: whether a step that adds a key costs more where the context is large. */
internal class ContextGrowth(private val scale: Scale) {
    private val steps = scale.of(STEPS)

    /** @property fileSize of the database, once it is closed */
    private class Measured(val micros: Double, val fileSize: Long)

    fun measure(): List<Result> {
        val rounds = (0..scale.rounds).map(::round).drop(1)
        val half = KILOBYTES.map { run(it, (steps / 2).coerceAtLeast(1), 0) }
        return KILOBYTES.indices.drop(1).map { size ->
            val medians = rounds.map { it[size] to it[0] }.medians { it.micros }
            val name = if (KILOBYTES[size] == 1_000) "1 MB" else "${KILOBYTES[size]} KB"
            val growth = (rounds[0][size].fileSize - half[size].fileSize) / (steps / 2.0)
            val smallGrowth = (rounds[0][0].fileSize - half[0].fileSize) / (steps / 2.0)
            Result(
                "B5-" + name.replace(" ", ""),
                "step in a context of $name, against 1 KB",
                "us/step",
                medians.perdure,
                medians.raw,
                medians.ratio,
                "at most 1.30",
                medians.ratio <= MOST,
                "the file grows by %.0f bytes a step, by %.0f at 1 KB".format(Locale.ROOT, growth, smallGrowth),
                curve = curve(KILOBYTES[size] to medians.perdure, KILOBYTES[0] to medians.raw),
            )
        }
    }

    private fun curve(vararg micros: Pair<Int, Double>): Curve {
        val points = micros.map { (kilobytes, took) -> Point(kilobytes.toDouble(), took) }
        return Curve("step in a context", "context in KB", "microseconds", listOf(Series("Perdure", points)))
    }

    /** All sizes, each in its turn the first. */
    private fun round(number: Int): List<Measured> {
        val order = KILOBYTES.indices.map { (it + number) % KILOBYTES.size }
        val measured = order.associateWith { run(KILOBYTES[it], steps, number) }
        return KILOBYTES.indices.map { measured.getValue(it) }
    }

    private fun run(
        kilobytes: Int,
        steps: Int,
        round: Int,
    ): Measured {
        val file = scale.directory.resolve("b5-$kilobytes-$steps-$round.db")
        var filledAt = 0L
        val workflow = growingContext(kilobytes, steps) { filledAt = System.nanoTime() }
        val nanos =
            SqliteStore.open(file).engine(workflow).use { engine ->
                runBlocking {
                    val ended = engine.start(workflow, INPUT).join()
                    check(ended.status() == RunStatus.COMPLETED) { "a run ended as $ended" }
                }
                System.nanoTime() - filledAt
            }
        return Measured(nanos / NANOS_PER_MICRO / steps, Files.size(file)).also { delete(file) }
    }

    private companion object {
        val KILOBYTES = listOf(1, 100, 1_000)
        const val STEPS = 1_000
        const val MOST = 1.3
        const val NANOS_PER_MICRO = 1e3
    }
}
