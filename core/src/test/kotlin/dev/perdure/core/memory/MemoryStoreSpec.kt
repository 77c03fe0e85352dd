package dev.perdure.core.memory

import dev.perdure.core.spi.storeContract
import io.kotest.core.spec.style.FunSpec

class MemoryStoreSpec :
    FunSpec({
        include(storeContract({ MemoryStore() }))
    })
