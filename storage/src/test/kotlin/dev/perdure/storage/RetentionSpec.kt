package dev.perdure.storage

import dev.perdure.core.ErrorCode
import dev.perdure.core.PerdureException
import dev.perdure.core.RunStatus
import dev.perdure.core.engine.Engine
import dev.perdure.core.engine.EngineEvent
import dev.perdure.core.engine.ended
import dev.perdure.core.engine.endsCompleted
import dev.perdure.core.engine.output
import dev.perdure.core.engine.passed
import dev.perdure.core.memory.MemoryStore
import dev.perdure.core.spi.Purge
import dev.perdure.core.spi.RunArchive
import dev.perdure.core.spi.RunQuery
import dev.perdure.core.spi.Store
import dev.perdure.core.testing.VirtualClock
import dev.perdure.core.transfer.LinesArchive
import dev.perdure.core.transfer.RunImport
import dev.perdure.core.transfer.RunPurge
import dev.perdure.dsl.engine
import dev.perdure.dsl.workflow
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import java.io.IOException
import java.io.StringWriter
import java.time.Duration
import java.time.Instant
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit

/** Runs that have ended are deleted when they are old enough, and kept where that was asked for. */
class RetentionSpec :
    FunSpec({
        val directory = StoreDirectory(this)
        val later: Instant = Instant.now() + Duration.ofDays(1)

        val note =
            workflow<Int, Int>("note") {
                step("double") {
                    check(input >= 0) { "negative" }
                    put("seen", input)
                    input * 2
                }
            }
        val caller =
            workflow<Int, Int>("caller") {
                val child = call("child", note) { input }
                awaitSignal<String>("go")
                step("sum") { child() + 1 }
            }

        fun stores(): Map<String, () -> Store> {
            val memory = MemoryStore()
            val file = directory.newFile()
            val schema = PostgresServer.newSchema()
            return mapOf(
                "memory" to { memory },
                "SQLite" to { SqliteStore.open(file) },
                "PostgreSQL" to { PostgresServer.open(schema) },
            )
        }

        fun each(
            sentence: String,
            test: (() -> Store) -> Unit,
        ) = listOf("memory", "SQLite", "PostgreSQL").forEach { name ->
            test("$sentence ($name)") { test(stores().getValue(name)) }
        }

        fun <T> (() -> Store).engine(use: (Engine) -> T): T = this().engine(note, caller).use(use)

        fun Engine.ids() = list(RunQuery.all()).map { it.id() }

        each("what ended before a time is deleted, in batches, and its id is free") { open ->
            open.engine { engine ->
                (1..5).forEach { engine.start("note", "r$it", it).endsCompleted() }
                engine.start("note", "bad", -1).ended().status() shouldBe RunStatus.FAILED
                engine.purge(Purge.endedBefore(Instant.EPOCH), null) shouldBe 0
                val completed = Purge.endedBefore(later).of(setOf(RunStatus.COMPLETED)).inBatchesOf(2)
                engine.purge(completed, null) shouldBe 5
                engine.ids().shouldContainExactly("bad")
                engine.start("note", "r1", 10).output() shouldBe 20L
            }
            open().use { store ->
                store.journal("r2").shouldBeEmpty()
                store.find("r2").isPresent shouldBe false
                store.find("r1").get().generation() shouldBe 1
            }
        }

        each("a run stays while the one that called it goes on") { open ->
            open.engine { engine ->
                val childEnded = CountDownLatch(1)
                engine.listen { if (it is EngineEvent.RunEnded && it.runId() != "parent") childEnded.countDown() }
                val run = engine.start("caller", "parent", 20)
                childEnded.passed()
                engine.purge(Purge.endedBefore(later), null) shouldBe 0
                run.signal("go", "now").get(10, TimeUnit.SECONDS)
                run.output() shouldBe 41L
                engine.purge(Purge.endedBefore(later), null) shouldBe 2
                engine.ids().shouldBeEmpty()
            }
        }

        each("nothing is deleted before the archive has it, and what it has can be brought back") { open ->
            val text = StringWriter()
            open.engine { engine ->
                (1..3).forEach { engine.start("note", "r$it", it).endsCompleted() }
                val full =
                    object : RunArchive {
                        override fun write(
                            store: Store,
                            runId: String,
                        ) = Unit

                        override fun flush(): Unit = throw IOException("no space left")
                    }
                val refused = shouldThrow<PerdureException> { engine.purge(Purge.endedBefore(later), full) }
                refused.code() shouldBe ErrorCode.ARCHIVE_FAILED
                refused.message shouldContain "no space left"
                engine.ids().size shouldBe 3
                engine.purge(Purge.endedBefore(later).inBatchesOf(2), LinesArchive(text)) shouldBe 3
                engine.ids().shouldBeEmpty()
            }
            open().use { store -> RunImport(store).use { it.read(text.toString().lines().stream()) {} } }
            open.engine { engine -> engine.find("r3").get().output() shouldBe 6L }
        }

        each("runs are deleted from a store that no engine has open") { open ->
            open.engine { it.start("note", "r", 1).endsCompleted() }
            open().use { store ->
                RunPurge(store).use { it.carryOut(Purge.endedBefore(later), null) shouldBe 1 }
                store.find("r").isPresent shouldBe false
            }
        }

        each("an engine that is told to deletes by itself what has been over for long enough") { open ->
            val clock = VirtualClock()
            val archived = CountDownLatch(1)
            val archive =
                object : RunArchive {
                    override fun write(
                        store: Store,
                        runId: String,
                    ) = Unit

                    override fun flush() = archived.countDown()
                }
            val kept = Duration.ofHours(2)
            open().engine(note) { clock(clock).retain(kept, archive) }.use { engine ->
                engine.start("note", "old", 1).endsCompleted()
                clock.advance(Duration.ofHours(1))
                engine.start("note", "new", 1).endsCompleted()
                clock.advance(Duration.ofMinutes(75))
                archived.await(10, TimeUnit.SECONDS) shouldBe true
                // The next one that is recorded comes after what is being deleted.
                engine.purge(Purge.endedBefore(clock.now() - kept), null)
                engine.ids().shouldContainExactly("new")
            }
        }

        test("only what has ended can be asked for") {
            val refused = shouldThrow<PerdureException> { Purge.endedBefore(later).of(setOf(RunStatus.RUNNING)) }
            refused.code() shouldBe ErrorCode.INVALID_ARGUMENT
            refused.message shouldContain "RUNNING"
        }
    })
