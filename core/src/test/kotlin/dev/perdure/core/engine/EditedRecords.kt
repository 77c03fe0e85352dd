package dev.perdure.core.engine

import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import dev.perdure.core.journal.Row
import dev.perdure.core.journal.RunRecord
import dev.perdure.core.journal.copy
import dev.perdure.core.journal.sealed
import kotlin.random.Random

/** What somebody who can write the tables makes of a run; its checksums fit unless they are what is edited. */
class EditedRecords(
    image: Image,
) {
    private var record = image.record
    private val rows = image.rows.toMutableList()

    /** As a store gives it: in the order of the rows' numbers, each of them once. */
    fun image() = Image(record, rows.sortedBy { it.seq() }.distinctBy { it.seq() })

    /** The first character says which row, the second what of it, the rest is the text to be there. */
    fun edit(line: String) {
        val row = line.getOrElse(0) { 'a' } - FIRST
        val text = line.drop(2)
        val column = line.getOrElse(1) { 'a' } - FIRST
        if (rows.isEmpty() || row.mod(rows.size + 1) == rows.size) {
            record = RUN_COLUMNS[column.mod(RUN_COLUMNS.size)](record, text)
        } else {
            editRow(row.mod(rows.size), column.mod(ROW_COLUMNS.size + 2), text)
        }
    }

    private fun editRow(
        at: Int,
        column: Int,
        text: String,
    ) {
        when (column) {
            ROW_COLUMNS.size -> rows.removeAt(at)
            ROW_COLUMNS.size + 1 -> rows += rows[at].copy(seq = rows.maxOf { it.seq() } + 1).sealed()
            else -> rows[at] = ROW_COLUMNS[column](rows[at], text).let { if (column == 0) it else it.sealed() }
        }
    }

    companion object {
        private const val FIRST = 'a'

        /** Texts that are somewhere in the rows of some run. */
        private val FAMILIAR =
            listOf("", "0", "-1", "7", "9999999999", "null", "{}", "[]", "[1]", "\"x\"", "{\"put\":{\"a\":1}}") +
                listOf("{\"append\":{\"a\":[1]}}", "{\"increment\":{\"a\":1}}", "{\"type\":\"T\",\"message\":\"m\"}") +
                listOf("{\"succeeded\":1,\"failed\":0,\"taken\":\"a\"}", "{\"signals\":[1]}", "{\"reason\":\"why\"}") +
                listOf("step", "parallel", "branch", "for_each", "item", "choose", "clause", "decide", "repeat_until") +
                listOf("iteration", "sleep", "signal", "warning", "token", "cancel", "retry", "pause", "resume") +
                listOf("compensate", "items[1]/work", "items[99]", "a/b", "a#2", "items#items", "book#compensation")

        /** Inputs of [RecordTarget]: each recorded run as it is, and with two edits. */
        fun examples(): List<String> =
            Recordings.all.indices.flatMap { number ->
                val random = Random(number)
                val edits = List(2) { "${anyLetter(random)}${anyLetter(random)}${FAMILIAR.random(random)}" }
                listOf("$number", edits.joinToString("\n", "$number\n"))
            }

        private fun anyLetter(random: Random): Char = FIRST + random.nextInt(26)

        /** That of the checksum comes first. */
        private val ROW_COLUMNS: List<(Row, String) -> Row> =
            listOf(
                { row, text -> row.copy(checksum = number(text).toInt()) },
                { row, text -> row.copy(seq = number(text).toInt().toLong()) },
                { row, text -> row.copy(path = text) },
                { row, text -> row.copy(parentPath = text.ifEmpty { null }) },
                { row, text -> row.copy(branch = text.ifEmpty { null }) },
                { row, text -> row.copy(kind = text) },
                { row, text -> row.copy(attempt = number(text).toInt()) },
                { row, text -> row.copy(status = StepStatus.values().let { it[number(text).mod(it.size)] }) },
                { row, text -> row.copy(output = text.ifEmpty { null }) },
                { row, text -> row.copy(changes = text.ifEmpty { null }) },
                { row, text -> row.copy(error = text.ifEmpty { null }) },
                { row, text -> row.copy(detail = text.ifEmpty { null }) },
                { row, text -> row.copy(joinPolicy = text.ifEmpty { null }) },
                { row, text -> row.copy(startedAt = time(text)) },
                { row, text -> row.copy(finishedAt = time(text)) },
                { row, text -> row.copy(retryAt = time(text)) },
            )

        private val RUN_COLUMNS: List<(RunRecord, String) -> RunRecord> =
            listOf(
                { run, text -> run.with(status = RunStatus.values().let { it[number(text).mod(it.size)] }) },
                { run, text -> run.with(input = text) },
                { run, text -> run.with(output = text.ifEmpty { null }) },
                { run, text -> run.with(error = text.ifEmpty { null }) },
                { run, text -> run.with(context = text.ifEmpty { null }) },
                { run, text -> run.with(contextSeq = number(text)) },
                { run, text -> run.with(deadlineAt = time(text)) },
                { run, text -> run.with(wakeAt = time(text)) },
            )

        private fun number(text: String): Long = text.toLongOrNull() ?: text.hashCode().toLong()

        private fun time(text: String): Long? = if (text.isEmpty()) null else number(text)
    }
}

private fun RunRecord.with(
    status: RunStatus = status(),
    input: String = input(),
    output: String? = output(),
    error: String? = error(),
    context: String? = context(),
    contextSeq: Long = contextSeq(),
    deadlineAt: Long? = deadlineAt(),
    wakeAt: Long? = wakeAt(),
) = RunRecord(
    id(),
    generation(),
    workflow(),
    version(),
    fingerprint(),
    status,
    input,
    output,
    error,
    context,
    contextSeq,
    createdAt(),
    updatedAt(),
    finishedAt(),
    deadlineAt,
    parent(),
    wakeAt,
)
