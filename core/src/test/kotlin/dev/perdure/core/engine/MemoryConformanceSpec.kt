package dev.perdure.core.engine

import dev.perdure.core.memory.MemoryStore
import io.kotest.core.spec.style.FunSpec

class MemoryConformanceSpec :
    FunSpec({
        val newStores = { MemoryStore().let { store -> Stores { store } } }
        include(parallelConformance(newStores))
        include(joinConformance(newStores))
        include(mergeConformance(newStores))
        include(stepConformance(newStores))
        include(runConformance(newStores))
        include(cancelConformance(newStores))
        include(queueConformance(newStores))
    })
