package dev.perdure.storage

import dev.perdure.core.ErrorCode
import dev.perdure.core.engine.ChildProcess
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
import kotlin.random.Random
import kotlin.system.measureTimeMillis

class SqliteProcessSpec :
    FunSpec({
        val directory = StoreDirectory(this)

        test("a store that another process holds is refused at once, but can be read") {
            val file = directory.newFile()
            val child = ChildProcess.start(directory.path, ChildEngine::class.java, "hold", file)
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
                val child = ChildProcess.start(directory.path, ChildEngine::class.java, "commit", file, acknowledged)
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
