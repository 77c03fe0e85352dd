package dev.perdure.storage

import dev.perdure.core.engine.Stores
import dev.perdure.core.engine.faultMatrixContract
import io.kotest.core.spec.style.FunSpec

class SqliteFaultMatrixSpec :
    FunSpec({
        val directory = StoreDirectory(this)

        include(faultMatrixContract({ directory.newFile().let { file -> Stores { SqliteStore.open(file) } } }, 3, 8))
    })
