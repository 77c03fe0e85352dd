package dev.perdure.core.engine

import dev.perdure.core.ErrorCode
import dev.perdure.core.Failure
import dev.perdure.core.Json
import dev.perdure.core.RunStatus
import dev.perdure.core.definition.Workflow
import dev.perdure.core.journal.Row
import dev.perdure.core.journal.RunUpdate
import dev.perdure.core.journal.copy
import dev.perdure.core.journal.sealed
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.shouldBe
import io.kotest.matchers.string.shouldContain

/** Rows that somebody wrote, with checksums that are right: what [RecordTarget] found by chance. */
class DamagedRecordsSpec :
    FunSpec({
        fun blocked(
            workflow: Workflow<*, *>,
            image: Image,
        ): String =
            image.toStore().engine(workflow).use { engine ->
                val run = engine.find("r").get().ended()
                run.status() shouldBe RunStatus.BLOCKED
                val failure = Failure.fromPlain(Json.read(run.error()!!))
                failure.code() shouldBe ErrorCode.CORRUPT_ROW
                failure.message().none { it.isISOControl() } shouldBe true
                failure.message()
            }

        fun recorded(name: String): Recording =
            Recordings.all.last {
                it.workflow.name() == name &&
                    !it.image.record
                        .status()
                        .isTerminal
            }

        fun Image.editing(
            path: String,
            edit: Row.() -> Row,
        ) = Image(record, rows.map { if (it.path() == path) it.edit().sealed() else it })

        test("a snapshot of the context that is no map blocks its run") {
            val recording = recorded("loops")
            listOf("[1]", "null", "7").forEach { context ->
                val status = recording.image.record.status()
                val record = recording.image.record.with(RunUpdate(status, null, null, context, 1, 0, null, null))
                blocked(recording.workflow, Image(record, recording.image.rows)) shouldContain "no map"
            }
        }

        test("items that are no list block their run, and the row is named") {
            val recording = recorded("loops")
            val image = recording.image.editing("some#items") { copy(output = "17") }
            blocked(recording.workflow, image) shouldContain "of \"some#items\""
        }

        test("a path and a kind that would forge lines of a log block their run, and are shown in one line") {
            val recording = recorded("loops")
            val path = recording.image.editing("list") { copy(path = "list\n2030-01-01 all is well") }
            blocked(recording.workflow, path) shouldContain "\"list\\u000a2030"
            val kind = recording.image.editing("list") { copy(kind = "step\nall is well", changes = "{") }
            blocked(recording.workflow, kind) shouldContain "\"step\\u000aall is well\""
        }
    })
