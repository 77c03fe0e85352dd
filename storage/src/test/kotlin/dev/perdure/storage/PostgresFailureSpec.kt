package dev.perdure.storage

import com.zaxxer.hikari.HikariConfig
import com.zaxxer.hikari.HikariDataSource
import dev.perdure.core.ErrorCode
import dev.perdure.core.RunStatus
import dev.perdure.core.spi.Lease
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
import io.kotest.matchers.shouldNotBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import java.sql.SQLException
import java.time.Duration
import java.util.concurrent.TimeUnit.SECONDS

private const val MARKER = "s3cr3t-marker"

/** What a store makes of what PostgreSQL reports. */
class PostgresFailureSpec :
    FunSpec({
        fun stored(
            open: (String) -> PostgresStore = { PostgresServer.open(it) },
            test: (PostgresStore, Lease, String) -> Unit,
        ) {
            val schema = PostgresServer.newSchema()
            open(schema).use { store ->
                val lease = store.acquire(engine("e"))
                store.commit(lease, listOf(Write.StartRun(run("r"))))
                test(store, lease, schema)
            }
        }

        /** The server reports [state] for each row that is appended, so often. */
        fun refuse(
            schema: String,
            state: String,
            times: Int,
        ) = PostgresServer.execute(
            "CREATE SEQUENCE $schema.tries",
            "CREATE FUNCTION $schema.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN " +
                "IF nextval('$schema.tries') <= $times THEN " +
                "RAISE EXCEPTION 'refused' USING ERRCODE = '$state'; END IF; " +
                "RETURN NEW; END $$",
            "CREATE TRIGGER refuse BEFORE INSERT ON $schema.steps FOR EACH ROW EXECUTE FUNCTION $schema.refuse()",
        )

        listOf("40001", "40P01").forEach { state ->
            test("a batch that others were in the way of ($state) is committed again by the store itself") {
                stored { store, lease, schema ->
                    refuse(schema, state, 3)
                    store.commit(lease, listOf(Write.StartRun(run("s")), append("r", row(1))))
                    store.journal("r") shouldContainExactly listOf(row(1))
                    store.find("s").isPresent shouldBe true
                }
            }
        }

        test("a batch that others are in the way of again and again fails as a whole, and may be repeated later") {
            stored { store, lease, schema ->
                refuse(schema, "40001", 4)
                val batch = listOf(Write.StartRun(run("s")), append("r", row(1)))
                val thrown = shouldThrow<StoreException> { store.commit(lease, batch) }
                thrown.isTransient shouldBe true
                thrown.message shouldContain "other transactions were in its way"
                store.find("s").isPresent shouldBe false
                store.commit(lease, batch)
                store.journal("r") shouldContainExactly listOf(row(1))
            }
        }

        test("a connection that saw an error is closed, in the application's own pool too, and the pool goes on") {
            val config = HikariConfig()
            config.jdbcUrl = PostgresServer.url
            config.maximumPoolSize = 1
            HikariDataSource(config).use { pool ->
                fun backend() =
                    pool.connection.use { it.createStatement().executeQuery("SELECT pg_backend_pid()").text() }
                stored({ PostgresStore.open(pool, it, PostgresServer.patient) }) { store, lease, schema ->
                    val before = backend()
                    backend() shouldBe before
                    refuse(schema, "23514", 1)
                    shouldThrow<StoreException> { store.commit(lease, listOf(append("r", row(1)))) }
                    backend() shouldNotBe before
                    store.commit(lease, listOf(append("r", row(1))))
                }
            }
        }

        test("the application's connections come back with their own settings, and not within a transaction") {
            val config = HikariConfig()
            config.jdbcUrl = PostgresServer.url
            config.maximumPoolSize = 1
            config.connectionInitSql = "SET search_path = public; SET lock_timeout = 77"
            HikariDataSource(config).use { pool ->
                fun show(name: String) = pool.connection.use { it.createStatement().executeQuery("SHOW $name").text() }
                stored({ PostgresStore.open(pool, it, PostgresServer.patient) }) { store, lease, _ ->
                    store.commit(lease, listOf(append("r", row(1))))
                    store.journal("r") shouldContainExactly listOf(row(1))
                    show("search_path") shouldBe "public"
                    show("lock_timeout") shouldBe "77ms"
                    show("idle_in_transaction_session_timeout") shouldBe "0"
                    pool.connection.use { it.autoCommit } shouldBe true
                }
            }
        }

        test("the store's own connections have its time-outs") {
            val schema = PostgresServer.newSchema()
            PostgresDatabase.open(PostgresServer.url, schema, PostgresOptions()).use { database ->
                mapOf(
                    "search_path" to "$schema, pg_temp",
                    "lock_timeout" to "5s",
                    "idle_in_transaction_session_timeout" to "7500ms",
                    "transaction_isolation" to "read committed",
                    "application_name" to "perdure",
                ).forEach { (name, value) ->
                    listOf(database.writer, database.readers).forEach { sessions ->
                        sessions.transaction { held.prepareStatement("SHOW $name").executeQuery().text() } shouldBe
                            value
                    }
                }
            }
        }

        test("a transaction that the server ended, since it stood still before its commit, is run again") {
            val schema = PostgresServer.newSchema()
            val impatient = PostgresOptions(lease = Duration.ofSeconds(1), lockTimeout = Duration.ofSeconds(1))
            PostgresDatabase.open(PostgresServer.url, schema, impatient).use { database ->
                var runs = 0
                database.writer.transaction {
                    val own = held.prepareStatement("SELECT pg_backend_pid()").executeQuery().text()
                    if (++runs == 1) {
                        val isThere = "SELECT count(*) FROM pg_stat_activity WHERE pid = $own"
                        val deadline = System.nanoTime() + SECONDS.toNanos(20)
                        while (PostgresServer.query(isThere) != listOf("0")) check(System.nanoTime() < deadline)
                    }
                }
                runs shouldBe 2
            }
        }

        listOf<Pair<String, (String) -> PostgresStore>>(
            "a pool of its own" to { PostgresServer.open(it) },
            "the application's connections" to
                { PostgresStore.open(PostgresServer.dataSource, it, PostgresServer.patient) },
        ).forEach { (what, open) ->
            test("with $what, neither logs nor exceptions show a stored value") {
                val secret = "\"$MARKER\""
                val thrown = mutableListOf<StoreException>()
                val seen =
                    logged {
                        stored(open) { store, lease, schema ->
                            val end =
                                append("r", row(1, output = secret), update = finished(RunStatus.FAILED, secret, 1))
                            store.commit(lease, listOf(Write.StartRun(run("q", input = secret)), end))
                            store.find("r").get().context() shouldBe secret
                            PostgresServer.execute(
                                "ALTER TABLE $schema.steps ADD CONSTRAINT small CHECK (seq < 9)",
                                "ALTER TABLE $schema.runs ADD CONSTRAINT calm CHECK (version < 9), " +
                                    "ALTER COLUMN generation TYPE text",
                                "UPDATE $schema.runs SET generation = '$MARKER' WHERE id = 'q'",
                            )
                            thrown +=
                                shouldThrow<StoreException> {
                                    store.commit(lease, listOf(append("r", row(9, output = secret))))
                                }
                            thrown += shouldThrow<StoreException> { store.find("q") }
                        }
                    }
                seen.shouldNotBeEmpty()
                seen.filter { MARKER in it }.shouldBeEmpty()
                thrown.map { it.code() } shouldContainExactly listOf(ErrorCode.STORE_UNAVAILABLE, ErrorCode.CORRUPT_ROW)
                thrown.forEach { it.stackTraceToString() shouldNotContain MARKER }
            }
        }

        test("an interrupt does not end a call, and is kept for the caller") {
            stored { store, lease, _ ->
                Thread.currentThread().interrupt()
                store.commit(lease, listOf(append("r", row(1))))
                val found = store.journal("r")
                Thread.interrupted() shouldBe true
                found shouldContainExactly listOf(row(1))
            }
        }

        test("a closed store says so, and closing it again does nothing") {
            val store = PostgresServer.open(PostgresServer.newSchema())
            store.close()
            store.close()
            shouldThrow<StoreException> { store.find("r") }.message shouldContain "is closed"
            shouldThrow<StoreException> { store.acquire(engine("e")) }.message shouldContain "is closed"
        }

        listOf(
            Triple("40001", true, "other transactions"),
            Triple("55P03", true, "a lock was not given"),
            Triple("25P03", true, "stood still"),
            Triple("25006", true, "connect to the primary"),
            Triple("57P01", true, "ended the connection"),
            Triple("57P03", true, "starting or stopping"),
            Triple("08006", true, "the connection was lost"),
            Triple("53100", true, "disk is full"),
            Triple("53300", true, "no more connections"),
            Triple("28P01", false, "refuses the role"),
            Triple("3D000", false, "no such database"),
            Triple("42501", false, "lacks a right"),
            Triple("42P01", false, "a table is missing"),
            Triple("XX001", false, "damaged data"),
            Triple("23505", false, "SQLSTATE 23505"),
            Triple(null, true, "no connection could be had"),
        ).forEach { (state, isTransient, words) ->
            test("SQLSTATE $state is said in words, and whether it may pass") {
                val failure = PostgresFailures("s").translate(SQLException("reported", state))
                failure.isTransient shouldBe isTransient
                failure.message shouldContain words
                failure.code() shouldBe ErrorCode.STORE_UNAVAILABLE
            }
        }

        test("a failed commit is in doubt unless the server said that it did nothing") {
            val failures = PostgresFailures("s")

            fun inDoubt(state: String?) = failures.isInDoubt(SQLException("reported", state))
            listOf("08006", "57P01", "40003", "58030", "25P04", null).map(::inDoubt).toSet() shouldBe setOf(true)
            listOf("40001", "40P01", "23503", "25P02", "25P03").map(::inDoubt).toSet() shouldBe setOf(false)
        }
    })

private fun java.sql.ResultSet.text(): String? = use { if (it.next()) it.getString(1) else null }
