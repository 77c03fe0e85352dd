package dev.perdure.core.engine

import dev.perdure.core.memory.MemoryStore
import dev.perdure.core.payload.AesGcmCodec
import dev.perdure.core.payload.EncodedStore
import io.kotest.core.spec.style.FunSpec

/** How runs, steps and blocks behave where all payloads are encrypted: as where none is. */
class EncodedConformanceSpec :
    FunSpec({
        val codec = AesGcmCodec.of("k1", ByteArray(16) { 1 }).refusingPlain()
        val newStores = { MemoryStore().let { store -> Stores { EncodedStore.of(store, codec) } } }
        include(parallelConformance(newStores))
        include(joinConformance(newStores))
        include(mergeConformance(newStores))
        include(stepConformance(newStores))
        include(runConformance(newStores))
        include(cancelConformance(newStores))
        val subject = Subject(newStores, JavaAuthoring, true)
        include(waitConformance(subject))
        include(sagaConformance(subject))
        include(callConformance(subject))
        include(insightConformance(subject))
    })
