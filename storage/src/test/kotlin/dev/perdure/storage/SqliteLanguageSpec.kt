package dev.perdure.storage

import dev.perdure.core.engine.JavaAuthoring
import dev.perdure.core.engine.Stores
import dev.perdure.core.engine.Subject
import dev.perdure.core.engine.callConformance
import dev.perdure.core.engine.choiceConformance
import dev.perdure.core.engine.loopConformance
import dev.perdure.core.engine.sagaConformance
import dev.perdure.core.engine.waitConformance
import dev.perdure.core.engine.wholeWorkflowConformance
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir

class SqliteLanguageSpec :
    FunSpec({
        val directory = tempdir()
        var stores = 0
        val newStores = {
            stores++
            val file = directory.toPath().resolve("store$stores.db")
            Stores { SqliteStore.open(file) }
        }
        val subject = Subject(newStores, JavaAuthoring, true)
        include(wholeWorkflowConformance(subject))
        include(loopConformance(subject))
        include(choiceConformance(subject))
        include(waitConformance(subject))
        include(sagaConformance(subject))
        include(callConformance(subject))
    })
