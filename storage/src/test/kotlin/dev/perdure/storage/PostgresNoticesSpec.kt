package dev.perdure.storage

import dev.perdure.core.RunStatus
import dev.perdure.core.engine.Client
import dev.perdure.core.engine.EngineEvent
import dev.perdure.core.engine.does
import dev.perdure.core.engine.endsCompleted
import dev.perdure.core.engine.flow
import dev.perdure.core.engine.output
import dev.perdure.core.engine.passed
import dev.perdure.core.journal.QueueRecord
import dev.perdure.core.spi.StoreRecords
import dev.perdure.core.spi.Write
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.shouldBe
import java.lang.reflect.InvocationTargetException
import java.lang.reflect.Proxy
import java.sql.Connection
import java.sql.SQLException
import java.time.Duration
import java.util.concurrent.CountDownLatch
import java.util.concurrent.Semaphore
import java.util.concurrent.TimeUnit.SECONDS
import javax.sql.DataSource

/** Stores that tell each other of what they write. */
class PostgresNoticesSpec :
    FunSpec({
        timeout = 60_000
        val telling = PostgresOptions(lease = Duration.ofHours(1), listenNotify = true)
        val work = flow("work") { does("only") }
        val waiting =
            flow("waiting") {
                awaitSignal("paid", String::class.java)
                does("end")
            }

        fun open(schema: String) = PostgresServer.open(schema, telling)

        /** An engine that looks by itself once an hour. */
        fun deaf(
            store: PostgresStore,
            hourly: Duration = Duration.ofHours(1),
        ) = Node(store, work, waiting) { pollInterval(hourly) }

        fun listeners() = PostgresServer.query("SELECT pid FROM pg_stat_activity WHERE query = 'LISTEN perdure'")

        test("an engine takes up what a client starts, though it looks by itself once an hour") {
            val schema = PostgresServer.newSchema()
            deaf(open(schema)).use {
                Client.on(open(schema)).use { client ->
                    client.start("work", 1, "r", null).await() shouldBe "only"
                }
            }
        }

        test("a signal and an end are heard of by the engine that waits for them") {
            val schema = PostgresServer.newSchema()
            deaf(open(schema)).use { first ->
                deaf(open(schema)).use { second ->
                    first.engine.start("waiting", "r", null)
                    first.hears { it is EngineEvent.WaitStarted }
                    val there =
                        second.engine
                            .find("r")
                            .get()
                    val outcome = there.outcome()
                    there.signal("paid", "now").get(10, SECONDS)
                    outcome.get(20, SECONDS)
                    there.output() shouldBe "end"
                }
            }
        }

        test("a run that is left behind is taken up at once by an engine that looks by itself once an hour") {
            val schema = PostgresServer.newSchema()
            val isBusy = CountDownLatch(1)
            val busyOnce =
                flow("work") {
                    does("only") {
                        if (isBusy.count > 0) {
                            isBusy.countDown()
                            CountDownLatch(1).await()
                        }
                    }
                }
            val first = Node(open(schema), busyOnce) { pollInterval(Duration.ofHours(1)) }
            first.engine.start("work", "r", null)
            isBusy.passed()
            Node(open(schema), busyOnce) { pollInterval(Duration.ofHours(1)) }.use { second ->
                first.close()
                second.engine
                    .find("r")
                    .get()
                    .endsCompleted()
            }
        }

        test("a line that is cut is made again, and what was missed meanwhile is looked for") {
            val schema = PostgresServer.newSchema()
            deaf(open(schema)).use {
                Client.on(open(schema)).use { client ->
                    client.start("work", 1, "before", null).await()
                    PostgresServer.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN perdure'",
                    )
                    client.start("work", 1, "after", null).await() shouldBe "only"
                }
            }
        }

        test(
            "a store hears what others on its schema write, and not what it writes itself or what is written elsewhere",
        ) {
            val schema = PostgresServer.newSchema()
            val (mine, other, elsewhere) = listOf(schema, schema, PostgresServer.newSchema()).map(::open)
            val (toMine, toOther) = List(2) { Semaphore(0) }
            mine.use {
                other.use {
                    elsewhere.use {
                        mine.listen { error("a defect of the application's") }
                        val ended = mine.listen(toMine::release)
                        other.listen(toOther::release)
                        // They begin to hear.
                        listOf(toMine, toOther).forEach { it.tryAcquire(10, SECONDS) shouldBe true }
                        elsewhere.post(listOf(started("x")))
                        mine.post(listOf(started("a")))
                        toOther.tryAcquire(10, SECONDS) shouldBe true
                        other.post(listOf(started("b")))
                        toMine.tryAcquire(10, SECONDS) shouldBe true
                        ended.run()
                        mine.post(listOf(started("c")))
                        toOther.tryAcquire(10, SECONDS) shouldBe true
                        other.post(listOf(started("d")))
                        listOf(toMine, toOther).map { it.availablePermits() } shouldBe listOf(0, 0)
                    }
                }
            }
        }

        test("what others have no use for is not told: a step of a run, or its start where it begins at once") {
            val schema = PostgresServer.newSchema()
            open(schema).use { store ->
                open(schema).use { other ->
                    val heard = Semaphore(0)
                    other.listen(heard::release)
                    heard.tryAcquire(10, SECONDS) shouldBe true
                    deaf(store).engine.use { engine ->
                        engine.start("waiting", "r", null)
                        heard.availablePermits() shouldBe 0
                        engine.signal("r", "paid", "now", null).get(10, SECONDS)
                        heard.tryAcquire(10, SECONDS) shouldBe true
                    }
                }
            }
        }

        test("of each kind of write it is known whether others have a use for it") {
            val row = StoreRecords.row(1)
            val ended = StoreRecords.finished(RunStatus.COMPLETED)
            val schedule = StoreRecords.schedule("s")
            val news =
                listOf(
                    started("r"),
                    Write.ImportRun(StoreRecords.run("r"), listOf(row), listOf()),
                    StoreRecords.append("r", row, update = ended),
                    StoreRecords.append("r", row, update = StoreRecords.finished(RunStatus.BLOCKED)),
                    StoreRecords.append("r", row, wakes = "parent"),
                    Write.Signal("r", StoreRecords.signal(), 1),
                    Write.SaveSchedule(schedule),
                    Write.DropSchedule("s"),
                    Write.Withdraw("r", listOf(row), ended),
                    Write.Reset("r"),
                )
            val others =
                listOf(
                    Write.StartRun(StoreRecords.run("r")),
                    StoreRecords.append("r", row),
                    StoreRecords.append("r", row, update = StoreRecords.parked(null)),
                    Write.MoveSchedule(schedule, 1),
                    Write.SaveDefinition(StoreRecords.definition("d", 1)),
                    Write.SaveQueue(QueueRecord("q", 1, null, 0, 0)),
                    Write.Purge("r"),
                )
            news.filterNot(::isNews).shouldBeEmpty()
            others.filter(::isNews).shouldBeEmpty()
            (news + others).map { it.javaClass }.toSet() shouldBe Write::class.java.permittedSubclasses.toSet()
        }

        test("connections that cannot listen are said once, and the engines look by themselves") {
            val schema = PostgresServer.newSchema()
            val lines =
                logged {
                    PostgresStore.open(Deaf.source, schema, telling).let { store ->
                        deaf(store, hourly = Duration.ofMillis(20)).use {
                            Client.on(PostgresServer.open(schema)).use { client ->
                                client.start("work", 1, "r", null).await() shouldBe "only"
                            }
                        }
                    }
                }
            lines.filter { "does not hear of what others write" in it } shouldHaveSize 1
        }

        test("nothing listens unless that is asked for, and nothing after the store was closed") {
            val schema = PostgresServer.newSchema()
            PostgresServer.open(schema).use { it.listen { error("never") }.run() }
            listeners() shouldHaveSize 0
            open(schema).use { store ->
                val heard = Semaphore(0)
                store.listen(heard::release)
                heard.tryAcquire(10, SECONDS) shouldBe true
                listeners() shouldHaveSize 1
            }
            listeners() shouldHaveSize 0
        }
    })

private fun started(id: String) = Write.StartRun(StoreRecords.run(id).pending())

/** Connections that are not PostgreSQL's own, and do not tell that they hold one. */
private object Deaf {
    val source: DataSource = wrapped(PostgresServer.dataSource, DataSource::class.java)

    private fun <T> wrapped(
        real: Any,
        type: Class<T>,
    ): T =
        type.cast(
            Proxy.newProxyInstance(type.classLoader, arrayOf(type)) { _, method, args ->
                if (method.name == "unwrap") {
                    throw SQLException("no driver of PostgreSQL in here")
                }
                try {
                    val result = method.invoke(real, *(args ?: emptyArray()))
                    if (result is Connection) wrapped(result, Connection::class.java) else result
                } catch (thrown: InvocationTargetException) {
                    throw thrown.targetException
                }
            },
        )
}
