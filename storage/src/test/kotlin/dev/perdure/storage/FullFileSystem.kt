package dev.perdure.storage

import dev.perdure.core.StepStatus
import dev.perdure.core.engine.ChildProcess
import dev.perdure.core.engine.Engine
import dev.perdure.core.engine.EngineEvent
import dev.perdure.core.engine.JavaAuthoring
import dev.perdure.core.engine.Ledger
import dev.perdure.core.engine.Run
import dev.perdure.core.engine.endsCompleted
import dev.perdure.core.engine.engine
import dev.perdure.core.engine.passed
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CountDownLatch

/**
 * A process whose store is on a small file system: `<directory in it> <what it does>`. It tells what it finds in lines
 * of a word and the rest.
 */
internal class FullFileSystem private constructor(
    private val place: Path,
) {
    private val file = place.resolve("app.db")
    private val ballast = place.resolve("ballast")
    private val n = Ledger()
    private val isFull = CountDownLatch(1)
    private val reasons = ConcurrentLinkedQueue<String>()

    private val writing =
        JavaAuthoring.flow("writing") {
            (1 until STEPS).forEach { number ->
                step("step$number") {
                    n.ran("step$number")
                    "$number".repeat(50_000).take(50_000)
                }
            }
            step("end") { n.ran("end") }
        }

    private fun open(listener: (EngineEvent) -> Unit = {}): Engine =
        SqliteStore.open(file).engine(writing) {
            listener { event ->
                if (event is EngineEvent.StoreUnavailable) {
                    reasons += event.reason()
                    isFull.countDown()
                }
                listener(event)
            }
        }

    private fun Engine.begin(): Run {
        Files.write(ballast, ByteArray(1 shl 20))
        return startAsync("writing", "r", null).get()
    }

    private fun done(run: Run) = run.journal().filter { it.status() == StepStatus.COMPLETED }.map { it.path() }

    /** Goes on as soon as there is room. */
    private fun goOn() {
        open().use { engine ->
            val run = engine.begin()
            isFull.passed()
            println("full ${reasons.first()}")
            println("status ${run.status()}")
            println("done ${done(run).joinToString(" ")}")
            Files.delete(ballast)
            run.endsCompleted()
            println("all ${done(run).joinToString(" ")}")
            println("ran ${done(run).joinToString(" ") { "${n[it]}" }}")
        }
    }

    /** Halts when the disk is full. */
    private fun die() {
        open { if (it is EngineEvent.StepCompleted) println("$TOLD${it.path()}") }.begin()
        isFull.passed()
        Runtime.getRuntime().halt(KilledRun.HALTED)
    }

    /** Has another process die, reads what that has left while the disk is full, and goes on when it is not. */
    private fun takeOver() {
        val elsewhere = Path.of(System.getProperty("java.io.tmpdir"))
        val first = ChildProcess.start(elsewhere, FullFileSystem::class.java, place, "die")
        val told = generateSequence { first.awaitLine() }.filter { it.startsWith(TOLD) }.toList()
        println("exit ${first.awaitExit()}")
        println("told ${told.joinToString(" ") { it.removePrefix(TOLD) }}")
        val read = SqliteStore.open(file).use { it.journal("r") }
        val done = read.filter { it.status() == StepStatus.COMPLETED }.map { it.path() }
        println("done ${done.joinToString(" ")}")
        Files.delete(ballast)
        open().use { engine ->
            val run = engine.find("r").get().endsCompleted()
            println("all ${done(run).joinToString(" ")}")
            println("again ${done.filter { n[it] > 0 }.joinToString(" ")}")
        }
    }

    companion object {
        const val STEPS = 20
        private const val TOLD = "told "

        @JvmStatic
        fun main(arguments: Array<String>) {
            val system = FullFileSystem(Path.of(arguments[0]))
            println("size ${Files.getFileStore(system.place).totalSpace}")
            when (val what = arguments[1]) {
                "go on" -> system.goOn()
                "die" -> system.die()
                "take over" -> system.takeOver()
                else -> error("what is $what?")
            }
        }
    }
}
