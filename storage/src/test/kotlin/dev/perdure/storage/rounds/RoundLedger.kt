package dev.perdure.storage.rounds

import java.io.FileOutputStream
import java.nio.file.Path
import kotlin.io.path.useLines

/**
 * What one body did: it started, with what it was [given], or it ended, and yielded a value.
 *
 * @property process the name of the process that it ran in
 * @property text what it was given, or what it yielded
 */
internal data class BodyLine(
    val isStart: Boolean,
    val run: String,
    val path: String,
    val attempt: Int,
    val process: String,
    val text: String,
) {
    val key: StepKey get() = StepKey(run, path)

    override fun toString(): String = "$key attempt $attempt in $process ${if (isStart) "given" else "yielded"} $text"
}

/** A step of a run. */
internal data class StepKey(
    val run: String,
    val path: String,
) {
    override fun toString(): String = "$run $path"
}

/**
 * A file that all processes of the rounds add to: a line for each start and each end of a body. It is apart from the store, and
 * each line is one write to a file that is open for appending, so that it survives a kill. Thread-safe.
 */
internal class RoundLedger private constructor(
    private val file: FileOutputStream,
    private val process: String,
) : AutoCloseable {
    fun started(
        step: StepKey,
        attempt: Int,
        given: String,
    ): Unit = append("S", step, attempt, given)

    fun ended(
        step: StepKey,
        attempt: Int,
        value: String,
    ): Unit = append("E", step, attempt, value)

    private fun append(
        kind: String,
        step: StepKey,
        attempt: Int,
        text: String,
    ): Unit = file.write("$kind\t${step.run}\t${step.path}\t$attempt\t$process\t$text\n".toByteArray())

    override fun close(): Unit = file.close()

    companion object {
        fun open(
            file: Path,
            process: String,
        ): RoundLedger = RoundLedger(FileOutputStream(file.toFile(), true), process)

        /** All lines, in the order of writing. */
        fun read(file: Path): List<BodyLine> = file.useLines { lines -> lines.map(::parse).toList() }

        private fun parse(line: String): BodyLine {
            val fields = line.split('\t')
            check(fields.size == FIELDS) { "a line of the ledger has ${fields.size} fields, expected $FIELDS: $line" }
            val (kind, run, path, attempt, process) = fields
            return BodyLine(kind == "S", run, path, attempt.toInt(), process, fields.last())
        }

        private const val FIELDS = 6
    }
}
