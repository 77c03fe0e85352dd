package dev.perdure.storage

import dev.perdure.core.engine.faultMatrixContract
import io.kotest.core.spec.style.FunSpec

class PostgresFaultMatrixSpec :
    FunSpec({
        include(faultMatrixContract(::newPostgresStores, 40, 6))
    })
