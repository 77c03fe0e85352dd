package dev.perdure.storage

import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import dev.perdure.core.engine.EngineEvent
import dev.perdure.core.engine.EngineListener
import dev.perdure.core.engine.JavaAuthoring
import dev.perdure.core.engine.Ledger
import dev.perdure.core.engine.endsCompleted
import dev.perdure.core.engine.engine
import dev.perdure.core.engine.passed
import dev.perdure.core.spi.StoreRecords
import dev.perdure.core.spi.StoreRecords.append
import dev.perdure.core.spi.StoreRecords.row
import dev.perdure.core.spi.StoreRecords.run
import dev.perdure.core.spi.Write
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.collections.shouldHaveSize
import io.kotest.matchers.ints.shouldBeLessThan
import io.kotest.matchers.longs.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.nio.file.Files
import java.nio.file.Path
import java.sql.DriverManager
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CountDownLatch

private const val STEPS = 10

/** What happens when there is no room on the disk any more, and when there is again. */
class FullDiskSpec :
    FunSpec({
        val directory = StoreDirectory(this)

        fun writing(n: Ledger) =
            JavaAuthoring.flow("writing") {
                (1..STEPS - 1).forEach { number ->
                    step("step$number") {
                        n.ran("step$number")
                        "$number".repeat(100_000)
                    }
                }
                step("end") { n.ran("end") }
            }

        /** A file that is as large as it may get, half of it with something that can be deleted. */
        fun almostFull(): Pair<Path, SqliteOptions> {
            val file = directory.newFile()
            SqliteStore.open(file).close()
            execute(file, "CREATE TABLE ballast (content)", "INSERT INTO ballast VALUES (zeroblob(2000000))")
            val pages = query(file, "PRAGMA page_count").single()!!.toLong()
            return file to SqliteOptions(maxPageCount = pages + 50)
        }

        test("a run goes on where it was when a full disk has room again, and no body runs twice") {
            val (file, options) = almostFull()
            val n = Ledger()
            val isFull = CountDownLatch(1)
            val reasons = ConcurrentLinkedQueue<String>()
            val listener =
                EngineListener { event ->
                    if (event is EngineEvent.StoreUnavailable) {
                        reasons += event.reason()
                        isFull.countDown()
                    }
                }
            SqliteStore.open(file, options).engine(writing(n)) { listener(listener) }.use { engine ->
                val run = engine.startAsync("writing", "r", null).get()
                isFull.passed()
                reasons.first() shouldContain "the disk is full"
                run.status() shouldBe RunStatus.RUNNING
                val done = run.journal().filter { it.status() == StepStatus.COMPLETED }
                done.size shouldBeLessThan STEPS
                execute(file, "DELETE FROM ballast")
                run.endsCompleted()
                val all = run.journal().filter { it.status() == StepStatus.COMPLETED }
                all.take(done.size) shouldBe done
                all.map { it.path() } shouldContainExactly (1..STEPS - 1).map { "step$it" } + "end"
                all.forEach { n[it.path()] shouldBe 1 }
            }
        }

        test("a process that dies while its disk is full loses only what was not recorded") {
            val (file, options) = almostFull()
            val n = Ledger()
            val isFull = CountDownLatch(1)
            val listener = EngineListener { if (it is EngineEvent.StoreUnavailable) isFull.countDown() }
            SqliteStore.open(file, options).engine(writing(n)) { listener(listener) }.use { engine ->
                engine.startAsync("writing", "r", null).get()
                isFull.passed()
            }
            val recorded =
                SqliteStore.open(file).use { store ->
                    store.journal("r").filter { it.status() == StepStatus.COMPLETED }.map { it.path() }
                }
            n.clear()
            SqliteStore.open(file).engine(writing(n)).use { it.find("r").get().endsCompleted() }
            recorded.filter { n[it] > 0 }.shouldBeEmpty()
            n["end"] shouldBe 1
        }

        test("a log that a reader keeps from being emptied is warned of, and is cut back when the reader ends") {
            val file = directory.newFile()
            val log = file.resolveSibling("${file.fileName}-wal")
            SqliteStore.open(file).use { store ->
                val lease = store.acquire(StoreRecords.engine("e"))
                store.commit(lease, listOf(Write.StartRun(run("r"))))
                val output = "\"${"x".repeat(1_000_000)}\""
                var seq = 0L

                fun fill(commits: Int) =
                    repeat(commits) { store.commit(lease, listOf(append("r", row(++seq, output = output)))) }
                DriverManager.getConnection("jdbc:sqlite:$file").use { reader ->
                    reader.autoCommit = false
                    reader.column("SELECT id FROM runs") shouldBe listOf("r")
                    val warnings = logged { fill(150) }.filter { "write-ahead log" in it }
                    warnings shouldHaveSize 1
                    warnings.single() shouldContain "$file has a write-ahead log of 1"
                    Files.size(log) shouldBeGreaterThan 2 * SqliteFile.LOG_SIZE
                }
                logged { fill(20) }.filter { "write-ahead log" in it }.shouldBeEmpty()
                (Files.size(log) <= SqliteFile.LOG_SIZE) shouldBe true
            }
        }
    })
