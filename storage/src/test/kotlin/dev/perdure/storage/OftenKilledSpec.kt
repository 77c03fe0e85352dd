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
import io.kotest.matchers.ints.shouldBeGreaterThanOrEqual
import io.kotest.matchers.shouldBe
import java.nio.file.Files
import java.nio.file.Path
import kotlin.random.Random

/**
 * One run whose process is killed over and over, as `kill -9` does it, until the run is done. So many times with
 * `-Dperdure.kills.again=200`.
 */
class OftenKilledSpec :
    FunSpec({
        val directory = StoreDirectory(this)
        val kills = Integer.getInteger("perdure.kills.again", 10)
        val rounds = kills * 3 / 4
        val seed = Random.nextInt()
        val random = Random(seed)

        /** Runs a life of the run until it is held, and kills it; false if it ended before. */
        fun live(
            jvm: ChildJvm,
            vararg arguments: Any,
        ): Boolean {
            val child = ChildProcess.start(jvm, directory.path, OftenKilledRun::class.java, *arguments)
            try {
                return checkNotNull(child.awaitLine()) { "it died by itself" } == "held"
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
            var killed = 0
            var before = emptyMap<String, String?>()
            var started = 0
            val expected =
                MemoryStore()
                    .engine(
                        OftenKilledRun.workflow(rounds) {},
                    ).use { it.start("often", "r", null).end() }
            try {
                while (live(jvm, file, effects, rounds, random.nextInt(2, 2 * COMMITS))) {
                    killed++
                    val bodies = Files.readAllLines(effects)
                    bodies.drop(started).filter { it in before }.shouldBeEmpty()
                    started = bodies.size
                    val after = recorded(file)
                    after.entries shouldContainAll before.entries
                    before = after
                }
                SqliteStore.open(file).engine(OftenKilledRun.workflow(rounds) {}).use { engine ->
                    engine.find("r").get().end() shouldBe expected
                }
            } catch (broken: Throwable) {
                throw AssertionError("seed $seed, kill $killed: ${broken.message}", broken)
            }
            println("kills: $killed")
            killed shouldBeGreaterThanOrEqual kills
        }
    })

/** How many commits a life gets to in the mean. A round of the run has about as many. */
private const val COMMITS = 5
