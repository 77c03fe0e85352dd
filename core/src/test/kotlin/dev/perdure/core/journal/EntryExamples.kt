package dev.perdure.core.journal

import dev.perdure.core.ErrorCode
import dev.perdure.core.Failure
import dev.perdure.core.Path
import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import java.time.Instant

/** Entries of every kind, with the places where they stand. New ones go to the end: each line of the golden file is one. */
object EntryExamples {
    val path = Path.ROOT.child("setup").child("a/b")
    val begun = Instant.ofEpochMilli(1_767_225_600_123)
    val ended = Instant.ofEpochMilli(1_767_225_601_456)
    val step = NodePlace("step", "a/b")
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
                mapOf(
                    "old" to Change.Remove(),
                    "log" to Change.Append(listOf(1L, null)),
                    "count" to Change.Increment(2L),
                ),
        )

    val ofVersion1: List<Pair<Entry, NodePlace>> =
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

    private val loop = Path.parse("loop")
    private val pay = Path.parse("pay")
    private val due = ended.plusSeconds(60)

    private val waits: List<Pair<Entry, NodePlace>> =
        listOf(
            Entry.WaitStarted(pay, due, mapOf("signal" to "marker", "count" to 2L), begun) to place("signal"),
            Entry.WaitStarted(pay, null, mapOf("prompt" to null), begun) to place("approval"),
            Entry.WaitStarted(pay, due, mapOf(), begun) to place("sleep"),
            Entry.WaitStarted(pay, null, mapOf("run" to "r1/pay"), begun) to place("call"),
            Entry.TokenIssued(pay.part("request"), 2, "c2hhMjU2", ended) to place("callback"),
            Entry.WaitCompleted(
                pay,
                Payload.of(listOf("marker")),
                listOf(1, 3),
                false,
                begun,
                ended,
            ) to place("signal"),
            Entry.WaitCompleted(pay, Payload.NULL, listOf(), true, begun, ended) to place("approval"),
            Entry.WaitCompleted(pay, Payload.NULL, listOf(), false, begun, ended) to place("sleep"),
            Entry.StepFailed(pay, 1, StepStatus.TIMED_OUT, failure, null, begun, ended) to place("callback"),
            Entry.StepCancelled(pay, 1, ended) to place("call"),
        )

    private val blocks: List<Pair<Entry, NodePlace>> =
        listOf(
            done(loop.item(3).child("charge"), "step"),
            done(
                loop
                    .item(3)
                    .child("inner")
                    .item(12)
                    .child("charge"),
                "step",
            ),
            ended(loop.item(3), "item", StepStatus.COMPLETED, null),
            ended(loop, "for_each", StepStatus.FAILED, null),
            done(loop.part("items"), "items"),
            ended(Path.parse("size"), "choose", StepStatus.COMPLETED, BlockSummary.ofChoice("big", true)),
            ended(Path.parse("size"), "choose", StepStatus.COMPLETED, BlockSummary.ofChoice("otherwise", false)),
            ended(Path.parse("size"), "choose", StepStatus.COMPLETED, BlockSummary.ofChoice(null, false)),
            ended(Path.parse("size"), "choose", StepStatus.CANCELLED, BlockSummary(0, 0, 1)),
            ended(Path.parse("size").child("big"), "clause", StepStatus.COMPLETED, null),
            ended(Path.parse("poll"), "repeat_until", StepStatus.COMPLETED, null),
            ended(Path.parse("poll").repetition(1), "iteration", StepStatus.COMPLETED, null),
            Entry.StepCompleted(Path.parse("next"), 1, Payload.of("ship"), Changes.NONE, begun, ended) to
                place("decide"),
            done(Path.parse("book").part("compensation"), "compensation"),
        )

    private val remarks: List<Pair<Entry, NodePlace>> =
        listOf(
            Entry.RunPaused("marker", ended) to NodePlace.RUN,
            Entry.RunResumed(ended) to NodePlace.RUN,
            Entry.CompensationStarted(RunStatus.FAILED, failure, ended) to NodePlace.RUN,
            Entry.CompensationStarted(RunStatus.CANCELLED, null, ended) to NodePlace.RUN,
        )

    private val code: List<Pair<Entry, NodePlace>> =
        listOf(
            Entry.StepCompleted(pay, 1, Payload.of("c"), Changes.NONE, true, begun, ended) to place("step"),
            Entry.StepCompleted(path.child("patch:audit"), 1, Payload.of(true), Changes.NONE, begun, ended) to
                NodePlace("patch", "users"),
            done(path.repetition(2), "step"),
            ended(Path.parse("code"), "procedure", StepStatus.COMPLETED, null),
        )

    val ofVersion2: List<Pair<Entry, NodePlace>> = ofVersion1 + waits + blocks + remarks

    val all: List<Pair<Entry, NodePlace>> = ofVersion2 + code

    private fun place(kind: String) = NodePlace(kind, null)

    private fun done(
        at: Path,
        kind: String,
    ): Pair<Entry, NodePlace> =
        Entry.StepCompleted(at, 1, Payload.of("marker"), Changes.NONE, begun, ended) to place(kind)

    private fun ended(
        at: Path,
        kind: String,
        status: StepStatus,
        summary: BlockSummary?,
    ): Pair<Entry, NodePlace> {
        val error = failure.takeIf { status == StepStatus.FAILED }
        val output = Payload.of(listOf(1, "marker")).takeIf { status == StepStatus.COMPLETED }
        val counts = summary ?: BlockSummary(2, 0, 1)
        return Entry.BlockEnded(at, kind, status, output, Changes.NONE, error, counts, null, begun, ended) to
            place(kind)
    }
}
