package dev.perdure.storage

import dev.perdure.storage.QueryPlan.Companion.shouldBeReadInOrderOf
import io.kotest.core.spec.style.FunSpec
import io.kotest.matchers.string.shouldContain
import io.kotest.matchers.string.shouldStartWith

/** What waits is found by what there is to find, however many runs wait and however long their journals are. */
class WaitReaderSpec :
    FunSpec({
        val plans = QueryPlan(this)

        test("runs that are due are read in the order of an index") {
            plans.of { WaitReader.selectDue(1, 100) } shouldBeReadInOrderOf "runs_wake"
        }

        test("the next time at which a run is due is looked up in an index") {
            plans.of { WaitReader.selectNext(1) } shouldBeReadInOrderOf "runs_wake"
        }

        test("waits of a kind are read in the order of an index, each with its run") {
            val plan = plans.of { WaitReader.selectWaits("approval", 100, 0) }
            plan shouldBeReadInOrderOf "steps_waiting"
            plan shouldStartWith "SEARCH steps USING INDEX steps_waiting (kind=?)"
        }

        test("runs that may not have heard of something are found by what that is") {
            plans.of { WaitReader.selectSignalled() } shouldContain "signals USING INDEX signals_waiting"
            plans.of { WaitReader.selectCalling() } shouldStartWith
                "SEARCH steps USING COVERING INDEX steps_waiting (kind=?)"
        }

        test("signals that wait are read in the order of an index, without those that were consumed") {
            plans.of { WaitReader.selectSignals(listOf("r")) } shouldBeReadInOrderOf "signals_waiting"
        }
    })
