package dev.perdure.storage

import dev.perdure.core.ErrorCode
import dev.perdure.core.spi.RunQuery
import dev.perdure.core.spi.StoreException
import dev.perdure.core.spi.StoreRecords.engine
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainAll
import io.kotest.matchers.longs.shouldBeLessThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.nio.file.Files
import java.util.concurrent.CompletableFuture
import java.util.concurrent.TimeUnit.SECONDS
import kotlin.random.Random
import kotlin.system.measureTimeMillis

class SqliteProcessSpec :
    FunSpec({
        val directory = StoreDirectory(this)

        test("a store that another process holds is refused at once, but can be read") {
            val file = directory.newFile()
            val child = ChildProcess.start(directory.path, "hold", file)
            try {
                child.awaitLine() shouldBe "holding"
                SqliteStore.open(file).use { store ->
                    val took =
                        measureTimeMillis {
                            val thrown = shouldThrow<StoreException> { store.acquire(engine("e")) }
                            thrown.code() shouldBe ErrorCode.STORE_IN_USE
                            thrown.message shouldContain "in use by pid ${child.pid} on host"
                        }
                    took shouldBeLessThan 1000
                    store.list(RunQuery.all()).map { it.id() } shouldBe listOf("r")
                    child.release()
                    child.awaitLine() shouldBe "released"
                    store.acquire(engine("e"))
                }
            } finally {
                child.kill()
            }
        }

        test("whenever a process is killed, all that it acknowledged is there, and nothing by halves") {
            val file = directory.newFile()
            val acknowledged = directory.path.resolve("acknowledged")
            val random = Random(20260101)
            repeat(10) {
                val child = ChildProcess.start(directory.path, "commit", file, acknowledged)
                try {
                    repeat(random.nextInt(1, 60)) { child.awaitLine() }
                } finally {
                    child.kill()
                }
                SqliteStore.open(file).use { store ->
                    store.acquire(engine("parent"))
                    val seqs = store.journal("r").map { it.seq() }
                    seqs shouldBe (1L..seqs.size).toList()
                    seqs.size % 2 shouldBe 0
                    seqs shouldContainAll Files.readAllLines(acknowledged).map { it.toLong() }
                }
            }
            query(file, "PRAGMA integrity_check") shouldBe listOf("ok")
        }
    })

/** A JVM that a test may kill, with directories for temporary files that are deleted with the test's. */
internal class ChildProcess private constructor(
    private val process: Process,
) {
    private val lines = process.inputReader()

    val pid: Long get() = process.pid()

    /** The next line that it prints; waits for it, with a deadline. */
    fun awaitLine(): String? = CompletableFuture.supplyAsync(lines::readLine).get(60, SECONDS)

    /** How it ended; waits for it, with a deadline. */
    fun awaitExit(): Int {
        check(process.waitFor(60, SECONDS)) { "process $pid does not end" }
        return process.exitValue()
    }

    fun release() {
        process.outputStream.close()
    }

    fun kill() {
        process.destroyForcibly()
        check(process.waitFor(30, SECONDS)) { "process $pid does not die" }
    }

    companion object {
        fun start(
            directory: java.nio.file.Path,
            vararg arguments: Any,
        ): ChildProcess = start(directory, ChildEngine::class.java, *arguments)

        fun start(
            directory: java.nio.file.Path,
            main: Class<*>,
            vararg arguments: Any,
        ): ChildProcess {
            val temporary = Files.createTempDirectory(directory, "child")
            val java =
                ProcessHandle
                    .current()
                    .info()
                    .command()
                    .get()
            val options =
                listOf("-XX:TieredStopAtLevel=1", "-Djava.io.tmpdir=$temporary", "-Dorg.sqlite.tmpdir=$temporary")
            val command = listOf(java) + options + listOf("-cp", classPath(), main.name)
            val process = ProcessBuilder(command + arguments.map { it.toString() })
            return ChildProcess(process.redirectError(ProcessBuilder.Redirect.INHERIT).start())
        }
    }
}

/** The tests' class path, also where Surefire hides it in a manifest. */
internal fun classPath(): String =
    System.getProperty("surefire.test.class.path") ?: System.getProperty("java.class.path")
