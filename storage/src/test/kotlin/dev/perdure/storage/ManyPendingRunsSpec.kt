package dev.perdure.storage

import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.ints.shouldBeLessThan
import io.kotest.matchers.shouldBe
import org.jetbrains.exposed.v1.jdbc.JdbcTransaction

/**
 * With many runs pending that others are to run, or that wait in another queue or for another time, a claim reads what it takes:
 * counted in pages, not in time. `-Dperdure.pending.runs=1000000` says how many.
 */
class ManyPendingRunsSpec :
    FunSpec({
        val schema = PostgresServer.newSchema()
        val many = Integer.getInteger("perdure.pending.runs", 60_000)
        val batch = 32

        fun pending(
            name: String,
            count: Int,
            queue: String,
            startAt: String = "NULL",
        ) = "INSERT INTO $schema.runs (id, generation, workflow, version, fingerprint, status, input, context_seq, " +
            "created_at, updated_at, queue, priority, start_at) SELECT '$name-' || n, 1, '$name', 1 + n % 3, 'f', " +
            "'PENDING', '1', 0, n, n, '$queue', n % 10, $startAt FROM generate_series(1, $count) AS n"

        beforeSpec {
            PostgresServer.open(schema).close()
            PostgresServer.execute(
                pending("theirs", many / 4, ""),
                pending("theirs_queued", many / 4, "q"),
                pending("ours_elsewhere", many / 4, "other"),
                pending("ours_later", many / 4, "q", "1000000 + n"),
                pending("ours", 3_000, ""),
                pending("ours_queued", 3_000, "q"),
                "ANALYZE $schema.runs",
            )
        }

        /** How many pages a statement touches, which is undone then, and how many rows it gives. */
        fun JdbcTransaction.analyzed(sql: String): Pair<Int, Int> {
            val plan =
                held.driver.prepareStatement("EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) $sql").use { explain ->
                    explain.executeQuery().use { found ->
                        generateSequence { if (found.next()) found.getString(1) else null }.joinToString("\n")
                    }
                }
            held.driver.rollback()
            val buffers = plan.lines().first { "Buffers: shared" in it }
            val pages = Regex("(hit|read)=(\\d+)").findAll(buffers).sumOf { it.groupValues[2].toInt() }
            return pages to
                Regex("rows=(\\d+)")
                    .findAll(plan.lines().first())
                    .last()
                    .groupValues[1]
                    .toInt()
        }

        fun touched(
            sql: String,
            vararg values: Any,
        ): Pair<Int, Int> =
            PostgresDatabase.open(PostgresServer.url, schema, PostgresOptions()).use { database ->
                database.writer.transaction { analyzed(values.fold(sql) { text, it -> text.replaceFirst("?", "$it") }) }
            }

        val workflows = "ARRAY['ours', 'ours_queued', 'ours_later', 'ours_elsewhere', 'ours', 'unused']"
        val versions = "ARRAY[1, 1, 1, 1, 2, 1]"

        test("a claim touches a few pages for each run that it takes, whatever else is pending") {
            val (pages, rows) =
                touched(PostgresClaims.FREE_OF, "ARRAY['', 'q']", workflows, versions, batch, batch, 1)
            println("a claim of $rows runs with $many others pending touches pages: $pages")
            rows shouldBe batch
            pages shouldBeLessThan batch * PAGES_FOR_EACH
        }

        test("a queue's admission touches a few pages for each run that begins, whatever else waits") {
            val (pages, rows) =
                touched(PostgresAdmissions.BEGIN, "ARRAY['q']", workflows, versions, batch, batch, 5, 1)
            println("an admission of $rows runs with $many others pending touches pages: $pages")
            rows shouldBe batch
            pages shouldBeLessThan batch * PAGES_FOR_EACH
        }

        test("what waits for its time is not read before that") {
            touched(PostgresAdmissions.RIPEN, 1_000).first shouldBeLessThan 20
            touched(PostgresAdmissions.RIPEN, 1_000_000 + batch).first shouldBeLessThan batch * PAGES_FOR_EACH
        }
    })

/** A run's own page, and of each of its dozen indexes the pages down to where it is. */
private const val PAGES_FOR_EACH = 80
