package dev.perdure.storage

import dev.perdure.core.Json
import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import dev.perdure.core.engine.ChildJvm
import dev.perdure.core.engine.ChildProcess
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.shouldBe
import java.nio.file.Files
import java.nio.file.Path

/** Invariants 1 to 4 by real deaths of a JVM. */
class EngineKillSpec :
    FunSpec({
        val directory = StoreDirectory(this)
        val expected =
            mapOf("created" to true, "ready" to listOf("laptop", "badge", "account"), "finished" to 3L)

        val jvm by lazy {
            val file = directory.newFile()
            ChildJvm.warmed(directory.path, KilledRun::class.java, file, "$file.effects", 0, "after")
        }

        fun work(
            file: Path,
            effects: Path,
            commit: Int,
            moment: String,
        ): Int =
            ChildProcess.start(jvm, directory.path, KilledRun::class.java, file, effects, commit, moment).awaitExit()

        fun recorded(file: Path): Set<String> =
            SqliteStore.open(file).use { store ->
                store
                    .journal("r")
                    .filter { it.status() == StepStatus.COMPLETED }
                    .map { it.path() }
                    .toSet()
            }

        fun requireSameEnd(file: Path) =
            SqliteStore.open(file).use { store ->
                val run = store.find("r").get()
                run.status() shouldBe RunStatus.COMPLETED
                val context = Json.read(run.context()!!) as Map<*, *>
                context.filterKeys { it != "parallel_errors" } shouldBe expected
                (context["parallel_errors"] as Map<*, *>).keys shouldBe setOf("email")
                val completed = store.journal("r").filter { it.status() == StepStatus.COMPLETED }
                completed
                    .groupBy { it.path() }
                    .filterValues { it.size > 1 }
                    .keys
                    .shouldBeEmpty()
                store.journal("r").filter { it.status() == StepStatus.RUNNING }.shouldBeEmpty()
            }

        test(
            "a run whose JVM is halted before or after any commit is finished by the next one, nothing recorded run again",
        ) {
            var kills = 0
            for (moment in listOf("before", "after")) {
                var commit = 1
                do {
                    val file = directory.newFile()
                    val effects = directory.path.resolve("effects-$moment-$commit")
                    val isHalted = work(file, effects, commit, moment) == KilledRun.HALTED
                    if (isHalted) {
                        kills++
                        val before = recorded(file)
                        val seen = Files.readAllLines(effects).size
                        work(file, effects, 0, "after") shouldBe 0
                        val ranAgain = Files.readAllLines(effects).drop(seen).toSet()
                        ranAgain.intersect(before).shouldBeEmpty()
                    }
                    requireSameEnd(file)
                    commit++
                } while (isHalted)
            }
            println("kills: $kills")
            kills shouldBeGreaterThan 8
        }

        test("a run that is killed again and again as soon as it made some progress still ends, with the same result") {
            val file = directory.newFile()
            val effects = directory.path.resolve("effects-again")
            var lives = 1
            // A later life's first commits are its start call and what the death before it interrupted; the third is progress.
            while (work(file, effects, 3, "after") == KilledRun.HALTED) lives++
            lives shouldBeGreaterThan 1
            requireSameEnd(file)
        }
    })
