package dev.perdure.storage

import dev.perdure.core.ErrorCode
import dev.perdure.core.spi.StoreException
import dev.perdure.core.spi.StoreRecords.append
import dev.perdure.core.spi.StoreRecords.definition
import dev.perdure.core.spi.StoreRecords.engine
import dev.perdure.core.spi.StoreRecords.fullRow
import dev.perdure.core.spi.StoreRecords.row
import dev.perdure.core.spi.StoreRecords.run
import dev.perdure.core.spi.StoreRecords.schedule
import dev.perdure.core.spi.Write
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainAll
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.collections.shouldNotContainAnyOf
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.nio.file.Files
import java.nio.file.Path

class SqliteMigrationsSpec :
    FunSpec({
        val directory = StoreDirectory(this)
        val monitoring = listOf("payload_ref", "iteration_index", "condition_result", "branch_taken")

        fun filledStore(): Path =
            directory.newFile().also { file ->
                SqliteStore.open(file).use { store ->
                    val rows = append("r", row(1), fullRow(2, isMonitored = false), row(3))
                    store.commit(store.acquire(engine("e")), listOf(Write.StartRun(run("r")), rows))
                }
            }

        fun columns(file: Path) = query(file, "SELECT name FROM pragma_table_info('steps')")

        test("rows stay as they are on the way up, down and up again, as often as one likes") {
            val file = filledStore()
            val all = columns(file)
            val content =
                query(file, "SELECT json_array(run_id, seq, path, output, error, checksum) FROM steps ORDER BY seq")
            repeat(3) {
                SqliteMigrations(file).migrateTo(1)
                columns(file) shouldNotContainAnyOf monitoring
                query(
                    file,
                    "SELECT json_array(run_id, seq, path, output, error, checksum) FROM steps ORDER BY seq",
                ) shouldBe
                    content
                SqliteMigrations(file).migrateTo(4)
                columns(file) shouldContainExactly all
                query(file, "SELECT count(*) FROM steps WHERE payload_ref IS NULL AND branch_taken IS NULL") shouldBe
                    listOf("3")
            }
            SqliteStore.open(file).use {
                it.journal("r") shouldContainExactly listOf(row(1), fullRow(2, isMonitored = false), row(3))
                it.find("r").get() shouldBe run("r")
            }
        }

        test("opening a store of an older version takes it up to the newest") {
            val file = filledStore()
            SqliteMigrations(file).migrateTo(1)
            SqliteStore.open(file).close()
            columns(file) shouldContainAll monitoring
            query(file, "SELECT version FROM schema_history") shouldContainExactly
                migrations.map { it.version.toString() }
        }

        test("the states say what is applied") {
            val file = filledStore()
            SqliteMigrations(file).migrateTo(1)
            val states = SqliteMigrations(file).states()
            states.map { it.version } shouldContainExactly (1..6).toList()
            states.map { it.appliedAt != null } shouldContainExactly listOf(true, false, false, false, false, false)
            states[1].toString() shouldBe "2 columns and indexes for monitoring: not applied"
            SqliteMigrations(file).latest shouldBe 6
        }

        test("a step down that would lose runs is refused") {
            val file = filledStore()
            val thrown = shouldThrow<StoreException> { SqliteMigrations(file).migrateTo(0) }
            thrown.message shouldContain "it would delete the runs"
            query(file, "SELECT count(*) FROM steps") shouldBe listOf("3")
            SqliteMigrations(file).states().map { it.appliedAt != null } shouldContainExactly
                listOf(true, false, false, false, false, false)
        }

        test("a step down that would lose a column's values is refused") {
            val file = filledStore()
            execute(file, "UPDATE steps SET payload_ref = 'elsewhere' WHERE seq = 1")
            shouldThrow<StoreException> { SqliteMigrations(file).migrateTo(1) }.message shouldContain "payload_ref"
            query(file, "SELECT payload_ref FROM steps WHERE seq = 1") shouldBe listOf("elsewhere")
        }

        test("a step down is refused while runs are in statuses that the older version does not know") {
            val file = filledStore()
            execute(file, "UPDATE runs SET status = 'WAITING'")
            shouldThrow<StoreException> { SqliteMigrations(file).migrateTo(2) }.message shouldContain "let them end"
            execute(file, "UPDATE runs SET status = 'COMPLETED', parent = 'p'")
            shouldThrow<StoreException> { SqliteMigrations(file).migrateTo(2) }.message shouldContain "called which"
        }

        test("a step down that would lose schedules is refused") {
            val file = directory.newFile()
            SqliteStore.open(file).use {
                it.commit(it.acquire(engine("e")), listOf(Write.SaveSchedule(schedule("s"))))
            }
            shouldThrow<StoreException> { SqliteMigrations(file).migrateTo(0) }.message shouldContain
                "it would delete the schedules"
        }

        test("a step down that would lose definitions is refused") {
            val file = directory.newFile()
            SqliteStore.open(file).use {
                it.commit(it.acquire(engine("e")), listOf(Write.SaveDefinition(definition("d", 1))))
            }
            shouldThrow<StoreException> { SqliteMigrations(file).migrateTo(3) }.message shouldContain
                "it would delete the definitions"
            query(file, "SELECT text FROM definitions") shouldBe listOf("{}")
        }

        test("a step down that would lose queues, or who waits for what, is refused") {
            val file = filledStore()
            execute(file, "UPDATE runs SET start_at = 9")
            shouldThrow<StoreException> { SqliteMigrations(file).migrateTo(5) }.message shouldContain "in which queues"
            execute(file, "UPDATE runs SET start_at = NULL", "INSERT INTO queues VALUES ('q', 1, NULL, 0, 0)")
            shouldThrow<StoreException> { SqliteMigrations(file).migrateTo(5) }.message shouldContain "the queues"
        }

        test("indexes come and go with their version") {
            val file = filledStore()

            fun indexes() = query(file, "SELECT sql FROM sqlite_master WHERE sql LIKE 'CREATE %INDEX %' ORDER BY name")
            val newest = indexes()
            SqliteMigrations(file).migrateTo(2)
            val former = indexes()
            former.none { "COMPENSATED" in it.orEmpty() || "wake_at" in it.orEmpty() } shouldBe true
            SqliteMigrations(file).migrateTo(SqliteMigrations(file).latest)
            indexes() shouldContainExactly newest
            SqliteMigrations(file).migrateTo(2)
            indexes() shouldContainExactly former
        }

        test("an empty store goes down to nothing and up again") {
            val file = directory.newFile()
            SqliteStore.open(file).close()
            SqliteMigrations(file).migrateTo(0)
            query(file, "SELECT name FROM sqlite_master WHERE type = 'table'") shouldContainExactly
                listOf("schema_history")
            SqliteMigrations(file).migrateTo(4)
            SqliteStore.open(file).use { it.find("r").isPresent shouldBe false }
        }

        test("a version that is not known, and a file that is not there, are refused") {
            shouldThrow<IllegalArgumentException> { SqliteMigrations(filledStore()).migrateTo(99) }
            val file = directory.newFile()
            shouldThrow<StoreException> { SqliteMigrations(file).states() }.message shouldContain
                "there is no such file"
            Files.exists(file) shouldBe false
        }

        test("the schema of a store that an engine holds is not changed") {
            val file = filledStore()
            SqliteStore.open(file).use { store ->
                store.acquire(engine("e"))
                shouldThrow<StoreException> { SqliteMigrations(file).migrateTo(1) }.code() shouldBe
                    ErrorCode.STORE_IN_USE
            }
        }

        test("the schema has the columns of the tables that queries are written with") {
            val file = filledStore()
            listOf(Runs, Steps, Engines, Signals, Schedules, Definitions, Queues, SchemaHistory).forEach { table ->
                query(file, "SELECT name FROM pragma_table_info('${table.tableName}')") shouldContainExactly
                    table.columns.map { it.name }
            }
        }

        test("the checksum of a released migration never changes") {
            val file = filledStore()
            query(file, "SELECT checksum FROM schema_history ORDER BY version") shouldContainExactly
                listOf("4153900869", "1804427073", "3948971262", "816413892", "2807904790", "3043458055")
        }
    })
