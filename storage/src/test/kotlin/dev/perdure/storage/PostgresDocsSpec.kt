package dev.perdure.storage

import dev.perdure.core.spi.StoreException
import dev.perdure.core.spi.StoreRecords.append
import dev.perdure.core.spi.StoreRecords.engine
import dev.perdure.core.spi.StoreRecords.row
import dev.perdure.core.spi.StoreRecords.run
import dev.perdure.core.spi.StoreRecords.signal
import dev.perdure.core.spi.StoreRecords.wait
import dev.perdure.core.spi.Write
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.nio.file.Files
import java.nio.file.Path

/** The SQL of docs/postgres.md does what the page says. */
class PostgresDocsSpec :
    FunSpec({
        /** The SQL under a heading, for a schema and a role of the test's own. */
        fun sqlUnder(
            heading: String,
            schema: String,
        ): String =
            Files
                .readString(Path.of("docs", "postgres.md"))
                .substringAfter("\n## $heading\n")
                .substringAfter("```sql\n")
                .substringBefore("```")
                .replace("perdure_worker", "worker_of_$schema")
                .replace("perdure.", "$schema.")
                .replace("SCHEMA perdure", "SCHEMA $schema")

        fun PostgresStore.works() {
            val lease = acquire(engine("e"))
            commit(
                lease,
                listOf(
                    Write.StartRun(run("r")),
                    append("r", row(1), wait(2)),
                    Write.Signal("r", signal(), 9),
                    append("r", row(3), superseded = listOf(1), consumed = listOf(1)),
                    append("r", row(3)),
                ),
            )
            journal("r") shouldContainExactly listOf(wait(2), row(3))
            waits("signal", 9, 0).size shouldBe 1
            claim(lease, listOf("r")) shouldContainExactly listOf("r")
            commit(lease, listOf(Write.Reset("r")))
            release(lease)
        }

        test("a role with the rights that the page grants can do all but migrate") {
            val schema = PostgresServer.newSchema()
            PostgresServer.open(schema).close()
            PostgresServer.execute(sqlUnder("Roles", schema))
            val asWorker = PostgresServer.url.replace("user=postgres", "user=worker_of_$schema")
            PostgresStore.open(asWorker, schema).use { it.works() }
            val thrown = shouldThrow<StoreException> { PostgresStore.open(asWorker, PostgresServer.newSchema()) }
            thrown.message shouldContain "the role lacks a right"
            PostgresMigrations(PostgresServer.url, schema).migrateTo(3)
            shouldThrow<StoreException> { PostgresStore.open(asWorker, schema) }.message shouldContain
                "the role lacks a right"
        }

        test("a journal that was partitioned as the page says keeps its rows and takes new ones") {
            val schema = PostgresServer.newSchema()
            PostgresServer.open(schema).use { store ->
                store.commit(store.acquire(engine("e")), listOf(Write.StartRun(run("old")), append("old", row(1))))
            }
            PostgresServer.execute(sqlUnder("Partitioning the journal", schema))
            PostgresServer.open(schema).use { store ->
                store.journal("old") shouldContainExactly listOf(row(1))
                store.works()
            }
            PostgresServer.query(
                "SELECT count(*) FROM pg_inherits WHERE inhparent = '$schema.steps'::regclass",
            ) shouldBe listOf("4")
            PostgresMigrations(PostgresServer.url, schema).migrateTo(1)
            PostgresServer.open(schema).use { it.journal("old") shouldContainExactly listOf(row(1)) }
        }

        test("the page's question who runs what has an answer") {
            val schema = PostgresServer.newSchema()
            PostgresServer.open(schema).use { store ->
                store.commit(store.acquire(engine("e")), listOf(Write.StartRun(run("r")), Write.StartRun(run("s"))))
                PostgresServer.query(sqlUnder("Tables", schema)) shouldContainExactly listOf("localhost")
            }
        }
    })
