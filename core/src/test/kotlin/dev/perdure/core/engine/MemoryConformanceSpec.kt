package dev.perdure.core.engine

import dev.perdure.core.memory.MemoryStore
import io.kotest.core.spec.style.FunSpec

class MemoryConformanceSpec :
    FunSpec({
        include(parallelConformance { MemoryStore().let { store -> Stores { store } } })
    })
