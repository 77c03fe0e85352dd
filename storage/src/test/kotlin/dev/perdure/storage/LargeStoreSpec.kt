package dev.perdure.storage

import dev.perdure.core.engine.ChildJvm
import dev.perdure.core.engine.ChildProcess
import dev.perdure.core.engine.CrashingStore
import dev.perdure.core.engine.JavaAuthoring
import dev.perdure.core.engine.Ledger
import dev.perdure.core.engine.does
import dev.perdure.core.engine.endsCompleted
import dev.perdure.core.engine.engine
import dev.perdure.core.spi.Store
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.longs.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import java.nio.file.Files
import java.nio.file.Path

/** A process that works on a run of many steps: `<store> <steps> <path at whose record it halts, or none>`. */
internal object LongRun {
    private const val WINDOW = 64

    fun workflow(steps: Int) =
        JavaAuthoring.flow("long") {
            forEach("loop", { (1..steps).toList() }, concurrency = WINDOW) { item ->
                step("add") {
                    increment("sum", (read(item) as Number).toLong())
                    "done"
                }
            }
            step("end") { this["sum"] }
        }

    @JvmStatic
    fun main(arguments: Array<String>) {
        val (file, steps, halt) = arguments
        val store: Store = SqliteStore.open(Path.of(file), SqliteOptions(Synchronous.NORMAL))
        val crashing = CrashingStore(store, true, CrashingStore.at(halt))
        crashing.engine(workflow(steps.toInt())).use { engine ->
            val run = engine.startAsync("long", "r", null)
            if (halt != "none") {
                crashing.awaitCrash(300)
                Runtime.getRuntime().halt(KilledRun.HALTED)
            }
            run.get().outcome().get()
        }
    }
}

class LargeStoreSpec :
    FunSpec({
        val directory = StoreDirectory(this)
        val steps = Integer.getInteger("perdure.long.steps", 20_000)

        test("a run of very many steps, interrupted in its middle, goes on and ends in 128 MiB of heap") {
            val file = directory.newFile()

            fun work(halt: String) =
                ChildProcess
                    .start(ChildJvm.plain("-Xmx128m"), directory.path, LongRun::class.java, file, steps, halt)
                    .awaitExit(600)
            work("loop[${steps / 2}]/add") shouldBe KilledRun.HALTED
            val recorded = query(file, "SELECT count(*) FROM steps WHERE kind = 'step'").single()!!.toInt()
            recorded shouldBeGreaterThan steps / 2 - 64
            val first = "SELECT finished_at FROM steps WHERE kind = 'step' ORDER BY seq LIMIT $recorded"
            val times = "SELECT sum(finished_at) FROM ($first)"
            val before = query(file, times)
            work("none") shouldBe 0
            query(file, times) shouldBe before
            query(file, "SELECT output FROM runs") shouldContainExactly listOf("${steps.toLong() * (steps + 1) / 2}")
            val done = "FROM steps WHERE kind = 'step' AND status = 'COMPLETED'"
            query(file, "SELECT count(DISTINCT path) || ' of ' || count(*) $done") shouldBe
                listOf("${steps + 1} of ${steps + 1}")
        }

        test("a file of more than 2 GB opens, and its runs go on") {
            val file = directory.newFile()
            SqliteStore.open(file).close()
            val ballast = "INSERT INTO ballast VALUES (zeroblob(750000000))"
            val fast = listOf("PRAGMA synchronous = OFF", "PRAGMA journal_mode = OFF", "CREATE TABLE ballast (content)")
            execute(file, *(fast + List(3) { ballast }).toTypedArray())
            Files.size(file) shouldBeGreaterThan Int.MAX_VALUE.toLong()
            val n = Ledger()
            val workflow =
                JavaAuthoring.flow("large") {
                    does("first") { n.ran("first") }
                    does("second") { n.ran("second") }
                }
            val crashing = CrashingStore(SqliteStore.open(file), true, CrashingStore.at("first"))
            crashing.engine(workflow).use { engine ->
                engine.startAsync("large", "r", null)
                crashing.awaitCrash()
            }
            SqliteStore.open(file).engine(workflow).use { engine ->
                engine.find("r").get().endsCompleted()
                listOf(n["first"], n["second"]) shouldContainExactly listOf(1, 1)
            }
            Files.delete(file)
        }
    })
