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
data class Effect(
    val kind: EffectKind,
    val life: Int,
    val key: StepKey,
    val attempt: Int,
)

/**
 * An append-only file with a line for each start and each end of a body. It is written apart from the store and survives a
 * halt, so that it can testify against the store.
 *
 * Thread-safe: each line is one write to a file that is open for appending.
 */
class EffectsLedger private constructor(private val file: FileOutputStream, private val life: Int) : AutoCloseable {
    fun started(
        body: StepKey,
        attempt: Int,
    ) = append(EffectKind.START, body, attempt)

    fun ended(
        body: StepKey,
        attempt: Int,
    ) = append(EffectKind.END, body, attempt)

    fun failed(
        body: StepKey,
        attempt: Int,
    ) = append(EffectKind.FAILED, body, attempt)

    private fun append(
        kind: EffectKind,
        body: StepKey,
        attempt: Int,
    ) {
        file.write("$kind\t$life\t${body.runId}\t${body.path}\t$attempt\n".toByteArray())
    }

    override fun close() = file.close()

    companion object {
        /** Opens the ledger for the JVM that is its [life]th writer. */
        fun open(
            file: Path,
            life: Int,
        ): EffectsLedger = EffectsLedger(FileOutputStream(file.toFile(), true), life)

        /** All that is in the ledger, in the order of writing. */
        fun read(file: Path): List<Effect> =
            file.useLines { lines -> lines.mapIndexed { index, line -> parse(index + 1, line) }.toList() }

        private fun parse(
            number: Int,
            line: String,
        ): Effect {
            val fields = line.split('\t')
            require(fields.size == 5) { "line $number of the ledger has ${fields.size} fields; expected 5" }
            val (kind, life, runId, path, attempt) = fields
            return Effect(EffectKind.valueOf(kind), life.toInt(), StepKey(runId, path), attempt.toInt())
        }
    }
}
