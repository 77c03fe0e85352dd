package dev.perdure.samples.cli

import dev.perdure.core.Failure
import dev.perdure.core.Json
import dev.perdure.core.Plain
import dev.perdure.core.StepStatus
import dev.perdure.core.journal.Row
import dev.perdure.core.journal.RunRecord

/**
 * What is recorded of a run, a line for each node and part of a node, in the order in which they were first recorded.
 * Immutable.
 *
 * @param hasPayloads whether values and the messages of failures are shown
 */
internal class Timeline(
    private val run: RunRecord,
    rows: List<Row>,
    private val hasPayloads: Boolean,
) {
    private val lines: List<Line> = rows.groupBy { it.path() to it.kind() }.map { (_, own) -> Line(own) }

    /** All rows of one node. */
    private class Line(rows: List<Row>) {
        val last: Row = rows.last()
        val attempts: Int = rows.maxOf { it.attempt() }
        val startedAt: Long? = rows.firstNotNullOfOrNull { it.startedAt() }
        private val endedAt: Long? = last.finishedAt().takeIf { last.status() !in OPEN }
        val millis: Long? = if (startedAt == null || endedAt == null) null else endedAt - startedAt
        val size: Int? = last.output()?.length
        val failure: Failure? = last.error()?.let { Failure.fromPlain(Json.read(it)) }
    }

    /** For people. */
    fun words(): List<String> {
        val head = listOf("path", "kind", "status", "attempts", "start", "took", "output")
        val table = tableOf(head, lines.map(::cells))
        return listOf(title()) + payload("input", run.input()) + table.first() +
            lines.zip(table.drop(1)).flatMap { (line, text) -> listOf(text) + payloads(line) } +
            payload("output", run.output()) +
            listOfNotNull(run.failure()?.let { failureText(it) }?.let { "error: $it" })
    }

    private fun title(): String {
        val took = run.finishedAt()?.let { ", took ${it - run.createdAt()} ms" }.orEmpty()
        return "run ${run.id()} of ${run.workflow()} v${run.version()}: ${run.status()}, created ${time(
            run.createdAt(),
        )}$took"
    }

    private fun cells(line: Line): List<String> =
        listOf(
            line.last.path(),
            line.last.kind(),
            line.last.status().name,
            if (line.attempts == 0) "-" else "${line.attempts}",
            line.startedAt?.let { "+${it - run.createdAt()} ms" } ?: "-",
            line.millis?.let { "$it ms" } ?: "-",
            line.size?.let { "$it chars" } ?: "-",
        )

    private fun payloads(line: Line): List<String> =
        payload("  output", line.last.output()) + listOfNotNull(line.failure?.let { "  error: ${failureText(it)}" })

    private fun payload(
        name: String,
        json: String?,
    ): List<String> = if (hasPayloads && json != null) listOf("$name: $json") else emptyList()

    /** An agent's message may show what it was given. */
    private fun failureText(failure: Failure): String =
        if (hasPayloads) {
            failure.describe()
        } else {
            failure.code()?.name
                ?: failure.type()
        }

    /** For machines: a line for the run, and one for each node. */
    fun json(): List<String> = (listOf(runFields()) + lines.map(::fields)).map { Json.write(Plain.of(it)) }

    private fun runFields(): Map<String, Any?> =
        mapOf(
            "run" to run.id(),
            "workflow" to run.workflow(),
            "version" to run.version(),
            "status" to run.status().name,
            "created" to time(run.createdAt()),
            "finished" to run.finishedAt()?.let(::time),
            "error" to run.failure()?.let(::failureText),
        ) + values("input" to run.input(), "output" to run.output())

    private fun fields(line: Line): Map<String, Any?> =
        mapOf(
            "path" to line.last.path(),
            "kind" to line.last.kind(),
            "status" to line.last.status().name,
            "attempts" to line.attempts,
            "start" to line.startedAt?.let(::time),
            "ms" to line.millis,
            "output_chars" to line.size,
            "error" to line.failure?.let(::failureText),
        ) + values("output" to line.last.output())

    private fun values(vararg payloads: Pair<String, String?>): Map<String, Any?> =
        if (hasPayloads) payloads.associate { (name, json) -> name to json?.let { Json.read(it) } } else emptyMap()

    private companion object {
        val OPEN = setOf(StepStatus.RUNNING, StepStatus.WAITING)
    }
}
