package dev.perdure.core.memory

import dev.perdure.core.spi.storeContract
import dev.perdure.core.spi.waitStoreContract
import io.kotest.core.spec.style.FunSpec

class MemoryStoreSpec :
    FunSpec({
        include(storeContract({ MemoryStore() }))
        include(waitStoreContract { MemoryStore() })
    })
