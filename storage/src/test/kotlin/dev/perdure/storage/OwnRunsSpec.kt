package dev.perdure.storage

import dev.perdure.core.RunStatus
import dev.perdure.core.spi.StoreRecords.NOW
import dev.perdure.core.spi.StoreRecords.append
import dev.perdure.core.spi.StoreRecords.finished
import dev.perdure.core.spi.StoreRecords.parked
import dev.perdure.core.spi.StoreRecords.row
import dev.perdure.core.spi.StoreRecords.run
import dev.perdure.core.spi.StoreRecords.signal
import dev.perdure.core.spi.Write
import dev.perdure.core.spi.WriteResult
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.collections.shouldBeEmpty
import io.kotest.matchers.collections.shouldContainExactly

/** Of which runs a commit need not look whose they are. */
class OwnRunsSpec :
    FunSpec({
        val appended = append("r", row(1))

        fun knowing(id: String) =
            OwnRuns().apply { add(listOf(append(id, row(1))), listOf(WriteResult.DONE), setOf(id)) }

        test("a run that a durable commit took is known to the next one, and to all after it") {
            val own = OwnRuns()
            own.takenFrom(listOf(Write.StartRun(run("r")))).shouldBeEmpty()
            own.add(listOf(Write.StartRun(run("r"))), listOf(WriteResult.started(1)), setOf("r"))
            repeat(2) { own.takenFrom(listOf(appended, append("s", row(1)))) shouldContainExactly setOf("r") }
        }

        listOf(
            "is recorded as waiting" to append("r", update = parked(NOW)),
            "ends" to append("r", update = finished(RunStatus.COMPLETED)),
            "is reset" to Write.Reset("r"),
            "is purged" to Write.Purge("r"),
            "is started again" to Write.StartRun(run("r").pending()),
        ).forEach { (what, letsGo) ->
            test("a run that $what is known to that commit, and to none after, whatever came of it") {
                val own = knowing("r")
                own.takenFrom(listOf(appended, letsGo)) shouldContainExactly setOf("r")
                own.takenFrom(listOf(appended)).shouldBeEmpty()
                own.add(listOf(letsGo, appended), listOf(WriteResult.DONE, WriteResult.DONE), setOf("r"))
                own.takenFrom(listOf(appended)).shouldBeEmpty()
            }
        }

        listOf(
            "goes on" to append("r", update = parked(null, RunStatus.RUNNING)),
            "is paused" to append("r", update = parked(null, RunStatus.PAUSED)),
            "is sent a signal" to Write.Signal("r", signal(), 9),
        ).forEach { (what, keeps) ->
            test("a run that $what stays known") {
                val own = knowing("r")
                repeat(2) { own.takenFrom(listOf(keeps)) shouldContainExactly setOf("r") }
            }
        }

        test("what is refused makes nothing known, and neither does a run that was not taken") {
            val own = OwnRuns()
            own.add(listOf(appended), listOf(WriteResult.notOwned()), setOf("r"))
            own.add(listOf(append("s", row(1))), listOf(WriteResult.DONE), emptySet())
            own.takenFrom(listOf(appended, append("s", row(2)))).shouldBeEmpty()
        }
    })
