package dev.perdure.storage

import dev.perdure.core.engine.cancelConformance
import dev.perdure.core.engine.joinConformance
import dev.perdure.core.engine.mergeConformance
import dev.perdure.core.engine.parallelConformance
import dev.perdure.core.engine.runConformance
import dev.perdure.core.engine.stepConformance
import io.kotest.core.spec.style.FunSpec

/** How runs, steps and blocks behave, on PostgreSQL with one engine at a time. */
class PostgresConformanceSpec :
    FunSpec({
        include(parallelConformance(::newPostgresStores))
        include(joinConformance(::newPostgresStores))
        include(mergeConformance(::newPostgresStores))
        include(stepConformance(::newPostgresStores))
        include(runConformance(::newPostgresStores))
        include(cancelConformance(::newPostgresStores))
    })
