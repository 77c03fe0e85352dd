package dev.perdure.storage

import dev.perdure.core.RunStatus
import dev.perdure.core.spi.RunQuery
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import org.jetbrains.exposed.v1.core.QueryBuilder

/** With millions of finished runs, a page must not read, sort or skip over them all. */
class RunReaderSpec :
    FunSpec({
        val directory = StoreDirectory(this)

        fun plan(query: RunQuery): String {
            val file = SqliteFile.open(StorePath.of(directory.newFile()), SqliteOptions())
            return file.use {
                file.writer().use { sessions ->
                    Schema(file.path, sessions, java.time.Clock.systemUTC()).migrateTo(migrations.last().version)
                    sessions.transaction {
                        val sql = RunReader.select(query).prepareSQL(QueryBuilder(false))
                        val steps = mutableListOf<String>()
                        exec("EXPLAIN QUERY PLAN $sql", explicitStatementType = SELECT) { result ->
                            while (result.next()) {
                                steps += result.getString("detail")
                            }
                        }
                        steps.joinToString()
                    }
                }
            }
        }

        listOf(
            Triple("all runs", RunQuery.all(), "runs_created"),
            Triple("unfinished runs", RunQuery.unfinished(), "runs_open"),
            Triple("failed runs", RunQuery.of(setOf(RunStatus.FAILED)), "runs_status"),
            Triple("unfinished runs of a workflow", RunQuery.unfinished().ofWorkflow("w"), "runs_open"),
            Triple("a workflow's runs", RunQuery.all().ofWorkflow("w"), "runs_workflow"),
        ).forEach { (what, query, index) ->
            test("a page of $what is read in the order of an index") {
                val plan = plan(query.page(100, 0))
                plan shouldContain index
                plan shouldNotContain "TEMP B-TREE"
            }
        }
    })

private val SELECT = org.jetbrains.exposed.v1.core.statements.StatementType.SELECT
