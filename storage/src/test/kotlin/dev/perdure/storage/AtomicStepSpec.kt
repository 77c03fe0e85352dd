package dev.perdure.storage

import dev.perdure.core.ErrorCode
import dev.perdure.core.PerdureException
import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import dev.perdure.core.definition.AtomicTransaction
import dev.perdure.core.definition.Retry
import dev.perdure.core.definition.Workflow
import dev.perdure.core.engine.Engine
import dev.perdure.core.engine.Run
import dev.perdure.core.engine.ended
import dev.perdure.core.engine.endsCompleted
import dev.perdure.core.engine.failure
import dev.perdure.core.engine.output
import dev.perdure.core.engine.passed
import dev.perdure.core.engine.statuses
import dev.perdure.core.memory.MemoryStore
import dev.perdure.core.spi.StoreException
import dev.perdure.dsl.engine
import dev.perdure.dsl.procedure
import dev.perdure.dsl.workflow
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldBeIn
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import org.jetbrains.exposed.v1.jdbc.insert
import java.sql.SQLException
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicInteger
import kotlin.time.Duration.Companion.milliseconds

/** Steps whose effects on the application's own tables happen exactly once. */
class AtomicStepSpec :
    FunSpec({
        val directory = StoreDirectory(this)

        fun each(
            sentence: String,
            test: (AtomicPlace) -> Unit,
        ) = directory.atomicPlaces().forEachIndexed { index, place ->
            test("$sentence (${listOf("SQLite", "PostgreSQL")[index]})") { test(place()) }
        }

        fun AtomicPlace.note(label: String) {
            effects.insert { it[effects.label] = label }
        }

        fun <T> AtomicPlace.engine(
            workflow: Workflow<*, *>,
            around: (run: () -> Unit) -> Unit = { it() },
            use: (Engine) -> T,
        ): T = AroundStore(open(), around).engine(workflow).use(use)

        fun AtomicPlace.run(
            workflow: Workflow<*, *>,
            around: (run: () -> Unit) -> Unit = { it() },
            check: (Run) -> Unit,
        ) = engine(workflow, around) { check(it.start(workflow.name(), "r", Unit)) }

        fun one(body: AtomicTransaction.() -> Unit) =
            workflow<Unit, String>("one") {
                atomic("debit") {
                    body()
                    "done"
                }
            }

        each("what the body writes is durable with its result, and neither happens again") { place ->
            val debit =
                workflow<Unit, Int>("debit") {
                    val before = step("before") { 20 }
                    val left =
                        atomic("debit") {
                            place.note("debit of ${before()} by $idempotencyKey")
                            put("seen", true)
                            before() + 1
                        }
                    step("after") { if (get<Boolean>("seen")) left() * 2 else 0 }
                }
            repeat(2) {
                place.run(debit) { run ->
                    run.output() shouldBe 42L
                    run.statuses("debit").shouldContainExactly(StepStatus.COMPLETED)
                }
                place.durable().shouldContainExactly("debit of 20 by r/debit")
            }
        }

        each("what a body wrote that throws is gone, its failure is recorded, and its retries hold") { place ->
            val flaky =
                workflow<Unit, Int>("flaky") {
                    atomic("debit", retry = Retry.fixed(3, java.time.Duration.ZERO)) {
                        place.note("attempt $attempt")
                        increment("attempts")
                        check(attempt == 3) { "out of money" }
                        get<Int>("attempts")
                    }
                }
            place.run(flaky) { run ->
                run.output() shouldBe 1L
                run.statuses("debit").shouldContainExactly(StepStatus.FAILED, StepStatus.FAILED, StepStatus.COMPLETED)
            }
            place.durable().shouldContainExactly("attempt 3")
        }

        each("a body that fails for good leaves nothing") { place ->
            val failing =
                one {
                    place.note("lost")
                    error("no such account")
                }
            place.run(failing) { it.ended().failure().message() shouldContain "no such account" }
            place.durable().shouldBeEmpty()
        }

        each("a body that commits, rolls back or closes its connection is refused, in words") { place ->
            listOf<Pair<String, (AtomicTransaction) -> Unit>>(
                "commit" to { it.connection.commit() },
                "rollback" to { it.connection.rollback() },
                "close" to { it.connection.close() },
                "setAutoCommit" to { it.connection.autoCommit = true },
                "commit" to { it.exposed { commit() } },
                "rollback" to { it.exposed { rollback() } },
            ).forEachIndexed { index, (call, act) ->
                val ending =
                    one {
                        place.note("$index")
                        act(this)
                    }
                place.engine(ending) { engine ->
                    val failure = engine.start("one", "r$index", Unit).ended().failure()
                    failure.message() shouldContain "called $call on its transaction"
                }
            }
            place.durable().shouldBeEmpty()
        }

        each("a connection is of no use once its body has ended") { place ->
            var kept: java.sql.Connection? = null
            place.run(one { kept = connection }) { it.endsCompleted() }
            kept!!.isClosed shouldBe true
            shouldThrow<SQLException> { kept.createStatement() }.message shouldContain "has ended"
        }

        each("a body that ends its transaction by SQL fails, with what to do about it") { place ->
            val ending = one { connection.createStatement().use { it.execute("COMMIT") } }
            place.run(ending) { it.ended().failure().message() shouldContain "leave COMMIT and ROLLBACK to the engine" }
        }

        each("what is there of a commit whose reply got lost is not done again") { place ->
            val tries = AtomicInteger()
            val lossy: (() -> Unit) -> Unit = { run ->
                run()
                if (tries.incrementAndGet() == 1) throw unavailable()
            }
            place.run(one { place.note("once") }, lossy) { run ->
                run.output() shouldBe "done"
                run.statuses("debit").shouldContainExactly(StepStatus.COMPLETED)
            }
            tries.get() shouldBe 1
            place.durable().shouldContainExactly("once")
        }

        each("a store that is out of reach is waited for, at the cost of no attempt") { place ->
            val tries = AtomicInteger()
            val unreachable: (() -> Unit) -> Unit = { run ->
                if (tries.incrementAndGet() <
                    4
                ) {
                    throw unavailable()
                } else {
                    run()
                }
            }
            place.run(one { place.note("once") }, unreachable) { run ->
                run.output() shouldBe "done"
                run.statuses("debit").shouldContainExactly(StepStatus.COMPLETED)
            }
            place.durable().shouldContainExactly("once")
        }

        each(
            "what the store finds wrong with the commit itself is the attempt's failure, and leaves nothing",
        ) { place ->
            place.execute("CREATE TABLE ${place.table}_parent (id INT PRIMARY KEY)")
            place.execute(
                "CREATE TABLE ${place.table}_child (parent INT REFERENCES ${place.table}_parent (id) " +
                    "DEFERRABLE INITIALLY DEFERRED)",
            )
            val orphan =
                workflow<Unit, String>("orphan") {
                    atomic("debit", retry = Retry.fixed(2, java.time.Duration.ZERO)) {
                        place.note("attempt $attempt")
                        val parent = if (attempt == 1) "1" else "NULL"
                        connection.createStatement().use {
                            it.execute("INSERT INTO ${place.table}_child VALUES ($parent)")
                        }
                        "done"
                    }
                }
            place.run(orphan) { run ->
                run.output() shouldBe "done"
                run.statuses("debit").shouldContainExactly(StepStatus.FAILED, StepStatus.COMPLETED)
            }
            place.durable().shouldContainExactly("attempt 2")
        }

        each("a run that is cancelled while the body runs ends CANCELLED, without its effect") { place ->
            val begun = CountDownLatch(1)
            val never = CountDownLatch(1)
            val waiting =
                one {
                    place.note("lost")
                    begun.countDown()
                    never.await()
                }
            place.run(waiting) { run ->
                begun.passed()
                run.cancel("enough").get(10, TimeUnit.SECONDS)
                run.ended().status() shouldBe RunStatus.CANCELLED
                run.statuses("debit").shouldContainExactly(StepStatus.CANCELLED)
            }
            place.durable().shouldBeEmpty()
        }

        each("a body that takes longer than its limit is cut off, and its effect undone") { place ->
            val endless =
                if (place.name == "SQLite") {
                    "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
                } else {
                    "SELECT pg_sleep(60)"
                }
            val slow =
                workflow<Unit, String>("slow") {
                    atomic("debit", timeout = 200.milliseconds) {
                        place.note("lost")
                        connection.createStatement().use { it.execute(endless) }
                        "done"
                    }
                }
            place.run(slow) { run ->
                run.ended().status() shouldBe RunStatus.FAILED
                // PostgreSQL ends the statement by itself at about the same time.
                run.statuses("debit").single() shouldBeIn setOf(StepStatus.TIMED_OUT, StepStatus.FAILED)
            }
            place.durable().shouldBeEmpty()
        }

        each("a body that ignores its end is given up, and others are recorded again") { place ->
            val release = CountDownLatch(1)
            val stuck =
                workflow<Unit, String>("stuck") {
                    atomic("debit", timeout = 100.milliseconds) {
                        place.note("lost")
                        while (release.count > 0) {
                            try {
                                release.await()
                            } catch (_: InterruptedException) {
                                // as a body does that must not be
                            }
                        }
                        place.note("lost too")
                        "done"
                    }
                }
            AroundStore(place.open()) { it() }
                .engine(stuck) { cancellationGrace(java.time.Duration.ofMillis(100)) }
                .use { engine ->
                    engine.start("stuck", "r", Unit).ended().status() shouldBe RunStatus.FAILED
                    engine.execute("other", { ctx -> ctx.step("fine", String::class.java) { "yes" } }) shouldBe "yes"
                    release.countDown()
                }
            place.durable().shouldBeEmpty()
        }

        each("atomic steps of a block, beside other steps, each happen once") { place ->
            val many =
                workflow<Unit, Int>("many") {
                    parallel("block") {
                        repeat(8) { n ->
                            atomic("a$n") { place.note("a$n") }
                            step("s$n") { n }
                        }
                    }
                    step("end") { 1 }
                }
            place.engine(many) { engine ->
                val runs = (1..4).map { engine.start("many", "r$it", Unit) }
                runs.forEach { it.endsCompleted() }
            }
            place.durable() shouldBe (0..7).flatMap { n -> List(4) { "a$n" } }
        }

        each("code asks for atomic steps too, and is told what is recorded") { place ->
            val code =
                procedure<Unit, Int>("code") {
                    val first = atomic("debit") { place.note("debit").let { 20 } }
                    val second = atomic("debit") { place.note("again").let { 22 } }
                    awaitSignal<String>("go") // the run may be let out of memory, and then all of this is told again
                    first + second
                }
            place.run(code) {
                it.signal("go", "now").get()
                it.output() shouldBe 42L
            }
            place.durable().shouldContainExactly("again", "debit")
        }

        test("what the body of a former owner wrote is rolled back, and the new owner's is there once") {
            val schema = PostgresServer.newSchema()
            PostgresServer.execute("CREATE TABLE owned_effects (label TEXT)")
            val owned = Effects("owned_effects")
            val begun = CountDownLatch(1)
            val isTaken = CountDownLatch(1)
            val former =
                workflow<Unit, String>("owned") {
                    atomic("debit") {
                        owned.insert { it[label] = "former" }
                        begun.countDown()
                        isTaken.passed()
                        "former"
                    }
                }
            val next =
                workflow<Unit, String>("owned") {
                    atomic("debit") {
                        owned.insert { it[label] = "next" }
                        "next"
                    }
                }
            PostgresServer.open(schema).engine(former).use { engine ->
                engine.start("owned", "r", Unit)
                begun.passed()
                PostgresServer.expireLeases(schema)
                PostgresServer.open(schema).engine(next).use { other ->
                    isTaken.countDown()
                    other.find("r").get().output() shouldBe "next"
                }
            }
            PostgresServer.query("SELECT label FROM owned_effects").shouldContainExactly("next")
        }

        test("a store that cannot do this is refused when the engine is opened, and tells code so") {
            shouldThrow<PerdureException> { MemoryStore().engine(one { }) }.also {
                it.code() shouldBe ErrorCode.INVALID_DEFINITION
                it.message shouldContain "has atomic steps, at [debit]"
            }
            val code = procedure<Unit, Int>("code") { atomic("debit") { 1 } }
            MemoryStore().engine(code).use { engine ->
                val failure = engine.start("code", "r", Unit).ended().failure()
                failure.message() shouldContain "the store in memory cannot run a body in its transactions"
            }
        }
    })

private fun unavailable() = StoreException(ErrorCode.STORE_UNAVAILABLE, "the line is dead", true, null)
