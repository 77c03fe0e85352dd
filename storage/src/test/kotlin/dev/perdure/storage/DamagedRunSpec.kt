package dev.perdure.storage

import dev.perdure.core.ErrorCode
import dev.perdure.core.Failure
import dev.perdure.core.Json
import dev.perdure.core.PerdureException
import dev.perdure.core.RunStatus
import dev.perdure.core.engine.CrashingStore
import dev.perdure.core.engine.Ledger
import dev.perdure.core.engine.does
import dev.perdure.core.engine.ended
import dev.perdure.core.engine.endsCompleted
import dev.perdure.core.engine.engine
import dev.perdure.core.engine.flow
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.nio.file.Path
import java.util.concurrent.CountDownLatch

/** What an engine makes of rows that somebody changed: invariants 8 and 9. */
class DamagedRunSpec :
    FunSpec({
        val directory = StoreDirectory(this)

        fun crashedAfterFirst(
            n: Ledger,
            file: Path,
        ) = flow("damaged") {
            step("first", String::class.java) {
                n.ran("first")
                "precious"
            }
            does("second")
        }.also { workflow ->
            val crashing = CrashingStore(SqliteStore.open(file), true, CrashingStore.at("first"))
            crashing.engine(workflow).use {
                it.startAsync("damaged", "r", null)
                crashing.awaitCrash()
            }
        }

        test("a run with a damaged row is blocked and says so, others go on, and it goes on once the row is mended") {
            val file = directory.newFile()
            val n = Ledger()
            val workflow = crashedAfterFirst(n, file)
            execute(file, "UPDATE steps SET output = '\"forged\"' WHERE path = 'first'")
            SqliteStore.open(file).engine(workflow).use { engine ->
                val blocked = engine.find("r").get().ended()
                blocked.status() shouldBe RunStatus.BLOCKED
                val failure = Failure.fromPlain(Json.read(blocked.error()!!))
                failure.message() shouldContain "journal row 1"
                failure.message() shouldContain "\"first\""
                failure.message().contains("forged") shouldBe false
                engine.start("damaged", "other", null).endsCompleted()
            }
            execute(file, "UPDATE steps SET output = '\"precious\"' WHERE path = 'first' AND run_id = 'r'")
            SqliteStore.open(file).engine(workflow).use { engine ->
                engine.find("r").get().endsCompleted()
                n["first"] shouldBe 2
            }
        }

        test("a missing row never leads to a false success") {
            val file = directory.newFile()
            val n = Ledger()
            val hold = CountDownLatch(1)
            val workflow =
                flow("gap") {
                    does("first") { n.ran("first") }
                    does("second") { n.ran("second") }
                    does("third") { hold.await() }
                }
            val crashing = CrashingStore(SqliteStore.open(file), true, CrashingStore.at("second"))
            crashing.engine(workflow).use {
                it.startAsync("gap", "r", null)
                crashing.awaitCrash()
            }
            execute(file, "DELETE FROM steps WHERE path = 'first'")
            SqliteStore.open(file).engine(workflow).use { engine ->
                engine
                    .find("r")
                    .get()
                    .ended()
                    .status() shouldBe RunStatus.INCOMPATIBLE
                listOf(n["first"], n["second"]) shouldBe listOf(1, 1)
            }
        }

        test("a damaged row of a run's own hinders no other run") {
            val file = directory.newFile()
            val workflow = crashedAfterFirst(Ledger(), file)
            execute(file, "UPDATE runs SET created_at = 'soon' WHERE id = 'r'")
            SqliteStore.open(file).engine(workflow).use { engine ->
                engine.start("damaged", "s", null).endsCompleted()
                shouldThrow<PerdureException> { engine.find("r") }.code() shouldBe ErrorCode.CORRUPT_ROW
            }
        }

        test("runs that are taken up together with a damaged one go on") {
            val file = directory.newFile()
            val hold = CountDownLatch(1)
            val begun = CountDownLatch(3)
            val workflow =
                flow("many") {
                    does("first")
                    does("second") {
                        begun.countDown()
                        hold.await()
                    }
                }
            val dead = SqliteStore.open(file).engine(workflow)
            listOf("a", "b", "c").forEach { dead.startAsync("many", it, null) }
            begun.await()
            dead.close()
            hold.countDown()
            execute(file, "UPDATE steps SET started_at = 'soon' WHERE path = 'first' AND run_id = 'b'")
            SqliteStore.open(file).engine(workflow).use { engine ->
                listOf("a", "c").forEach { engine.find(it).get().endsCompleted() }
                engine
                    .find("b")
                    .get()
                    .ended()
                    .status() shouldBe RunStatus.BLOCKED
            }
        }
    })
