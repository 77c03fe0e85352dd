package dev.perdure.core.transfer

import dev.perdure.core.ErrorCode
import dev.perdure.core.PerdureException
import dev.perdure.core.RunStatus
import dev.perdure.core.memory.MemoryStore
import dev.perdure.core.spi.ImportRows
import dev.perdure.core.spi.Store
import dev.perdure.core.spi.StoreRecords.definition
import dev.perdure.core.spi.StoreRecords.engine
import dev.perdure.core.spi.StoreRecords.finished
import dev.perdure.core.spi.StoreRecords.run
import dev.perdure.core.spi.StoreRecords.signal
import dev.perdure.core.spi.Write
import io.kotest.assertions.throwables.shouldThrow
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldNotContain

class TransferSpec :
    FunSpec({
        fun MemoryStore.holding(vararg writes: Write) =
            apply { acquire(engine("e")).let { lease -> commit(lease, writes.toList()).also { release(lease) } } }

        fun source() =
            MemoryStore().holding(
                Write.SaveDefinition(definition("onboard", 3, "secret text")),
                Write.StartRun(run("a"), ImportRows.valid),
                Write.Signal("a", signal(payload = "\"secret signal\""), 9),
                Write.StartRun(run("b").with(finished(RunStatus.COMPLETED))),
            )

        fun exported(
            from: Store = source(),
            vararg ids: String = arrayOf("a", "b"),
        ): List<String> = buildList { RunExport(from, ::add).run { ids.forEach(::write) } }

        fun imported(
            to: Store,
            lines: List<String>,
        ): List<String> =
            buildList { RunImport(to).use { all -> all.read(lines.stream()) { add("${it.runId()} ${it.outcome()}") } } }

        /** What an import of changed lines says; none of the second run may be there. */
        fun refused(
            lines: List<String>,
            code: ErrorCode = ErrorCode.NOT_DECODABLE,
            to: MemoryStore = MemoryStore(),
        ): String {
            val thrown = shouldThrow<PerdureException> { imported(to, lines) }
            thrown.code() shouldBe code
            to.find("b").isPresent shouldBe false
            thrown.message.orEmpty() shouldNotContain "secret"
            return thrown.message.orEmpty()
        }

        test("an export is lines by type: a header, and each run with its definition, journal and signals") {
            exported().map { it.substringAfter("\"type\":\"").substringBefore('"') } shouldContainExactly
                listOf(
                    "perdure",
                    "definition",
                    "run",
                    "step",
                    "step",
                    "signal",
                    "end",
                    "definition",
                    "run",
                    "end",
                )
            exported(ids = emptyArray()).shouldBeEmpty()
            exported().forEach { it shouldNotContain "\n" }
        }

        test("a run that does not exist is not exported, and nothing is written") {
            val thrown = shouldThrow<PerdureException> { exported(ids = arrayOf("nobody")) }
            thrown.code() shouldBe ErrorCode.UNKNOWN_RUN
        }

        test("an export that ends in the middle of a run brings the runs before, and is refused") {
            val whole = exported()
            val store = MemoryStore()
            for (length in 8 until whole.size) {
                refused(whole.take(length), to = store) shouldContain "in the middle of a run"
                store.find("a").isPresent shouldBe true
            }
            imported(store, whole) shouldContainExactly listOf("a ALREADY_THERE", "b IMPORTED")
        }

        test("lines that are none of an export are refused by their number") {
            val (header, text, run) = exported()
            refused(listOf(header, "", "{")) shouldContain "line 3 cannot be imported: it is no JSON"
            refused(listOf("[1]")) shouldContain "expected an object"
            refused(listOf("{\"type\":\"perdure\",\"format\":2}")) shouldContain "format 2"
            refused(listOf(header, "{\"type\":\"x\"}")) shouldContain "no lines of type \"x\""
            refused(listOf(header, run.replace("\"input\":", "\"inputs\":"))) shouldContain "it has no \"input\""
            refused(listOf(header, run.dropLast(1) + ",\"more\":1}")) shouldContain "no field \"more\""
            refused(listOf(run.replace("\"RUNNING\"", "\"FLYING\""))) shouldContain "\"status\" is none"
            refused(listOf(run.replace("\"version\":3", "\"version\":3.5"))) shouldContain "whole number"
            refused(listOf(run, run)) shouldContain "no line of type \"end\""
            refused(listOf(text, run.replace("onboard", "other"))) shouldContain "another workflow"
            refused(listOf(exported()[3])) shouldContain "belongs to no run"
        }

        test("a run whose lines were lost, moved or changed is refused") {
            val lines = exported(ids = arrayOf("a"))
            refused(lines.filterIndexed { at, _ -> at != 3 }) shouldContain "counts other lines"
            refused(lines.toMutableList().apply { add(3, removeAt(4)) }) shouldContain "not in the order"
            val changed = lines.map { it.replace("\"attempt\":2", "\"attempt\":1") }
            val store = MemoryStore()
            refused(changed, ErrorCode.CORRUPT_ROW, store) shouldContain "checksum"
            store.find("a").isPresent shouldBe false
        }

        test("another run with the id, or another text of its definition, is left as it is") {
            val taken = MemoryStore().holding(Write.StartRun(run("b", input = "1")))
            val thrown = shouldThrow<PerdureException> { imported(taken, exported()) }
            thrown.code() shouldBe ErrorCode.RUN_CONFLICT
            taken.find("a").isPresent shouldBe true
            taken.find("b").get().input() shouldBe "1"
            val other = MemoryStore().holding(Write.SaveDefinition(definition("onboard", 3, "other")))
            refused(exported(), ErrorCode.DEFINITION_CONFLICT, other) shouldContain
                "another text of workflow \"onboard\""
            other.definitions().map { it.text() } shouldContainExactly listOf("other")
        }
    })
