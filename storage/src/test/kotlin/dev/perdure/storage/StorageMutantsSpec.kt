package dev.perdure.storage

import dev.perdure.core.mutants.Edit
import dev.perdure.core.mutants.Mutant
import io.kotest.core.spec.style.FunSpec

/** The mutants of the stores themselves; see the core module's. The one that needs a server only with `-Dperdure.mutants=all`. */
class StorageMutantsSpec :
    FunSpec({
        test("the harness reports: continue after an SQLException") {
            val defect = Edit(HeldConnection::class.java.name, "isBroken", BrokenIsKept::class.java.name)
            val checks = Regex("were acknowledged|takes nothing any more")
            val trial = FullDiskTrial::class.java.name
            Mutant("continue after SQLException", checks, trial, listOf(defect)).requireKilled()
        }

        test("the harness reports nothing of stores that are as they must be") {
            (0L until 10L).forEach { FullDiskTrial().accept(it) }
            (0L until 2L).forEach { TakeoverTrial().accept(it) }
        }

        if (System.getProperty("perdure.mutants") == "all") {
            test("the harness reports: fence without a row lock") {
                val defect = Edit(PostgresLeases::class.java.name, "fence", UnlockedFence::class.java.name)
                val checks = Regex("recorded by a former owner")
                Mutant("fence without row lock", checks, TakeoverTrial::class.java.name, listOf(defect)).requireKilled()
            }
        }
    })
