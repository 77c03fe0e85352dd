package dev.perdure.storage

import dev.perdure.core.ErrorCode
import dev.perdure.core.Json
import dev.perdure.core.spi.StoreException
import dev.perdure.core.spi.StoreRecords.append
import dev.perdure.core.spi.StoreRecords.engine
import dev.perdure.core.spi.StoreRecords.row
import dev.perdure.core.spi.StoreRecords.run
import dev.perdure.core.spi.Write
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import java.time.Duration

class PostgresOpenSpec :
    FunSpec({
        fun versions(schema: String) =
            PostgresServer.query("SELECT version FROM $schema.schema_history ORDER BY version")

        test("ten stores that open one new schema at once all work, and each migration was done once") {
            repeat(3) {
                val schema = PostgresServer.newSchema()
                val small = PostgresOptions(lease = Duration.ofHours(1), poolSize = 2)
                val stores = atOnce(List(10) { it }) { PostgresServer.open(schema, small) }
                try {
                    versions(schema) shouldContainExactly postgresMigrations.map { "${it.version}" }
                    stores.forEachIndexed { i, store ->
                        store.commit(store.acquire(engine("engine-$i")), listOf(Write.StartRun(run("run-$i"))))
                    }
                    PostgresServer.query("SELECT count(*) FROM $schema.runs") shouldBe listOf("10")
                } finally {
                    stores.forEach { it.close() }
                }
            }
        }

        test("opening a schema that is up to date waits for nobody who migrates it") {
            val schema = PostgresServer.newSchema()
            PostgresServer.open(schema).close()
            PostgresServer.connected { migrating ->
                migrating.autoCommit = false
                migrating.createStatement().use { it.execute("SELECT id FROM $schema.schema_lock FOR UPDATE") }
                val hasty = PostgresOptions(lockTimeout = Duration.ofMillis(10))
                PostgresServer.open(schema, hasty).use { it.find("r").isPresent shouldBe false }
            }
        }

        test("a store keeps to its schema, also where others have the same tables") {
            val schemas = List(2) { PostgresServer.newSchema() }
            schemas.forEach { schema ->
                PostgresServer
                    .open(
                        schema,
                    ).use { it.commit(it.acquire(engine("e")), listOf(Write.StartRun(run(schema)))) }
            }
            schemas.forEach { PostgresServer.query("SELECT id FROM $it.runs") shouldContainExactly listOf(it) }
        }

        test("a schema's name is taken as it is written") {
            val name = "Mixed_${PostgresServer.newSchema()}"
            PostgresServer.open(name).use { it.describe() shouldContain "schema $name" }
            PostgresServer.query("SELECT count(*) FROM \"$name\".runs") shouldBe listOf("0")
        }

        listOf("", "a b", "a\"; DROP SCHEMA public; --", "pg_mine", "information_schema", "1st", "x".repeat(64), "ž")
            .forEach { name ->
                test("a schema cannot be called '${name.take(20)}'") {
                    shouldThrow<IllegalArgumentException> { PostgresServer.open(name) }.message shouldContain
                        "give it up to 63 letters"
                }
            }

        test("a schema newer than this library is refused, and both versions are named") {
            val schema = PostgresServer.newSchema()
            PostgresServer.open(schema).close()
            PostgresServer.execute("INSERT INTO $schema.schema_history VALUES (99, 'from the future', 0, 0)")
            val thrown = shouldThrow<StoreException> { PostgresServer.open(schema) }
            thrown.code() shouldBe ErrorCode.STORE_TOO_NEW
            thrown.message shouldContain "schema version 99"
            thrown.message shouldContain "up to ${postgresMigrations.last().version}"
        }

        test("tables of somebody else's under our names are not touched") {
            val schema = PostgresServer.newSchema()
            PostgresServer.execute("CREATE SCHEMA $schema", "CREATE TABLE $schema.runs (distance REAL)")
            val thrown = shouldThrow<StoreException> { PostgresServer.open(schema) }
            thrown.message shouldContain "tables [runs] that are not Perdure's; use another schema"
            PostgresServer.query("SELECT count(*) FROM $schema.runs") shouldBe listOf("0")
        }

        test("none of a store's tables is taken over from somebody else") {
            val own = PostgresServer.newSchema()
            PostgresServer.open(own).close()
            val all = PostgresServer.query("SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = '$own'")
            all.filterNotNull().filterNot { it.startsWith("schema_") }.forEach { table ->
                val schema = PostgresServer.newSchema()
                PostgresServer.execute("CREATE SCHEMA $schema", "CREATE TABLE $schema.$table (distance REAL)")
                val thrown = shouldThrow<StoreException> { PostgresServer.open(schema) }
                thrown.message shouldContain "tables [$table] that are not Perdure's"
            }
        }

        test("a database that cannot hold all characters is refused") {
            PostgresServer.execute(
                "CREATE DATABASE narrow ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0",
            )
            val url = PostgresServer.url.replace("/postgres?", "/narrow?")
            shouldThrow<StoreException> { PostgresStore.open(url) }.message shouldContain "encoding is SQL_ASCII"
        }

        test("a URL of another database, and options that cannot be meant, are refused") {
            shouldThrow<IllegalArgumentException> { PostgresStore.open("jdbc:sqlite:x?password=s3cr3t") }
                .message
                .orEmpty() shouldNotContain "s3cr3t"
            shouldThrow<IllegalArgumentException> {
                PostgresOptions(
                    lease = Duration.ofMillis(1),
                )
            }.message shouldContain
                "lease"
            shouldThrow<IllegalArgumentException> { PostgresOptions(poolSize = 1) }.message shouldContain "poolSize"
            shouldThrow<IllegalArgumentException> { PostgresOptions(replyTimeout = Duration.ofSeconds(1)) }
                .message shouldContain "replyTimeout"
        }

        test("a store says where it is, and nothing says a password") {
            val schema = PostgresServer.newSchema()
            val options = PostgresOptions(user = "postgres", password = "s3cr3t")
            PostgresStore.open("${PostgresServer.url}&password=s3cr3t", schema, options).use { store ->
                store.toString() shouldBe "PostgreSQL store localhost:${PostgresServer.port}/postgres, schema $schema"
            }
            options.toString() shouldNotContain "s3cr3t"
        }

        test("payloads keep their exact text, with what PostgreSQL's own text cannot hold in it") {
            val values = listOf("\u0000", "\ud800", "\udc00 \ud800", "\u0000\u0001\u007f\u2028😀ž\\ \"")
            val payloads = values.map { Json.write(mapOf(it to it)) }
            PostgresServer.open(PostgresServer.newSchema()).use { store ->
                val lease = store.acquire(engine("e"))
                val rows = payloads.mapIndexed { i, text -> append("r", row(i + 1L, output = text)) }
                store.commit(lease, listOf(Write.StartRun(run("r", input = payloads[3]))) + rows)
                store.journal("r").map { it.output() } shouldContainExactly payloads
                store.find("r").get().input() shouldBe payloads[3]
                store.journal("r").map { (Json.read(it.output()!!) as Map<*, *>).keys.single() } shouldContainExactly
                    values
            }
        }
    })
