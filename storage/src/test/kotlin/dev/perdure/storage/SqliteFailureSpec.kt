package dev.perdure.storage

import dev.perdure.core.ErrorCode
import dev.perdure.core.RunStatus
import dev.perdure.core.spi.StoreException
import dev.perdure.core.spi.StoreRecords.append
import dev.perdure.core.spi.StoreRecords.engine
import dev.perdure.core.spi.StoreRecords.finished
import dev.perdure.core.spi.StoreRecords.row
import dev.perdure.core.spi.StoreRecords.run
import dev.perdure.core.spi.Write
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.collections.shouldNotBeEmpty
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import org.sqlite.SQLiteConfig
import org.sqlite.SQLiteErrorCode
import org.sqlite.SQLiteException
import java.nio.file.Files
import java.time.Duration

private const val MARKER = "s3cr3t-marker"

class SqliteFailureSpec :
    FunSpec({
        val directory = StoreDirectory(this)
        val small = SqliteOptions(maxPageCount = 100)
        val big = "\"$MARKER${"x".repeat(600_000)}\""

        test("a full disk fails the commit as a whole, and commits go on when there is room") {
            val file = directory.newFile()
            SqliteStore.open(file, small).use { store ->
                val lease = store.acquire(engine("e"))
                store.commit(lease, listOf(Write.StartRun(run("r")), append("r", row(1, output = big.take(200_000)))))
                val batch = listOf(append("r", row(2)), Write.StartRun(run("s", input = big)), append("r", row(3)))
                repeat(3) {
                    val thrown = shouldThrow<StoreException> { store.commit(lease, batch) }
                    thrown.code() shouldBe ErrorCode.STORE_UNAVAILABLE
                    thrown.isTransient shouldBe true
                    thrown.message shouldContain "the disk is full"
                    thrown.message shouldContain file.toString()
                    store.journal("r").map { it.seq() } shouldContainExactly listOf(1L)
                }
                store.commit(lease, listOf(append("r", row(4))))
                store.journal("r").map { it.seq() } shouldContainExactly listOf(1L, 4L)
                store.find("s").isPresent shouldBe false
            }
            SqliteStore.open(file).use { store ->
                store.commit(store.acquire(engine("e")), listOf(Write.StartRun(run("s", input = big))))
                store.find("s").get().input() shouldBe big
            }
        }

        test("a process that writes for too long makes a commit fail, which may be repeated") {
            val file = directory.newFile()
            SqliteStore.open(file, SqliteOptions(busyTimeout = Duration.ofMillis(20))).use { store ->
                val lease = store.acquire(engine("e"))
                SQLiteConfig().createConnection("jdbc:sqlite:$file").use { other ->
                    other.createStatement().use { statement ->
                        statement.execute("BEGIN IMMEDIATE")
                        val thrown =
                            shouldThrow<StoreException> { store.commit(lease, listOf(Write.StartRun(run("r")))) }
                        thrown.isTransient shouldBe true
                        thrown.message shouldContain "another process has been writing"
                        store.find("r").isPresent shouldBe false
                        statement.execute("ROLLBACK")
                    }
                }
                store.commit(lease, listOf(Write.StartRun(run("r"))))
                store.find("r").isPresent shouldBe true
            }
        }

        test("a commit leaves no lock behind that would hold up another process") {
            val file = directory.newFile()
            SqliteStore.open(file).use { store ->
                store.commit(store.acquire(engine("e")), listOf(Write.StartRun(run("r"))))
                execute(file, "PRAGMA busy_timeout = 0", "BEGIN IMMEDIATE", "ROLLBACK")
            }
        }

        test("a file that can only be read fails the write and can still be read") {
            val file = directory.newFile()
            SqliteStore.open(file).use { it.commit(it.acquire(engine("e")), listOf(Write.StartRun(run("r")))) }
            val readOnly = SQLiteConfig().apply { setReadOnly(true) }
            val connect = { readOnly.createConnection("jdbc:sqlite:$file") }
            Sessions(SqliteConnections(connect, "BEGIN", 1, SqliteFailures(file))).use { sessions ->
                val thrown =
                    shouldThrow<StoreException> {
                        sessions.transaction {
                            BatchWriter(this, 0).write(listOf(Write.Reset("r")))
                        }
                    }
                thrown.isTransient shouldBe true
                thrown.message shouldContain "the file is read-only"
                RunReader(sessions).find("r") shouldBe run("r")
            }
        }

        test("a file that went away is reported, and not made anew") {
            val file = directory.newFile()
            SqliteStore.open(file).use { store ->
                Files.delete(file)
                shouldThrow<StoreException> { store.find("r") }.message shouldContain "cannot be opened"
                Files.exists(file) shouldBe false
            }
        }

        test("neither logs nor exceptions show a stored value") {
            val file = directory.newFile()
            val secret = "\"$MARKER\""
            val thrown = mutableListOf<StoreException>()
            val seen =
                logged {
                    SqliteStore.open(file, small).use { store ->
                        val lease = store.acquire(engine("e"))
                        val context =
                            append("r", row(1, output = secret), update = finished(RunStatus.FAILED, secret, 1))
                        store.commit(lease, listOf(Write.StartRun(run("r", input = secret)), context))
                        store.find("r").get().input() shouldBe secret
                        store.journal("r").single().output() shouldBe secret
                        thrown +=
                            shouldThrow<StoreException> {
                                store.commit(
                                    lease,
                                    listOf(append("r", row(2, output = big))),
                                )
                            }
                        thrown +=
                            shouldThrow<StoreException> {
                                store.commit(
                                    lease,
                                    listOf(Write.StartRun(run("s", input = big))),
                                )
                            }
                    }
                }
            seen.shouldNotBeEmpty()
            seen.filter { MARKER in it }.shouldBeEmpty()
            thrown.forEach { it.stackTraceToString() shouldNotContain MARKER }
        }

        test("a damaged value is not shown by the error that reports it") {
            val file = directory.newFile()
            SqliteStore.open(file).use { store ->
                store.commit(store.acquire(engine("e")), listOf(Write.StartRun(run("r")), append("r", row(1))))
                execute(file, "UPDATE runs SET generation = '$MARKER'", "UPDATE steps SET status = '$MARKER'")
                val thrown = mutableListOf<StoreException>()
                val seen =
                    logged {
                        thrown += shouldThrow<StoreException> { store.find("r") }
                        thrown += shouldThrow<StoreException> { store.journal("r") }
                    }
                seen.filter { MARKER in it }.shouldBeEmpty()
                thrown.forEach {
                    it.code() shouldBe ErrorCode.CORRUPT_ROW
                    it.stackTraceToString() shouldNotContain MARKER
                }
            }
        }

        test("an interrupt does not end a call, and is kept for the caller") {
            SqliteStore.open(directory.newFile()).use { store ->
                Thread.currentThread().interrupt()
                val lease = store.acquire(engine("e"))
                store.commit(lease, listOf(Write.StartRun(run("r"))))
                val found = store.find("r")
                Thread.interrupted() shouldBe true
                found.isPresent shouldBe true
            }
        }

        test("a closed store says so") {
            val store = SqliteStore.open(directory.newFile())
            store.close()
            store.close()
            shouldThrow<StoreException> { store.find("r") }.message shouldContain "is closed"
            shouldThrow<StoreException> { store.acquire(engine("e")) }.message shouldContain "is closed"
        }

        listOf(
            Triple(SQLiteErrorCode.SQLITE_FULL, true, "disk is full"),
            Triple(SQLiteErrorCode.SQLITE_IOERR_WRITE, true, "I/O error"),
            Triple(SQLiteErrorCode.SQLITE_BUSY_SNAPSHOT, true, "another process"),
            Triple(SQLiteErrorCode.SQLITE_LOCKED, true, "another connection"),
            Triple(SQLiteErrorCode.SQLITE_READONLY_DIRECTORY, true, "read-only"),
            Triple(SQLiteErrorCode.SQLITE_CANTOPEN, true, "cannot be opened"),
            Triple(SQLiteErrorCode.SQLITE_CORRUPT_INDEX, false, "damaged"),
            Triple(SQLiteErrorCode.SQLITE_NOTADB, false, "not an SQLite database"),
            Triple(SQLiteErrorCode.SQLITE_MISUSE, false, "SQLITE_MISUSE"),
        ).forEach { (code, isTransient, words) ->
            test("$code is said in words, and whether it may pass") {
                val failure = SqliteFailures(directory.newFile()).translate(SQLiteException("reported", code))
                failure.isTransient shouldBe isTransient
                failure.message shouldContain words
            }
        }
    })
