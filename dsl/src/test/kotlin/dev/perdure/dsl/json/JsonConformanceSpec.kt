package dev.perdure.dsl.json

import dev.perdure.core.engine.Stores
import dev.perdure.core.memory.MemoryStore
import io.kotest.core.spec.style.FunSpec

class JsonConformanceSpec :
    FunSpec({
        listOf(false, true).forEach { isAlwaysSuspended ->
            val subject = JsonSubject({ MemoryStore().let { store -> Stores { store } } }, isAlwaysSuspended)
            include(jsonParallelConformance(subject))
            include(jsonConditionalConformance(subject))
            include(jsonLoopConformance(subject))
            include(jsonForkConformance(subject))
            include(jsonAttemptConformance(subject))
            include(jsonDataConformance(subject))
            include(jsonRunConformance(subject))
        }
    })
