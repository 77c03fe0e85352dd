package dev.perdure.storage

import dev.perdure.core.RunStatus
import dev.perdure.core.spi.RunQuery
import dev.perdure.storage.QueryPlan.Companion.shouldBeReadInOrderOf
import io.kotest.core.spec.style.FunSpec

/** With millions of finished runs, and many that wait, a page must not read, sort or skip over them all. */
class RunReaderSpec :
    FunSpec({
        val plans = QueryPlan(this)
        val active = RunStatus.entries.filterNot { it.isTerminal } - RunStatus.WAITING - RunStatus.PAUSED

        listOf(
            Triple("all runs", RunQuery.all(), "runs_created"),
            Triple("unfinished runs", RunQuery.unfinished(), "runs_uncompleted"),
            Triple("unfinished runs that do more than wait", RunQuery.of(active.toSet()), "runs_uncompleted"),
            Triple("failed runs", RunQuery.of(setOf(RunStatus.FAILED)), "runs_uncompleted"),
            Triple("waiting runs", RunQuery.of(setOf(RunStatus.WAITING)), "runs_uncompleted"),
            Triple("unfinished runs of a workflow", RunQuery.unfinished().ofWorkflow("w"), "runs_uncompleted"),
            Triple("a workflow's runs", RunQuery.all().ofWorkflow("w"), "runs_workflow"),
        ).forEach { (what, query, index) ->
            test("a page of $what is read in the order of an index") {
                plans.of { RunReader.select(query.page(100, 0), Runs.columns) } shouldBeReadInOrderOf index
            }
        }
    })
