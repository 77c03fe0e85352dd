package dev.perdure.storage

import dev.perdure.core.RunStatus
import dev.perdure.core.engine.passed
import dev.perdure.core.spi.RunQuery
import dev.perdure.core.spi.StoreException
import dev.perdure.core.spi.StoreRecords.engine
import dev.perdure.core.spi.StoreRecords.row
import dev.perdure.core.spi.StoreRecords.run
import dev.perdure.core.spi.Write
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldEndWith
import java.lang.reflect.Proxy
import java.nio.file.Path
import java.sql.SQLException
import java.time.Duration
import java.util.concurrent.CountDownLatch
import java.util.concurrent.atomic.AtomicBoolean
import javax.sql.DataSource

/** Arguments and states that a store refuses, and empty ones that it takes. */
class StoreArgumentsSpec :
    FunSpec({
        val directory = StoreDirectory(this)

        mapOf<String, () -> Any>(
            "lease is PT0.999S; give it a value from PT1S to PT1H" to { PostgresOptions(Duration.ofMillis(999)) },
            "lease is PT1H0.001S" to { PostgresOptions(Duration.ofHours(1).plusMillis(1)) },
            "poolSize is 1001" to { PostgresOptions(poolSize = 1_001) },
        ).forEach { (words, make) ->
            test("options that cannot be are refused: $words") {
                shouldThrow<IllegalArgumentException> { make() }.message shouldContain words
            }
        }

        test("there is no schema version below none or above the newest, on either database") {
            val sqlite = SqliteMigrations(directory.newFile())
            val postgres = PostgresMigrations("jdbc:postgresql://nowhere.invalid/none")
            for (version in listOf(-1, 99)) {
                listOf({ sqlite.migrateTo(version) }, { postgres.migrateTo(version) }).forEach { migrate ->
                    shouldThrow<IllegalArgumentException> { migrate() }.message shouldContain
                        "there is no schema version $version"
                }
            }
        }

        test("a migration says whether and when it was applied") {
            val file = directory.newFile()
            SqliteMigrations(file).also { migrations ->
                SqliteStore.open(file).close()
                migrations.migrateTo(migrations.latest - 1)
                val (former, last) = migrations.states().takeLast(2)
                "$last" shouldContain "${migrations.latest} ${last.name}: not applied"
                "$former" shouldContain "${former.version} ${former.name}: ${former.appliedAt}"
            }
        }

        test("the root of the file system is no place for a store") {
            shouldThrow<StoreException> { SqliteStore.open(Path.of("/")) }.message shouldContain "is a directory"
        }

        test("a data source that gives no connection is the store's error, by its schema as there is no more to tell") {
            val broken =
                Proxy.newProxyInstance(javaClass.classLoader, arrayOf(DataSource::class.java)) { _, _, _ ->
                    throw SQLException("no more connections", "53300")
                } as DataSource
            shouldThrow<StoreException> { PostgresStore.open(broken, "mine") }.message shouldContain "with schema mine"
        }

        test("a file that is open twice is marked until both have closed it, however often they do") {
            val path = StorePath.of(directory.newFile().also { SqliteStore.open(it).close() })
            val (first, second) = List(2) { OpenMark.set(path) }
            repeat(2) { first.close() }
            System.getProperty("dev.perdure.storage.open.${path.identity()}") shouldEndWith " 1"
            second.close()
            OpenMark.set(path).close()
        }

        test("a query for no statuses, or for none of what it finds, finds nothing") {
            SqliteStore.open(directory.newFile()).use { store ->
                store.commit(store.acquire(engine("e")), listOf(Write.StartRun(run("r"))))
                store.list(RunQuery(setOf(), null, 10, 0)).shouldBeEmpty()
                store.list(RunQuery(setOf(RunStatus.RUNNING), null, 0, 0)).shouldBeEmpty()
                store.ids(RunQuery(setOf(RunStatus.RUNNING), null, 10, 0)) shouldContainExactly listOf("r")
                store.ids(RunQuery(setOf(RunStatus.PAUSED), null, 10, 0)).shouldBeEmpty()
            }
        }

        test("a lease is given back once, also after the store was closed") {
            val store = SqliteStore.open(directory.newFile())
            val lease = store.acquire(engine("e"))
            store.release(lease)
            store.release(lease)
            store.close()
            store.release(lease)
            store.close()
        }

        test("without a lease, a run with a journal is not started, nor one that is not PENDING") {
            val wrong = listOf(Write.StartRun(run("r").pending(), listOf(row(1))), Write.StartRun(run("r")))
            wrong.forEach { write ->
                shouldThrow<IllegalArgumentException> { requireAnybodys(write) }.message shouldContain
                    "a StartRun is written under a lease"
            }
            requireAnybodys(Write.StartRun(run("r").pending()))
        }

        test("an empty batch is nothing to write, on PostgreSQL with and without a lease") {
            PostgresServer.open(PostgresServer.newSchema()).use { store ->
                store.commit(store.acquire(engine("e")), listOf()).shouldBeEmpty()
                store.post(listOf()).shouldBeEmpty()
                store.settled(listOf()).shouldBeEmpty()
                for (statuses in listOf(setOf(RunStatus.PAUSED, RunStatus.RUNNING), RunStatus.entries.toSet())) {
                    store.ids(RunQuery(statuses, "onboard", 10, 0)).shouldBeEmpty()
                }
            }
        }

        test("who gives signs of life may end them, and one that failed is followed by another") {
            val beats = CountDownLatch(2)
            lateinit var own: Heartbeat
            own =
                Heartbeat("heart", {
                    beats.countDown()
                    if (beats.count == 0L) own.close()
                    Duration.ofMillis(1)
                })
            own.start()
            beats.passed()
            own.close()
        }

        test("a thread that is interrupted while it ends signs of life waits for the last one, and stays interrupted") {
            val isBeating = CountDownLatch(1)
            val gate = CountDownLatch(1)
            val hasBeaten = AtomicBoolean()
            val heart =
                Heartbeat("heart", {
                    isBeating.countDown()
                    gate.passed()
                    hasBeaten.set(true)
                    Duration.ofMillis(1)
                })
            heart.start()
            isBeating.passed()
            Thread.currentThread().interrupt()
            gate.countDown()
            heart.close()
            Thread.interrupted() shouldBe true
            hasBeaten.get() shouldBe true
        }
    })
