package dev.perdure.core.engine

import dev.perdure.core.memory.MemoryStore
import io.kotest.core.spec.style.FunSpec

class MemoryLanguageSpec :
    FunSpec({
        listOf(false, true).forEach { isAlwaysSuspended ->
            val subject = Subject({ MemoryStore().let { store -> Stores { store } } }, JavaAuthoring, isAlwaysSuspended)
            include(wholeWorkflowConformance(subject))
            include(loopConformance(subject))
            include(choiceConformance(subject))
            include(waitConformance(subject))
            include(sagaConformance(subject))
            include(callConformance(subject))
            include(insightConformance(subject))
        }
    })
