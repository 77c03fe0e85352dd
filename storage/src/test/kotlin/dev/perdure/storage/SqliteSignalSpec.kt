package dev.perdure.storage

import dev.perdure.core.ErrorCode
import dev.perdure.core.StepStatus
import dev.perdure.core.journal.Row
import dev.perdure.core.spi.StoreException
import dev.perdure.core.spi.StoreRecords.NOW
import dev.perdure.core.spi.StoreRecords.append
import dev.perdure.core.spi.StoreRecords.engine
import dev.perdure.core.spi.StoreRecords.row
import dev.perdure.core.spi.StoreRecords.run
import dev.perdure.core.spi.StoreRecords.schedule
import dev.perdure.core.spi.StoreRecords.signal
import dev.perdure.core.spi.Write
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain
import java.nio.file.Path

/** What SQLite keeps of signals besides what every store does. */
class SqliteSignalSpec :
    FunSpec({
        val directory = StoreDirectory(this)

        fun send(
            key: String? = null,
            payload: String = "1",
        ) = Write.Signal("r", signal(payload = payload, key = key), 5_000)

        fun waited(
            seq: Long,
            path: String,
            kind: String = "signal",
        ) = Row(
            seq,
            path,
            null,
            null,
            kind,
            1,
            StepStatus.COMPLETED,
            "1",
            null,
            null,
            "{}",
            null,
            NOW,
            NOW + seq,
            null,
            null,
            null,
            null,
            1,
        )

        fun store(vararg writes: Write): Path =
            directory.newFile().also { file ->
                SqliteStore.open(file).use { store ->
                    val lease = store.acquire(engine("e"))
                    writes.forEach { store.commit(lease, listOf(it)) }
                }
            }

        fun consumptions(file: Path) =
            query(file, "SELECT consumed_by || ' ' || (consumed_at - $NOW) FROM signals ORDER BY seq")

        test("a consumed signal says which wait took it, and when") {
            val file =
                store(
                    Write.StartRun(run("r")),
                    send(),
                    send(),
                    send(),
                    append("r", waited(1, "ship/paid"), row(2), consumed = listOf(1)),
                    append("r", waited(3, "signed", "approval"), consumed = listOf(2)),
                    append("r", waited(4, "late"), consumed = listOf(1, 2)),
                )
            consumptions(file) shouldContainExactly listOf("ship/paid 1", "signed 3", null)
        }

        test("where several waits end in one write, a signal only says when it was taken") {
            val file =
                store(
                    Write.StartRun(run("r")),
                    send(),
                    send(),
                    append("r", waited(1, "a"), waited(2, "b"), consumed = listOf(1, 2)),
                )
            query(
                file,
                "SELECT count(*) FROM signals WHERE consumed_at > 0 AND consumed_by IS NULL",
            ) shouldContainExactly
                listOf("2")
        }

        test("more signals than a statement takes parameters are consumed at once") {
            val file =
                store(
                    Write.StartRun(run("r")),
                    *Array(3) { send() },
                    append("r", waited(1, "all"), consumed = (1L..40_000L).toList()),
                )
            SqliteStore.open(file).use { it.signals("r").size shouldBe 0 }
        }

        test("a damaged signal or schedule is named, and its value is not shown") {
            val file = store(Write.StartRun(run("r")), send(payload = "\"secret\""), Write.SaveSchedule(schedule("s")))
            execute(
                file,
                "UPDATE signals SET created_at = 'secret'",
                "UPDATE schedules SET created_at = 'secret'",
            )
            SqliteStore.open(file).use { store ->
                val reads = listOf({ store.signals("r") } to "run \"r\"", { store.schedules() } to "schedule \"s\"")
                reads.forEach { (read, owner) ->
                    val thrown = shouldThrow<StoreException> { read() }
                    thrown.code() shouldBe ErrorCode.CORRUPT_ROW
                    thrown.message shouldContain owner
                    thrown.stackTraceToString() shouldNotContain "secret"
                }
            }
        }
    })
