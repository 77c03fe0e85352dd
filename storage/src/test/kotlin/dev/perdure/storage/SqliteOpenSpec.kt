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
import io.kotest.matchers.optional.shouldBePresent
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.io.RandomAccessFile
import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.attribute.PosixFilePermissions
import java.time.Duration
import kotlin.random.Random

class SqliteOpenSpec :
    FunSpec({
        val directory = StoreDirectory(this)

        fun unavailable(path: Path): String {
            val thrown = shouldThrow<StoreException> { SqliteStore.open(path) }
            thrown.code() shouldBe ErrorCode.STORE_UNAVAILABLE
            return checkNotNull(thrown.message)
        }

        test("a missing directory is named, and not created") {
            unavailable(directory.path.resolve("none/app.db")) shouldContain
                "there is no directory ${directory.path}/none"
            Files.exists(directory.path.resolve("none")) shouldBe false
        }

        test("a directory is not a store") {
            unavailable(directory.path) shouldContain "the path is a directory"
        }

        test("a link to nowhere is not a store") {
            val link = directory.path.resolve("dangling.db")
            Files.createSymbolicLink(link, directory.path.resolve("nowhere.db"))
            unavailable(link) shouldContain "a link to nowhere"
        }

        test("a path that the driver would misread is refused") {
            unavailable(directory.path.resolve("app.db?mode=memory")) shouldContain "does not take a '?'"
        }

        test("options that cannot be meant are refused") {
            shouldThrow<IllegalArgumentException> { SqliteOptions(busyTimeout = Duration.ofSeconds(-1)) }
                .message shouldContain "busyTimeout"
            shouldThrow<IllegalArgumentException> { SqliteOptions(busyTimeout = Duration.ofDays(1)) }
            shouldThrow<IllegalArgumentException> { SqliteOptions(maxPageCount = 0) }.message shouldContain
                "maxPageCount"
        }

        test("a place where no file can be made is reported") {
            unavailable(Path.of("/proc/perdure.db")) shouldContain "cannot be opened"
        }

        test("a file that is not a database is left as it is") {
            val file = Files.writeString(directory.newFile(), "Dear diary, ".repeat(1000))
            unavailable(file) shouldContain "not an SQLite database"
            Files.readString(file) shouldBe "Dear diary, ".repeat(1000)
        }

        test("a damaged file is reported with what is wrong, and left as it is") {
            val file = directory.newFile()
            SqliteStore.open(file).close()
            val noise = Random(1).nextBytes(8192)
            RandomAccessFile(file.toFile(), "rw").use {
                it.seek(8192)
                it.write(noise)
            }
            val before = Files.readAllBytes(file)
            unavailable(file) shouldContain "damaged"
            Files.readAllBytes(file) shouldBe before
        }

        test("a schema newer than this library is refused, and both versions are named") {
            val file = directory.newFile()
            SqliteStore.open(file).close()
            execute(file, "INSERT INTO schema_history VALUES (99, 'from the future', 0, 0)")
            val thrown = shouldThrow<StoreException> { SqliteStore.open(file) }
            thrown.code() shouldBe ErrorCode.STORE_TOO_NEW
            thrown.message shouldContain "schema version 99"
            thrown.message shouldContain "up to ${migrations.last().version}"
        }

        test("tables of somebody else's under our names are not touched") {
            val file = directory.newFile()
            execute(file, "CREATE TABLE runs (distance REAL)")
            unavailable(file) shouldContain "tables [runs] that are not Perdure's"
            query(file, "SELECT name FROM sqlite_master") shouldBe listOf("runs")
        }

        test("a store shares a file with tables under other names") {
            val file = directory.newFile()
            execute(file, "CREATE TABLE users (name TEXT)")
            SqliteStore.open(file).use { it.find("r").isPresent shouldBe false }
        }

        test("only the owner of a new store's files may read them") {
            val file = directory.newFile()
            SqliteStore.open(file).use { store ->
                val lease = store.acquire(engine("e"))
                store.commit(lease, listOf(Write.StartRun(run("r"))))
                listOf("", "-wal", "-shm", ".lock").forEach {
                    val mode = Files.getPosixFilePermissions(file.resolveSibling("${file.fileName}$it"))
                    PosixFilePermissions.toString(mode) shouldBe "rw-------"
                }
            }
        }

        test("a store that was closed opens again with all that it had") {
            val file = directory.newFile()
            SqliteStore.open(file).use {
                it.commit(it.acquire(engine("e")), listOf(Write.StartRun(run("r")), append("r", row(1))))
            }
            SqliteStore.open(file).use {
                it.find("r").shouldBePresent()
                it.journal("r") shouldBe listOf(row(1))
            }
        }

        test("a store uses a write-ahead log, foreign keys, and the durability it was opened with") {
            mapOf(Synchronous.FULL to "2", Synchronous.NORMAL to "1").forEach { (synchronous, stored) ->
                val file = directory.newFile()
                SqliteFile.open(StorePath.of(file), SqliteOptions(synchronous)).use { opened ->
                    opened.writer().use { sessions ->
                        fun setting(name: String) = sessions.transaction { exec("PRAGMA $name") { it.getString(1) } }
                        setting("synchronous") shouldBe stored
                        setting("foreign_keys") shouldBe "1"
                        setting("busy_timeout") shouldBe "5000"
                        setting("journal_mode") shouldBe "wal"
                    }
                }
            }
        }
    })
