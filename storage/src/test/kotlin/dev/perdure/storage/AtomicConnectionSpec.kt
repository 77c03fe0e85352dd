package dev.perdure.storage

import dev.perdure.core.ErrorCode
import dev.perdure.core.engine.ended
import dev.perdure.core.engine.endsCompleted
import dev.perdure.core.engine.failure
import dev.perdure.core.engine.output
import dev.perdure.core.spi.OpenTransaction
import dev.perdure.core.spi.StoreException
import dev.perdure.core.spi.StoreRecords.engine
import dev.perdure.core.spi.Transactions
import dev.perdure.core.spi.Write
import dev.perdure.core.spi.WriteResult
import dev.perdure.dsl.engine
import dev.perdure.dsl.workflow
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.sql.Connection
import java.time.Duration

/** What the body of an atomic step can do with its connection, and who may begin a transaction. */
class AtomicConnectionSpec :
    FunSpec({
        val directory = StoreDirectory(this)

        directory.atomicPlaces().forEachIndexed { index, open ->
            val name = listOf("SQLite", "PostgreSQL")[index]

            test("a body may set savepoints and go back to them ($name)") {
                val place = open()
                val undoing =
                    workflow<Unit, String>("one") {
                        atomic("debit") {
                            connection.createStatement().use {
                                it.execute("INSERT INTO ${place.table} VALUES ('kept')")
                                val before = connection.setSavepoint("before")
                                it.execute("INSERT INTO ${place.table} VALUES ('undone')")
                                connection.rollback(before)
                            }
                            "done"
                        }
                    }
                place.open().engine(undoing).use { it.start("one", "r", Unit).endsCompleted() }
                place.durable().shouldContainExactly("kept")
            }

            test("a body that asks for something else than its connection is told what there is ($name)") {
                val place = open()
                val odd =
                    workflow<Unit, String>("one") {
                        atomic("debit") { unwrap(Duration::class.java).toString() }
                    }
                place.open().engine(odd).use {
                    it
                        .start("one", "r", Unit)
                        .ended()
                        .failure()
                        .message() shouldContain "ask for a java.sql.Connection"
                }
            }

            test(
                "its connection can be kept in collections, is itself only, and is closed once its body has ended ($name)",
            ) {
                val place = open()
                var kept: Connection? = null
                val looking =
                    workflow<Unit, List<Boolean>>("one") {
                        atomic("debit") {
                            val own = connection.also { kept = it }
                            listOf(own in setOf(own), own == Any(), own.isClosed, own.hashCode() == own.hashCode())
                        }
                    }
                place.open().engine(looking).use {
                    it.start("one", "r", Unit).output() shouldBe listOf(true, false, false, true)
                }
                kept!!.isClosed shouldBe true
                "$kept" shouldContain "atomic step"
            }
        }

        test("whose lease is another's by now runs no body, and writes nothing") {
            SqliteStore.open(directory.newFile()).use { store ->
                val former = store.acquire(engine("former"))
                store.takeOver(engine("next"))
                val work =
                    object : Transactions.Work {
                        override fun body(transaction: OpenTransaction): List<Write> = error("a body ran")

                        override fun written(results: List<WriteResult>) = Unit
                    }
                val refused =
                    shouldThrow<StoreException> { store.transactions().run(former, Duration.ofSeconds(1), work) }
                refused.code() shouldBe ErrorCode.OWNERSHIP_LOST
            }
        }
    })
