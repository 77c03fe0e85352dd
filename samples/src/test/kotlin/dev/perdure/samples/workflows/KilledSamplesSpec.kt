package dev.perdure.samples.workflows

import dev.perdure.core.engine.ChildJvm
import dev.perdure.core.engine.ChildProcess
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir
import io.kotest.matchers.ints.shouldBeGreaterThanOrEqual
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.ExecutorCompletionService
import java.util.concurrent.Executors
import java.util.concurrent.atomic.AtomicInteger
import kotlin.random.Random

/** What is killed, and when: at the [call]-th call of the store, or, at call 0, when it has told of so many [lines]. */
private class Kill(
    val sample: String,
    val runs: Int,
    val call: Int,
    val moment: String,
    val lines: Int = Int.MAX_VALUE,
) {
    fun arguments(place: Path) = arrayOf<Any>(place.resolve("store.db"), place, sample, runs, call, moment)

    override fun toString(): String = "$sample, $runs run(s), call $call, $moment, line $lines"
}

/** Processes that work on the samples' workflows on SQLite are killed, two at a time, as `kill -9` does it. */
class KilledSamplesSpec :
    FunSpec({
        val directory = tempdir().toPath().toRealPath()
        val seed = Random.nextInt()
        val random = Random(seed)
        val stride = Integer.getInteger("perdure.kills.stride", 5)
        val atRandom = Integer.getInteger("perdure.kills.random", 72)

        val recorded = AtomicInteger()
        val jvm by lazy {
            val first =
                Kill(
                    Survivors.names.first(),
                    1,
                    0,
                    "exit",
                ).arguments(Files.createTempDirectory(directory, "first"))
            ChildJvm.warmed(directory, KilledSamples::class.java, *first)
        }

        fun strike(
            kill: Kill,
            place: Path,
        ) {
            val child = ChildProcess.start(jvm, place, KilledSamples::class.java, *kill.arguments(place))
            try {
                val lines = generateSequence { checkNotNull(child.awaitLine()) { "it died by itself" } }
                lines.take(kill.lines).firstOrNull { it == "held" }
            } finally {
                child.kill()
            }
        }

        fun check(kill: Kill) {
            val place = Files.createTempDirectory(directory, "kill")
            try {
                strike(kill, place)
                recorded.addAndGet(Survivors(place, kill.sample, kill.runs).check())
            } catch (broken: Throwable) {
                throw AssertionError("$kill, seed $seed: ${broken.message}", broken)
            }
            place.toFile().deleteRecursively()
        }

        fun inTurn(sample: String): List<Kill> {
            val calls = Survivors.callsOf(Files.createTempDirectory(directory, "count"), sample)
            val all = (1..calls step stride).toList()
            return all.flatMap { call -> listOf("before", "after").map { Kill(sample, 1, call, it) } }
        }

        fun anywhere(sample: String) = Kill(sample, RUNS, 0, "after", random.nextInt(1, RUNS * LINES))

        test("whenever a process is killed, nothing it told is lost, nothing recorded runs again, and every run ends") {
            val names = Survivors.names
            val kills = names.flatMap(::inTurn) + List(atRandom) { anywhere(names[it % names.size]) }
            val left = kills.shuffled(random).iterator()
            val next = { synchronized(left) { if (left.hasNext()) left.next() else null } }
            val threads = Executors.newFixedThreadPool(2)
            try {
                val done = ExecutorCompletionService<Unit>(threads)
                repeat(2) { done.submit { generateSequence(next).forEach(::check) } }
                repeat(2) { done.take().get() }
            } finally {
                threads.shutdownNow()
            }
            println("kills: ${kills.size}")
            kills.size shouldBeGreaterThanOrEqual 120
            recorded.get() shouldBeGreaterThanOrEqual 120 * 5
        }
    }) {
    private companion object {
        const val RUNS = 12

        /** About as many lines as a process tells of each run. */
        const val LINES = 10
    }
}
