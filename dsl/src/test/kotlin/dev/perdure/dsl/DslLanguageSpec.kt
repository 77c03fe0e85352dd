package dev.perdure.dsl

import dev.perdure.core.engine.Stores
import dev.perdure.core.engine.Subject
import dev.perdure.core.engine.callConformance
import dev.perdure.core.engine.choiceConformance
import dev.perdure.core.engine.insightConformance
import dev.perdure.core.engine.loopConformance
import dev.perdure.core.engine.sagaConformance
import dev.perdure.core.engine.waitConformance
import dev.perdure.core.engine.wholeWorkflowConformance
import dev.perdure.core.memory.MemoryStore
import io.kotest.core.spec.style.FunSpec

class DslLanguageSpec :
    FunSpec({
        listOf(false, true).forEach { isAlwaysSuspended ->
            val subject = Subject({ MemoryStore().let { store -> Stores { store } } }, DslAuthoring, isAlwaysSuspended)
            include(wholeWorkflowConformance(subject))
            include(loopConformance(subject))
            include(choiceConformance(subject))
            include(waitConformance(subject))
            include(sagaConformance(subject))
            include(callConformance(subject))
            include(insightConformance(subject))
        }
    })
