package dev.perdure.core.journal

import dev.perdure.core.ErrorCode
import dev.perdure.core.Failure
import dev.perdure.core.Golden
import dev.perdure.core.Json
import dev.perdure.core.Path
import dev.perdure.core.PerdureException
import dev.perdure.core.Plain
import dev.perdure.core.PlainData
import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.assertions.withClue
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import java.time.Instant

/** What the first version of the format wrote. */
private const val FIRST_GOLDEN = "journal-v1.jsonl"

private const val GOLDEN = "journal-v2.jsonl"

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
        test("the rows of the golden files are read as the entries that they were written from") {
            read(GOLDEN) shouldBe entries.map { it.first }
            read(FIRST_GOLDEN) shouldBe entries.take(17).map { it.first }
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
            val entry = Entry.StepCompleted(path, 1, Payload.of(deepest), changes, begun, ended)
            (RowFormat.toEntry("r1", RowFormat.toRow(entry, 1, step)) == entry) shouldBe true
        }
        test("the end of a run is in the run's own row, so it has none in the journal") {
            val end = Entry.RunEnded(RunStatus.COMPLETED, Payload.NULL, null, ended)
            shouldThrow<PerdureException> { RowFormat.toRow(end, 1, NodePlace.RUN) }.code() shouldBe ErrorCode.INTERNAL
        }
        test("no row shows a value in a log") {
            rows.forEach { it.toString() shouldNotContain "marker" }
        }
    })

private val path = Path.ROOT.child("setup").child("a/b")
private val wait = Path.parse("loop[3]/wait#2")
private val begun = Instant.ofEpochMilli(1_767_225_600_123)
private val ended = Instant.ofEpochMilli(1_767_225_601_456)
private val step = NodePlace("step", "a/b")
private val failure =
    Failure(
        "java.io.IOException",
        "no route\nto \u0000 \ud83d\ude80 marker",
        ErrorCode.NO_VALUE,
        path,
        2,
        "at a.B.c(B.java:1)",
        listOf(Failure.of(ErrorCode.TIMED_OUT, "too late", null)),
    )
private val changes =
    Changes(
        Changes
            .puts(
                mapOf("name" to "marker é\ud800", "none" to null, "price" to 1.10.toBigDecimal().setScale(2)),
            ).byKey() +
            mapOf("old" to Change.Remove(), "log" to Change.Append(listOf(1L, null)), "count" to Change.Increment(2L)),
    )

private val entries: List<Pair<Entry, NodePlace>> =
    listOf(
        Entry.StepStarted(path, 1, begun) to step,
        Entry.StepCompleted(path, 300, Payload.of(mapOf("v" to listOf(1, 2.5, "marker"))), changes, begun, ended) to
            step,
        Entry.StepCompleted(Path.parse("s"), 1, Payload.NULL, Changes.NONE, begun, ended) to
            NodePlace("step", null),
        Entry.StepCompleted(path.part("join"), 1, Payload.of("j"), Changes.NONE, begun, ended) to
            NodePlace("join", null),
        Entry.StepCompleted(path.part("merge"), 1, Payload.NULL, changes, begun, ended) to
            NodePlace("merge", null),
        Entry.StepFailed(path, 2, StepStatus.FAILED, failure, ended.plusMillis(5), begun, ended) to step,
        Entry.StepFailed(path, 3, StepStatus.TIMED_OUT, failure, null, begun, ended) to step,
        Entry.StepInterrupted(path, 4, ended) to step,
        Entry.StepCancelled(path, 0, ended) to step,
        block("parallel", StepStatus.COMPLETED, changes, null, "AtLeast(2)"),
        block("parallel", StepStatus.FAILED, Changes.NONE, failure, "All"),
        block("parallel", StepStatus.CANCELLED, Changes.NONE, null, "None"),
        block("branch", StepStatus.COMPLETED, Changes.NONE, null, null),
        Entry.Warned(path, "branches \"a\" and \"b\" disagree", ended) to NodePlace("parallel", null),
        Entry.CancelRequested("by hand", null, ended) to NodePlace.RUN,
        Entry.CancelRequested("timeout", failure, ended) to NodePlace.RUN,
        Entry.RunRetried(ended) to NodePlace.RUN,
        Entry.TokenIssued(wait.part("request"), 2, "00ff", ended) to NodePlace("request", null),
        Entry.WaitStarted(wait, ended.plusMillis(7), mapOf("signals" to listOf("go"), "none" to null), begun) to
            NodePlace("signal", null),
        Entry.WaitStarted(wait, null, emptyMap(), begun) to NodePlace("sleep", null),
        Entry.WaitCompleted(wait, Payload.of("marker"), listOf(3L, 9L), false, begun, ended) to
            NodePlace("signal", null),
        Entry.WaitCompleted(wait, Payload.NULL, listOf(), true, begun, ended) to NodePlace("approval", "a/b"),
        Entry.StepFailed(wait, 1, StepStatus.TIMED_OUT, failure, null, begun, ended) to NodePlace("callback", null),
        Entry.StepCancelled(wait, 1, ended) to NodePlace("call", null),
        Entry.StepCompleted(Path.parse("route"), 1, Payload.of("end"), Changes.NONE, begun, ended) to
            NodePlace("decide", null),
        block("for_each", StepStatus.COMPLETED, Changes.NONE, null, null),
        Entry.BlockEnded(
            Path.parse("pick"),
            "choose",
            StepStatus.COMPLETED,
            Payload.of(1L),
            Changes.NONE,
            null,
            BlockSummary.ofChoice("large", true),
            null,
            begun,
            ended,
        ) to NodePlace("choose", null),
        Entry.BlockEnded(
            Path.parse("loop[12]"),
            "item",
            StepStatus.FAILED,
            null,
            Changes.NONE,
            failure,
            BlockSummary(0, 0, 0),
            null,
            begun,
            ended,
        ) to NodePlace("item", null),
        Entry.RunPaused("look", ended) to NodePlace.RUN,
        Entry.RunResumed(ended) to NodePlace.RUN,
        Entry.CompensationStarted(RunStatus.FAILED, failure, ended) to NodePlace.RUN,
        Entry.CompensationStarted(RunStatus.CANCELLED, null, ended) to NodePlace.RUN,
    )

private fun block(
    kind: String,
    status: StepStatus,
    changes: Changes,
    failure: Failure?,
    join: String?,
): Pair<Entry, NodePlace> =
    Entry.BlockEnded(path, kind, status, null, changes, failure, BlockSummary(2, 1, 3), join, begun, ended) to
        NodePlace(kind, "outer")

private fun read(golden: String): List<Entry> =
    Golden
        .read(golden)
        .lines()
        .filter { it.isNotEmpty() }
        .map { RowFormat.toEntry("r1", rowOf(it)) }

private val rows: List<Row> = entries.mapIndexed { i, (entry, place) -> RowFormat.toRow(entry, i + 1L, place) }

private fun columns(row: Row): Map<String, Any?> =
    row.javaClass.recordComponents.associate { it.name to it.accessor.invoke(row) }

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
                Int::class.java, Int::class.javaObjectType -> (value as Long?)?.toInt()
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

private fun Row.sealed(): Row = copy(checksum = RowFormat.checksum(this))

private fun Row.copy(
    seq: Long = seq(),
    path: String = path(),
    parentPath: String? = parentPath(),
    branch: String? = branch(),
    kind: String = kind(),
    attempt: Int = attempt(),
    status: StepStatus = status(),
    output: String? = output(),
    changes: String? = changes(),
    error: String? = error(),
    detail: String? = detail(),
    joinPolicy: String? = joinPolicy(),
    startedAt: Long? = startedAt(),
    finishedAt: Long? = finishedAt(),
    retryAt: Long? = retryAt(),
    checksum: Int = checksum(),
): Row =
    Row(
        seq,
        path,
        parentPath,
        branch,
        kind,
        attempt,
        status,
        output,
        changes,
        error,
        detail,
        joinPolicy,
        startedAt,
        finishedAt,
        retryAt,
        iterationIndex(),
        conditionResult(),
        branchTaken(),
        checksum,
    )
