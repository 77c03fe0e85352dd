package dev.perdure.storage

import dev.perdure.core.RunStatus
import dev.perdure.core.spi.RunQuery
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import org.jetbrains.exposed.v1.core.AbstractQuery
import org.jetbrains.exposed.v1.core.QueryBuilder
import org.jetbrains.exposed.v1.core.ResultRow
import org.jetbrains.exposed.v1.jdbc.JdbcTransaction
import org.jetbrains.exposed.v1.jdbc.SizedIterable

/** With many runs of every kind, a claim or a page costs what it takes, and not what there is. */
class PostgresPlanSpec :
    FunSpec({
        val schema = PostgresServer.newSchema()

        beforeSpec {
            PostgresServer.open(schema).close()
            val statuses = RunStatus.entries.joinToString(",", "ARRAY[", "]") { "'${it.name}'" }
            PostgresServer.execute(
                "INSERT INTO $schema.runs " +
                    "(id, generation, workflow, version, fingerprint, status, input, context_seq, " +
                    "created_at, updated_at, wake_at, owner) SELECT 'run-' || n, 1, 'w' || n % 7, 1, 'f', " +
                    "($statuses)[1 + n % ${RunStatus.entries.size}], '1', 0, n, n, n, " +
                    "CASE WHEN n % 5 = 0 THEN n % 3 END " +
                    "FROM generate_series(1, 30000) AS n",
                "ANALYZE $schema.runs",
            )
        }

        fun plan(sql: JdbcTransaction.() -> String): String =
            PostgresDatabase.open(PostgresServer.url, schema, PostgresOptions()).use { database ->
                database.writer.transaction {
                    held.prepareStatement("EXPLAIN ${sql()}").executeQuery().use { found ->
                        generateSequence { if (found.next()) found.getString(1) else null }.joinToString("\n")
                    }
                }
            }

        fun claim(
            sql: String,
            vararg values: Int,
        ): String = values.fold(sql) { text, value -> text.replaceFirst("?", value.toString()) }

        infix fun String.shouldPickInOrderOf(index: String) {
            val picking = substringAfter("CTE picked").substringBefore("CTE taken")
            picking shouldContain "Index Scan using $index"
            picking shouldNotContain "Sort"
        }

        test("runs that are due are claimed in the order of an index") {
            plan { claim(PostgresClaims.DUE, 20_000, 10, 1) } shouldPickInOrderOf "runs_wake"
        }

        test("runs that nobody has are claimed in the order of an index") {
            plan { claim(PostgresClaims.FREE, 10, 1) } shouldPickInOrderOf "runs_free"
        }

        listOf<Pair<String, () -> SizedIterable<ResultRow>>>(
            "all runs" to { RunReader.select(RunQuery.all().page(100, 0), Runs.columns) },
            "unfinished runs" to { RunReader.select(RunQuery.unfinished().page(100, 0), Runs.columns) },
            "failed runs" to { RunReader.select(RunQuery.of(setOf(RunStatus.FAILED)).page(100, 0), Runs.columns) },
            "a workflow's runs" to { RunReader.select(RunQuery.all().ofWorkflow("w3").page(100, 0), Runs.columns) },
            "runs that are due" to { WaitReader.selectDue(20_000, 100) },
        ).forEach { (what, query) ->
            test("a page of $what is read in the order of an index") {
                val plan = plan { (query() as AbstractQuery<*>).prepareSQL(QueryBuilder(false)) }
                plan shouldContain "Scan using runs_"
                plan shouldNotContain "Sort"
            }
        }
    })
