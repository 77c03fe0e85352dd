package dev.perdure.storage

import dev.perdure.core.engine.JavaAuthoring
import dev.perdure.core.engine.Nodes
import dev.perdure.core.engine.endsCompleted
import dev.perdure.core.engine.engine
import java.io.FileOutputStream
import java.nio.file.Path
import java.util.concurrent.CountDownLatch
import kotlin.system.exitProcess

/**
 * A process that works on a long run. After its commit number so-and-so, 0 for none, its store is held, and it prints "held" and
 * waits to be killed; else it prints "done" and ends: `<store> <effects> <rounds> <commit>`. Each body notes its path when it
 * starts.
 */
internal object OftenKilledRun {
    @JvmStatic
    fun main(arguments: Array<String>) {
        val (file, effects, rounds, commit) = arguments
        val out = FileOutputStream(effects, true)
        val holding = InterruptedStore(SqliteStore.open(Path.of(file)), commit.toInt(), isAfter = true) { hold() }
        val workflow = workflow(rounds.toInt()) { path -> out.write("$path\n".toByteArray()) }
        holding.engine(workflow).use { it.start("often", "r", null).endsCompleted() }
        println("done")
        exitProcess(0)
    }

    private fun hold() {
        println("held")
        CountDownLatch(1).await()
    }

    fun workflow(
        rounds: Int,
        effect: (String) -> Unit,
    ) = JavaAuthoring.flow("often") {
        forEach("round", { (1..rounds).toList() }) { number ->
            val notes = { name: String -> noting(name, effect) }
            parallel("both", "a" to { notes("left")() }, "b" to { listOf("one", "two").forEach { notes(it)() } })
            step("flaky", attempts = 2) {
                effect(path)
                check(attempt > 1 || (read(number) as Number).toLong() % 5 != 0L) { "fails once" }
                increment("rounds")
                this["rounds"]
            }
        }
        step("end") { this["rounds"] }
    }

    private fun noting(
        name: String,
        effect: (String) -> Unit,
    ): Nodes.() -> Unit =
        {
            step(name) {
                effect(path)
                append("last", name)
                "$name of $path"
            }
        }
}
