package dev.perdure.storage

import dev.perdure.core.StepStatus
import dev.perdure.core.engine.ChildJvm
import dev.perdure.core.engine.ChildProcess
import dev.perdure.core.engine.end
import dev.perdure.core.engine.engine
import dev.perdure.core.memory.MemoryStore
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainAll
import io.kotest.matchers.shouldBe
import java.nio.file.Files
import java.nio.file.Path
import kotlin.random.Random

/**
 * One run whose process is killed over and over, as `kill -9` does it, and is left to end then. So many times with
 * `-Dperdure.kills.again=200`.
 */
class OftenKilledSpec :
    FunSpec({
        val directory = StoreDirectory(this)
        val kills = Integer.getInteger("perdure.kills.again", 10)
        val rounds = kills * MOST_COMMITS / LEAST_OF_ROUND
        val seed = Random.nextInt()
        val random = Random(seed)

        /** Runs a life of the run until it is held or done, which it returns, and kills it. */
        fun live(
            jvm: ChildJvm,
            vararg arguments: Any,
        ): String {
            val child = ChildProcess.start(jvm, directory.path, OftenKilledRun::class.java, *arguments)
            try {
                return checkNotNull(child.awaitLine()) { "it died by itself" }
            } finally {
                child.kill()
            }
        }

        fun recorded(file: Path): Map<String, String?> =
            SqliteStore.open(file).use { store ->
                store.journal("r").filter { it.status() == StepStatus.COMPLETED }.associate { it.path() to it.output() }
            }

        test(
            "a run whose process is killed again and again ends as if nothing had happened, nothing recorded run again",
        ) {
            val file = directory.newFile()
            val effects = directory.path.resolve("effects")
            val first = directory.newFile()
            val jvm = ChildJvm.warmed(directory.path, OftenKilledRun::class.java, first, "$first.effects", 1, 0)
            var life = 1
            var before = emptyMap<String, String?>()
            var started = 0
            val expected =
                MemoryStore()
                    .engine(
                        OftenKilledRun.workflow(rounds) {},
                    ).use { it.start("often", "r", null).end() }
            try {
                while (life <= kills + 1) {
                    val isLast = life > kills
                    val commit = if (isLast) 0 else random.nextInt(2, MOST_COMMITS + 1)
                    live(jvm, file, effects, rounds, commit) shouldBe if (isLast) "done" else "held"
                    val bodies = Files.readAllLines(effects)
                    bodies.drop(started).filter { it in before }.shouldBeEmpty()
                    started = bodies.size
                    val after = recorded(file)
                    after.entries shouldContainAll before.entries
                    before = after
                    life++
                }
                SqliteStore.open(file).engine(OftenKilledRun.workflow(rounds) {}).use { engine ->
                    engine.find("r").get().end() shouldBe expected
                }
            } catch (broken: Throwable) {
                throw AssertionError("seed $seed, life $life: ${broken.message}", broken)
            }
            println("kills: $kills")
        }
    })

/** How many commits a life gets to at most. */
private const val MOST_COMMITS = 9

/** How many commits a round has at least: the steps of its longer branch and the one after them wait for each other. */
private const val LEAST_OF_ROUND = 3
