package dev.perdure.storage

import dev.perdure.core.engine.Stores
import dev.perdure.core.engine.parallelConformance
import dev.perdure.core.engine.runConformance
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
        include(runConformance(newStores))
    })
