package dev.perdure.storage

import dev.perdure.core.engine.Stores
import dev.perdure.dsl.json.JsonSubject
import dev.perdure.dsl.json.jsonAttemptConformance
import dev.perdure.dsl.json.jsonConditionalConformance
import dev.perdure.dsl.json.jsonDataConformance
import dev.perdure.dsl.json.jsonForkConformance
import dev.perdure.dsl.json.jsonLoopConformance
import dev.perdure.dsl.json.jsonParallelConformance
import dev.perdure.dsl.json.jsonRunConformance
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir

class SqliteJsonSpec :
    FunSpec({
        val directory = tempdir()
        var stores = 0
        val newStores = {
            stores++
            val file = directory.toPath().resolve("store$stores.db")
            Stores { SqliteStore.open(file) }
        }
        val subject = JsonSubject(newStores, isAlwaysSuspended = true)
        include(jsonParallelConformance(subject))
        include(jsonConditionalConformance(subject))
        include(jsonLoopConformance(subject))
        include(jsonForkConformance(subject))
        include(jsonAttemptConformance(subject))
        include(jsonDataConformance(subject))
        include(jsonRunConformance(subject))
    })
