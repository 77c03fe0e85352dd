package dev.perdure.samples.workflows

import dev.perdure.core.definition.Workflow
import dev.perdure.dsl.engine
import dev.perdure.dsl.join
import dev.perdure.dsl.start
import dev.perdure.samples.support.JournalTable
import dev.perdure.storage.SqliteStore
import kotlinx.coroutines.runBlocking
import java.nio.file.Files
import java.nio.file.Path

/**
 * Runs a workflow once and prints what it yielded and what is recorded of it. The run's id is the workflow's name, so that
 * a second call with the same file finds the recorded result, and nothing runs.
 *
 * @param args the store's file; `target/workflows.db` unless given
 */
fun <I> runOnSqlite(
    args: Array<String>,
    workflow: Workflow<I, *>,
    input: I,
) {
    val file = Path.of(args.firstOrNull() ?: "target/workflows.db").toAbsolutePath()
    Files.createDirectories(file.parent)
    SqliteStore.open(file).engine(workflow).use { engine ->
        runBlocking {
            val run = engine.start(workflow, input, id = workflow.name())
            val ended = run.join()
            JournalTable.print(ended, run.journal())
            println("result: ${run.outputOf(ended)}")
            println("store:  $file")
        }
    }
}
