package dev.perdure.core.journal

import dev.perdure.core.ErrorCode
import dev.perdure.core.Golden
import dev.perdure.core.Json
import dev.perdure.core.PerdureException
import dev.perdure.core.Plain
import dev.perdure.core.PlainData
import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain

private const val GOLDEN_OF_VERSION_1 = "journal-v1.jsonl"
private const val GOLDEN_OF_VERSION_2 = "journal-v2.jsonl"
private const val GOLDEN = "journal-v3.jsonl"

class RowFormatSpec :
    FunSpec({
        context("an entry reads back from its row") {
            entries.forEachIndexed { i, (entry, place) ->
                test("$i ${entry.javaClass.simpleName} ${place.kind()}") {
                    RowFormat.toEntry("r1", RowFormat.toRow(entry, i + 1L, place)) shouldBe entry
                }
            }
        }
        test("every kind of entry that has a row is among the examples") {
            entries.map { it.first.javaClass }.toSet() shouldBe
                Entry::class.java.permittedSubclasses.toSet() - Entry.RunEnded::class.java
        }
        test("rows are written as the golden file has them (-Dperdure.golden.update=true writes it anew)") {
            Golden.compare(GOLDEN, rows.joinToString("") { Json.write(Plain.of(columns(it))) + "\n" })
        }
        test("the rows of the golden file are read as the entries that they were written from") {
            readGolden(GOLDEN) shouldBe entries.map { it.first }
        }
        test("the rows that earlier versions wrote are read as the entries that they were written from") {
            readGolden(GOLDEN_OF_VERSION_1) shouldBe EntryExamples.ofVersion1.map { it.first }
            readGolden(GOLDEN_OF_VERSION_2) shouldBe EntryExamples.ofVersion2.map { it.first }
        }
        test("columns that only repeat others for those who query are no part of the checksum") {
            rows.forEach { row ->
                val entry = RowFormat.toEntry("r1", row)
                RowFormat.toEntry("r1", row.repeating(null, null, null)) shouldBe entry
                RowFormat.toEntry("r1", row.repeating(99, "maybe", "elsewhere")) shouldBe entry
            }
        }
        test("what lies in a loop, a choice and a decision say so in columns of their own") {
            fun saying(column: (Row) -> Any?) =
                rows.mapNotNull { row -> column(row)?.let { "${row.path()} $it" } }.distinct()
            saying(Row::iterationIndex) shouldContainExactly
                listOf("loop[3]/charge 3", "loop[3]/inner[12]/charge 12", "loop[3] 3")
            saying(Row::branchTaken) shouldContainExactly listOf("size big", "size otherwise", "next ship")
            rows.filter { it.kind() == "choose" }.map { it.conditionResult() } shouldContainExactly
                listOf("true", "false", "false", null)
        }
        context("a row with a damaged column is refused") {
            rows.forEach { row ->
                test("$row") {
                    damaged(row).forEach { (column, bad) ->
                        withClue(column) {
                            val refused = shouldThrow<PerdureException> { RowFormat.toEntry("r1", bad) }
                            refused.code() shouldBe ErrorCode.CORRUPT_ROW
                            refused.runId() shouldBe "r1"
                            refused.message shouldContain "journal row ${bad.seq()}"
                        }
                    }
                }
            }
        }
        test("a row whose checksum fits but whose content does not is refused without showing the content") {
            val row = rows.first { it.status() == StepStatus.FAILED && it.kind() == "step" }
            val odd =
                listOf(
                    row.copy(error = null),
                    row.copy(error = "{\"message\":\"secret\""),
                    row.copy(finishedAt = null),
                    row.copy(status = StepStatus.NOTED),
                    row.copy(status = StepStatus.COMPLETED, output = null),
                    row.copy(status = StepStatus.COMPLETED, output = "1", changes = "[\"secret\"]"),
                    row.copy(kind = "warning", detail = "{}"),
                    row.copy(kind = "warning", detail = null),
                )
            odd.forEach { unfit ->
                val refused = shouldThrow<PerdureException> { RowFormat.toEntry("r1", unfit.sealed()) }
                refused.code() shouldBe ErrorCode.CORRUPT_ROW
                refused.message shouldNotContain "secret"
            }
        }
        test("where a snapshot has the changes already they are left out") {
            val row = rows.first { it.changes() != null && it.kind() == "step" }
            (RowFormat.toEntry("r1", row, true) as Entry.StepCompleted).changes() shouldBe Changes.NONE
            val bad = row.copy(changes = "{}")
            shouldThrow<PerdureException> { RowFormat.toEntry("r1", bad, true) }.code() shouldBe ErrorCode.CORRUPT_ROW
        }
        test("a step's output and writes nested to the limit are read back") {
            val deepest = PlainData.nested(Plain.MAX_DEPTH)
            val changes = Changes(Changes.puts(mapOf("p" to deepest)).byKey() + ("a" to Change.Append(listOf(deepest))))
            val entry =
                Entry.StepCompleted(
                    EntryExamples.path,
                    1,
                    Payload.of(deepest),
                    changes,
                    EntryExamples.begun,
                    EntryExamples.ended,
                )
            (RowFormat.toEntry("r1", RowFormat.toRow(entry, 1, EntryExamples.step)) == entry) shouldBe true
        }
        test("the end of a run is in the run's own row, so it has none in the journal") {
            val end = Entry.RunEnded(RunStatus.COMPLETED, Payload.NULL, null, EntryExamples.ended)
            shouldThrow<PerdureException> { RowFormat.toRow(end, 1, NodePlace.RUN) }.code() shouldBe ErrorCode.INTERNAL
        }
        test("no row shows a value in a log") {
            rows.forEach { it.toString() shouldNotContain "marker" }
        }
    })

private val entries = EntryExamples.all

private val rows: List<Row> = entries.mapIndexed { i, (entry, place) -> RowFormat.toRow(entry, i + 1L, place) }

private fun columns(row: Row): Map<String, Any?> =
    row.javaClass.recordComponents.associate { it.name to it.accessor.invoke(row) }

private fun readGolden(name: String): List<Entry> =
    Golden
        .read(name)
        .lines()
        .filter { it.isNotEmpty() }
        .map { RowFormat.toEntry("r1", rowOf(it)) }

private fun rowOf(line: String): Row {
    val columns = Json.read(line) as Map<*, *>
    val types =
        Row::class.java.recordComponents
            .map { it.type }
            .toTypedArray()
    val values =
        Row::class.java.recordComponents.map { component ->
            val value = columns[component.name]
            when (component.type) {
                Int::class.java -> (value as Long).toInt()
                Int::class.javaObjectType -> (value as Long?)?.toInt()
                StepStatus::class.java -> StepStatus.valueOf(value as String)
                else -> value
            }
        }
    return Row::class.java.getConstructor(*types).newInstance(*values.toTypedArray())
}

/** The row once for each column, that column changed in a way that a type check does not notice. */
private fun damaged(row: Row): Map<String, Row> =
    mapOf(
        "seq" to row.copy(seq = row.seq() + 256),
        "path" to row.copy(path = row.path() + "x"),
        "parentPath" to row.copy(parentPath = (row.parentPath() ?: "") + "x"),
        "branch" to row.copy(branch = (row.branch() ?: "") + "x"),
        "kind" to row.copy(kind = if (row.kind() == "join") "step" else "join"),
        "attempt" to row.copy(attempt = row.attempt() + 256),
        "status" to
            row.copy(status = if (row.status() == StepStatus.FAILED) StepStatus.TIMED_OUT else StepStatus.FAILED),
        "output" to row.copy(output = if (row.output() == null) "null" else null),
        "changes" to row.copy(changes = if (row.changes() == null) "{}" else null),
        "error" to row.copy(error = if (row.error() == null) "{}" else null),
        "detail" to row.copy(detail = if (row.detail() == null) "{}" else null),
        "joinPolicy" to row.copy(joinPolicy = (row.joinPolicy() ?: "") + "x"),
        "startedAt" to row.copy(startedAt = (row.startedAt() ?: 0) + 256),
        "finishedAt" to row.copy(finishedAt = (row.finishedAt() ?: 0) + 256),
        "retryAt" to row.copy(retryAt = (row.retryAt() ?: 0) + 256),
        "checksum" to row.copy(checksum = row.checksum() + 1),
        "output and changes swapped" to row.copy(output = row.changes() ?: "1", changes = row.output()),
    )

private fun Row.repeating(
    index: Int?,
    condition: String?,
    taken: String?,
): Row = copy(iterationIndex = index, conditionResult = condition, branchTaken = taken)
