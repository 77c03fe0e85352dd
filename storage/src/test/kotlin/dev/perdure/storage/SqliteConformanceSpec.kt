package dev.perdure.storage

import dev.perdure.core.engine.Stores
import dev.perdure.core.engine.cancelConformance
import dev.perdure.core.engine.joinConformance
import dev.perdure.core.engine.mergeConformance
import dev.perdure.core.engine.parallelConformance
import dev.perdure.core.engine.queueConformance
import dev.perdure.core.engine.runConformance
import dev.perdure.core.engine.stepConformance
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir

class SqliteConformanceSpec :
    FunSpec({
        val directory = tempdir()
        var stores = 0
        val newStores = {
            stores++
            val file = directory.toPath().resolve("store$stores.db")
            Stores { SqliteStore.open(file) }
        }
        include(parallelConformance(newStores))
        include(joinConformance(newStores))
        include(mergeConformance(newStores))
        include(stepConformance(newStores))
        include(runConformance(newStores))
        include(cancelConformance(newStores))
        include(queueConformance(newStores))
    })
