package dev.perdure.samples.cli

import dev.perdure.core.Json
import dev.perdure.core.Plain
import dev.perdure.core.RunStatus
import dev.perdure.core.insight.Explanation
import dev.perdure.core.journal.RunRecord
import dev.perdure.core.spi.RunQuery
import dev.perdure.dsl.json.Agents
import dev.perdure.dsl.json.JsonWorkflows
import picocli.CommandLine.Command
import picocli.CommandLine.Mixin
import picocli.CommandLine.Option
import picocli.CommandLine.Parameters
import java.time.Instant
import java.util.concurrent.Callable

@Command(name = "list", description = ["Lists the runs in a store, the oldest first."], mixinStandardHelpOptions = true)
internal class ListCommand(private val terminal: Terminal) : Callable<Int> {
    @Mixin
    lateinit var store: StoreOption

    @Mixin
    lateinit var json: JsonOption

    @Option(names = ["--status"], paramLabel = "STATUS", description = ["Only runs in this status; repeatable."])
    var statuses: Set<RunStatus> = emptySet()

    @Option(names = ["--workflow"], paramLabel = "NAME", description = ["Only runs of this workflow."])
    var workflow: String? = null

    @Option(names = ["--limit"], paramLabel = "NUMBER", description = ["At most so many; 100 unless said."])
    var limit: Int = 100

    override fun call(): Int {
        var query = if (statuses.isEmpty()) RunQuery.all() else RunQuery.of(statuses)
        workflow?.let { query = query.ofWorkflow(it) }
        if (limit < 1) {
            throw UsageException("--limit is $limit; expected 1 or more")
        }
        val runs = store.open().use { it.list(query.page(limit, 0)) }
        if (json.isJson) {
            runs.forEach { terminal.out.println(Json.write(Plain.of(fields(it)))) }
        } else {
            val hasQueues = runs.any { it.placement().isQueued }
            val head = listOf("run", "workflow", "version", "status", "created", "updated")
            val queue = if (hasQueues) listOf("queue") else emptyList()
            tableOf(
                head + queue,
                runs.map { run ->
                    cells(run) + queue.map { run.placement().queue() }
                },
            ).forEach(terminal.out::println)
        }
        return ExitCode.DONE
    }

    private fun cells(run: RunRecord): List<String> =
        listOf(
            run.id(),
            run.workflow(),
            "${run.version()}",
            run.status().name,
            time(run.createdAt()),
            time(run.updatedAt()),
        )

    private fun fields(run: RunRecord): Map<String, Any?> =
        mapOf(
            "run" to run.id(),
            "workflow" to run.workflow(),
            "version" to run.version(),
            "status" to run.status().name,
            "created" to time(run.createdAt()),
            "updated" to time(run.updatedAt()),
            "finished" to run.finishedAt()?.let(::time),
            "parent" to run.parent(),
            "queue" to run.placement().queue().ifEmpty { null },
            "priority" to run.placement().priority(),
        )
}

@Command(
    name = "show",
    description = ["Shows what is recorded of a run: its steps, and how long they took. Values only where asked for."],
    mixinStandardHelpOptions = true,
)
internal class ShowCommand(private val terminal: Terminal) : Callable<Int> {
    @Parameters(paramLabel = "RUN", description = ["The run's id."])
    lateinit var id: String

    @Mixin
    lateinit var store: StoreOption

    @Mixin
    lateinit var json: JsonOption

    @Option(names = ["--payloads"], description = ["Show input, outputs and failures too."])
    var hasPayloads: Boolean = false

    override fun call(): Int {
        val (run, rows) =
            store.open().use { store ->
                store.find(id).orElseThrow { unknownRun(store, id) } to store.journal(id)
            }
        val timeline = Timeline(run, rows, hasPayloads)
        (if (json.isJson) timeline.json() else timeline.words()).forEach(terminal.out::println)
        return ExitCode.DONE
    }
}

@Command(
    name = "explain",
    description = ["Says what a run waits for, and what would make it go on."],
    mixinStandardHelpOptions = true,
)
internal class ExplainCommand(private val terminal: Terminal) : Callable<Int> {
    @Parameters(paramLabel = "RUN", description = ["The run's id."])
    lateinit var id: String

    @Mixin
    lateinit var store: StoreOption

    @Mixin
    lateinit var json: JsonOption

    override fun call(): Int {
        val why =
            store.open().use { store ->
                val run = store.find(id).orElseThrow { unknownRun(store, id) }
                val workflow =
                    JsonWorkflows
                        .stored(store, Agents.ANY)
                        .workflows
                        .firstOrNull { it.name() == run.workflow() && it.version() == run.version() }
                Explanation.of(run, workflow, store.journal(id))
            }
        val lines = if (json.isJson) why.reasons().map { Json.write(Plain.of(fields(it))) } else listOf("$why")
        lines.forEach(terminal.out::println)
        return ExitCode.DONE
    }

    private fun fields(reason: Explanation.Reason): Map<String, Any?> =
        mapOf(
            "run" to id,
            "path" to "${reason.path()}",
            "what" to reason.what(),
            "since" to reason.since()?.toString(),
            "due" to reason.due()?.toString(),
            "woken_by" to reason.wokenBy(),
        )
}

/** Milliseconds since 1970 as a time in UTC. */
internal fun time(millis: Long): String = Instant.ofEpochMilli(millis).toString()

/** Lines with columns below each other. */
internal fun tableOf(
    head: List<String>,
    rows: List<List<String>>,
): List<String> {
    val all = listOf(head) + rows
    val widths = head.indices.map { column -> all.maxOf { it[column].length } }
    return all.map { row -> row.zip(widths) { text, width -> text.padEnd(width) }.joinToString("  ").trimEnd() }
}
