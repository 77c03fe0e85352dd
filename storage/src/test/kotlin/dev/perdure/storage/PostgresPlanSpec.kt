package dev.perdure.storage

import dev.perdure.core.RunStatus
import dev.perdure.core.spi.RunQuery
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
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
                    "created_at, updated_at, wake_at, owner, queue, start_at) " +
                    "SELECT 'run-' || n, 1, 'w' || n % 7, 1, 'f', " +
                    "($statuses)[1 + n % ${RunStatus.entries.size}], '1', 0, n, n, n, " +
                    "CASE WHEN n % 5 = 0 THEN n % 3 END, CASE WHEN n % 11 = 0 THEN 'q' ELSE '' END, " +
                    "CASE WHEN n % 10 = 0 THEN n END " +
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
            vararg values: Any,
        ): String = values.fold(sql) { text, value -> text.replaceFirst("?", value.toString()) }

        infix fun String.shouldPickInOrderOf(index: String) {
            val picking = substringAfter("CTE picked").substringBefore("CTE taken")
            picking shouldContain "Index Scan using $index"
            picking shouldNotContain "Sort"
        }

        test("runs that are due are claimed in the order of an index") {
            plan { claim(PostgresClaims.DUE, 20_000, "NULL", "NULL", "NULL", "NULL", 10, 1) } shouldPickInOrderOf
                "runs_wake"
        }

        infix fun String.shouldLookUpEachIn(index: String) {
            val picking = substringAfter("CTE picked").substringBefore("CTE taken")
            picking shouldContain "Index Scan using $index"
            picking shouldContain Regex("Index Cond: .*queue = .*workflow = .*version = ")
            Regex("Sort  \\(").findAll(picking).count() shouldBe 1
            picking.substringAfter("Nested Loop") shouldNotContain "Sort"
        }

        test("runs that nobody has are claimed of each workflow and queue in the order of an index") {
            plan {
                claim(PostgresClaims.FREE_OF, "ARRAY['', 'q']", "ARRAY['w1', 'w2']", "ARRAY[1, 1]", 10, 10, 1)
            } shouldLookUpEachIn "runs_free"
        }

        test("runs begin in their queue, of each workflow in the order of an index") {
            plan {
                claim(PostgresAdmissions.BEGIN, "ARRAY['q']", "ARRAY['w1', 'w2']", "ARRAY[1, 1]", 10, 10, 5, 1)
            } shouldLookUpEachIn "runs_queued"
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
