package dev.perdure.samples.support

import dev.perdure.core.journal.Row
import dev.perdure.core.journal.RunRecord
import java.io.PrintStream

/** Prints what is recorded of a run: a line for each row of its journal. */
object JournalTable {
    private const val FORMAT = "  %4s  %-9s %-24s %7s  %-11s  %s"

    fun print(
        run: RunRecord,
        journal: List<Row>,
        out: PrintStream = System.out,
    ) {
        out.println("run ${run.id()} of ${run.workflow()} v${run.version()}: ${run.status()}")
        if (journal.isEmpty()) {
            out.println("  no step is recorded yet")
            return
        }
        out.println(FORMAT.format("row", "kind", "path", "attempt", "status", "took"))
        journal.forEach { out.println(line(it).trimEnd()) }
    }

    private fun line(row: Row): String {
        val attempt = if (row.attempt() == 0) "-" else "${row.attempt()}"
        return FORMAT.format(row.seq(), row.kind(), row.path(), attempt, row.status(), duration(row))
    }

    private fun duration(row: Row): String {
        val start = row.startedAt() ?: return ""
        val end = row.finishedAt() ?: return ""
        return "${end - start} ms"
    }
}
