package dev.perdure.storage

import dev.perdure.core.Json
import dev.perdure.core.engine.ended
import dev.perdure.core.engine.engine
import dev.perdure.core.testing.VirtualClock
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContain
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import java.nio.file.Files
import java.nio.file.Path
import java.time.Duration
import java.util.concurrent.ConcurrentHashMap

/**
 * Stores that former versions wrote are read, and their runs go on to the end that they would have had. A new version of
 * the schema adds a store; those that are here are never written again. With `-Dperdure.golden.update=true`, what is
 * missing is written.
 */
class GoldenStoresSpec :
    FunSpec({
        val directory = StoreDirectory(this)
        val golden = Path.of("src/test/resources/golden")
        val latest = migrations.last().version

        fun copy(version: Int): Path = directory.newFile().also { Files.copy(golden.resolve("schema-$version.db"), it) }

        if (System.getProperty("perdure.golden.update") == "true") {
            Files.createDirectories(golden)
            listOf(1, latest).filterNot { Files.exists(golden.resolve("schema-$it.db")) }.forEach { version ->
                val written = directory.newFile()
                GoldenStore.write(written, version)
                Files.copy(written, golden.resolve("schema-$version.db"))
                val text = SqliteStore.open(copy(version)).use { GoldenStore.describe(it) }
                Files.writeString(golden.resolve("schema-$version.txt"), text)
            }
        }
        val versions =
            Files
                .list(golden)
                .use { files ->
                    files
                        .map { "${it.fileName}" }
                        .filter { it.endsWith(".db") }
                        .sorted()
                        .toList()
                }.map { it.removePrefix("schema-").removeSuffix(".db").toInt() }

        test("there is a store of this version of the schema, and of the first one") {
            versions shouldContain latest
            versions shouldContain 1
        }

        versions.forEach { version ->
            test("a store of version $version of the schema is read as it was written") {
                SqliteStore.open(copy(version)).use {
                    GoldenStore.describe(it) shouldBe Files.readString(golden.resolve("schema-$version.txt"))
                }
            }

            test("every run of a store of version $version of the schema ends, and nothing recorded runs again") {
                val file = copy(version)
                val ran = ConcurrentHashMap.newKeySet<String>()
                val runs = GoldenRuns { ran += it }.let { if (version == 1) it.first else it.all }
                val store = SqliteStore.open(file)
                val done = "SELECT run_id || ':' || path FROM steps WHERE status = 'COMPLETED' AND kind = 'step'"
                val recorded = query(file, done)
                val workflows = runs.flatMap { it.others + it.workflow }.toTypedArray()
                store.engine(*workflows) { clock(VirtualClock(GoldenStore.BEGIN + Duration.ofDays(1))) }.use { engine ->
                    runs.forEach { it.tell(engine) }
                    val ends = runs.map { engine.find(it.id).get().ended() }
                    ends.map { "${it.id()} ${it.status()}" } shouldContainExactly runs.map { "${it.id} ${it.end}" }
                    ends.map { end -> end.output()?.let { Json.read(it) } } shouldContainExactly runs.map { it.output }
                    engine.schedules().map { it.name() } shouldBe if (version == 1) emptyList() else listOf("yearly")
                }
                ran.filter { it in recorded }.shouldBeEmpty()
            }
        }

        test("what undoes a run, and what is atomic, is not done again over a golden store") {
            val file = copy(latest)
            val ran = ConcurrentHashMap.newKeySet<String>()
            val runs = GoldenRuns { ran += it }.all.filter { it.id == "undoing" || it.id == "atomic" }
            SqliteStore.open(file).engine(*runs.map { it.workflow }.toTypedArray()).use { engine ->
                runs.forEach { it.tell(engine) }
                runs.forEach { engine.find(it.id).get().ended() }
            }
            ran shouldBe setOf("undoing:undo flight")
            query(file, "SELECT label FROM effects") shouldContainExactly listOf("debit")
        }
    })
