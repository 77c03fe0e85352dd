package dev.perdure.samples.onboarding

import java.io.FileOutputStream
import java.nio.file.Path
import kotlin.io.path.useLines

/** What a body of a step did to the world outside the store. */
enum class EffectKind { START, END, FAILED }

/**
 * One line of the ledger.
 *
 * @property life which JVM it was in: 1 before the crash, 2 after it
 */
data class Effect(val kind: EffectKind, val life: Int, val runId: String, val path: String, val attempt: Int)

/**
 * An append-only file with a line for each start and each end of a body. It is written apart from the store and survives a
 * halt, so that it can testify against the store.
 *
 * Thread-safe: each line is one write to a file that is open for appending.
 */
class EffectsLedger private constructor(private val file: FileOutputStream, private val life: Int) : AutoCloseable {
    fun started(runId: String, path: String, attempt: Int) = append(EffectKind.START, runId, path, attempt)

    fun ended(runId: String, path: String, attempt: Int) = append(EffectKind.END, runId, path, attempt)

    fun failed(runId: String, path: String, attempt: Int) = append(EffectKind.FAILED, runId, path, attempt)

    private fun append(kind: EffectKind, runId: String, path: String, attempt: Int) {
        file.write("$kind\t$life\t$runId\t$path\t$attempt\n".toByteArray())
    }

    override fun close() = file.close()

    companion object {
        /** Opens the ledger for the JVM that is its [life]th writer. */
        fun open(file: Path, life: Int): EffectsLedger = EffectsLedger(FileOutputStream(file.toFile(), true), life)

        /** All that is in the ledger, in the order of writing. */
        fun read(file: Path): List<Effect> =
            file.useLines { lines -> lines.mapIndexed { index, line -> parse(index + 1, line) }.toList() }

        private fun parse(number: Int, line: String): Effect {
            val fields = line.split('\t')
            require(fields.size == 5) { "line $number of the ledger has ${fields.size} fields; expected 5" }
            val (kind, life, runId, path, attempt) = fields
            return Effect(EffectKind.valueOf(kind), life.toInt(), runId, path, attempt.toInt())
        }
    }
}
