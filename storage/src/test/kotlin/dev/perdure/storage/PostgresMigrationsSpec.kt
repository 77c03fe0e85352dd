package dev.perdure.storage

import dev.perdure.core.ErrorCode
import dev.perdure.core.spi.StoreException
import dev.perdure.core.spi.StoreRecords.append
import dev.perdure.core.spi.StoreRecords.engine
import dev.perdure.core.spi.StoreRecords.row
import dev.perdure.core.spi.StoreRecords.run
import dev.perdure.core.spi.Write
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainAll
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain

class PostgresMigrationsSpec :
    FunSpec({
        fun filled(): String =
            PostgresServer.newSchema().also { schema ->
                PostgresServer.open(schema).use { store ->
                    store.commit(store.acquire(engine("e")), listOf(Write.StartRun(run("r")), append("r", row(1))))
                }
            }

        fun migrations(schema: String) = PostgresMigrations(PostgresServer.url, schema)

        fun indexes(schema: String) =
            PostgresServer.query("SELECT indexdef FROM pg_indexes WHERE schemaname = '$schema' ORDER BY indexname")

        fun columns(
            schema: String,
            table: String,
        ) = PostgresServer.query(
            "SELECT column_name FROM information_schema.columns " +
                "WHERE table_schema = '$schema' AND table_name = '$table' ORDER BY ordinal_position",
        )

        test("rows stay as they are on the way down and up again, and indexes come and go with their version") {
            val schema = filled()
            val newest = indexes(schema)
            repeat(2) {
                migrations(schema).migrateTo(1)
                PostgresServer.query("SELECT output FROM $schema.steps") shouldBe listOf(row(1).output())
                PostgresMigrations(PostgresServer.dataSource, schema).migrateTo(PostgresMigrations.LATEST)
                indexes(schema) shouldContainExactly newest
            }
            PostgresServer.open(schema).use {
                it.find("r").get() shouldBe run("r")
                it.journal("r") shouldContainExactly listOf(row(1))
            }
        }

        test("an empty store goes down to nothing and up again") {
            val schema = PostgresServer.newSchema()
            PostgresServer.open(schema).close()
            migrations(schema).migrateTo(0)
            PostgresServer.query("SELECT tablename FROM pg_tables WHERE schemaname = '$schema' ORDER BY 1") shouldBe
                listOf("schema_history", "schema_lock")
            PostgresServer.open(schema).use { it.find("r").isPresent shouldBe false }
        }

        test("a step down that would lose who waits for what is refused") {
            val schema = filled()
            PostgresServer.execute("UPDATE $schema.runs SET priority = 1")
            shouldThrow<StoreException> { migrations(schema).migrateTo(5) }.message shouldContain "in which queues"
            PostgresServer.execute("UPDATE $schema.runs SET priority = 0", "UPDATE $schema.runs SET queue = 'q'")
            shouldThrow<StoreException> { migrations(schema).migrateTo(5) }.message shouldContain "in which queues"
        }

        test("the states say what is applied") {
            val schema = filled()
            migrations(schema).migrateTo(3)
            val states = migrations(schema).states()
            states.map { it.version } shouldContainExactly listOf(1, 2, 3, 4, 5, 6, 7, 8)
            states.map { it.appliedAt != null } shouldContainExactly
                listOf(true, true, true, false, false, false, false, false)
            states[3].toString() shouldBe "4 several engines: not applied"
        }

        test("a step down is refused while an engine is at work, and when it would lose runs") {
            val schema = filled()
            PostgresServer.open(schema).use { store ->
                store.acquire(engine("e"))
                val thrown = shouldThrow<StoreException> { migrations(schema).migrateTo(3) }
                thrown.code() shouldBe ErrorCode.STORE_UNAVAILABLE
                thrown.message shouldContain "engines are at work"
            }
            shouldThrow<StoreException> { migrations(schema).migrateTo(0) }.message shouldContain
                "it would delete the runs"
            shouldThrow<IllegalArgumentException> { migrations(schema).migrateTo(9) }.message shouldContain "0 to 8"
        }

        test("the schema has the columns of the tables that queries are written with, and finds text by its codes") {
            val schema = filled()
            listOf(
                Runs,
                Steps,
                Engines,
                Signals,
                Schedules,
                Definitions,
                Queues,
                SchemaHistory,
                OwnedRuns,
                EngineLeases,
                Lanes,
            ).forEach { table ->
                columns(schema, table.tableName) shouldContainAll table.columns.map { it.name }
            }
            PostgresServer.query(
                "SELECT table_name || '.' || column_name FROM information_schema.columns " +
                    "WHERE table_schema = '$schema' AND collation_name = 'C' ORDER BY 1",
            ) shouldContainExactly
                listOf(
                    "definitions.name",
                    "queues.name",
                    "runs.dedup_key",
                    "runs.id",
                    "runs.queue",
                    "schedules.name",
                    "signals.run_id",
                    "steps.run_id",
                )
        }

        test("the checksum of a released migration never changes") {
            val schema = filled()
            PostgresMigrations.LATEST shouldBe postgresMigrations.last().version
            PostgresServer.query("SELECT checksum FROM $schema.schema_history ORDER BY version") shouldContainExactly
                listOf(
                    "1760839298",
                    "1804427073",
                    "3996873872",
                    "3347372475",
                    "2268688903",
                    "1773445603",
                    "2569183100",
                    "1884878663",
                )
        }
    })
