package dev.perdure.storage

import dev.perdure.core.definition.Workflow
import dev.perdure.core.engine.ChildProcess
import dev.perdure.core.engine.RunEnd
import dev.perdure.core.engine.end
import dev.perdure.core.engine.engine
import dev.perdure.core.memory.MemoryStore
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.ints.shouldBeGreaterThan
import io.kotest.matchers.ints.shouldBeGreaterThanOrEqual
import io.kotest.matchers.shouldBe
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.atomic.AtomicInteger
import kotlin.random.Random

/**
 * What a power loss leaves of a store. The runs and their files are real; what is lost of the log is made up. With
 * `-Dperdure.wal.stride=16`, every sixteenth byte of each log is a place where a damage begins, in each way.
 */
class WalImageSpec :
    FunSpec({
        val directory = StoreDirectory(this)
        val seed = Integer.getInteger("perdure.wal.seed", 1)
        val stride = Integer.getInteger("perdure.wal.stride", 0)
        val least = 5_000

        fun everywhere(recordings: List<WalRecording>): Sequence<Place> =
            recordings.asSequence().flatMap { each ->
                (0..each.log.size step stride).asSequence().flatMap { at -> Damage.entries.map { Place(each, it, at) } }
            }

        fun somewhere(recordings: List<WalRecording>): Sequence<Place> {
            val random = Random(seed)
            return generateSequence { recordings.random(random) }.take(least).map { each ->
                Place(each, Damage.entries.random(random), random.nextInt(each.log.size + 1))
            }
        }

        fun endsOf(workflow: Workflow<*, *>): List<RunEnd> =
            MemoryStore().engine(workflow).use { engine -> DamagedFlows.begin(engine, workflow).map { it.end() } }

        fun check(
            trial: WalTrial,
            images: Path,
        ) {
            val place = Files.createDirectory(images.resolve("image-${trial.number}"))
            try {
                trial.check(place)
            } catch (broken: Throwable) {
                throw AssertionError("$trial, kept in $place: ${broken.message}", broken)
            }
            place.toFile().deleteRecursively()
        }

        test("whatever the end of the log lost, what is left is exactly what was committed before it") {
            val exit = ChildProcess.start(directory.path, WalWriter::class.java, directory.path).awaitExit()
            exit shouldBe KilledRun.HALTED
            val ends = DamagedFlows().all.associate { it.name() to endsOf(it) }
            val recordings = ends.keys.map { WalRecording(directory.path, it) }
            val images = fastDirectory(directory.path)
            val places = if (stride > 0) everywhere(recordings) else somewhere(recordings)
            val count = AtomicInteger()
            val left = ConcurrentHashMap.newKeySet<Committed>()
            inTwoThreads(places.withIndex()) { (number, place) ->
                val trial = WalTrial(number, seed, place, ends.getValue(place.recording.name))
                check(trial, images)
                left += trial.committed
                count.incrementAndGet()
            }
            Files.delete(images)
            println("WAL images: $count")
            count.get() shouldBeGreaterThanOrEqual least
            left.size shouldBeGreaterThan recordings.sumOf { it.commits.size } * 3 / 4
        }
    })
