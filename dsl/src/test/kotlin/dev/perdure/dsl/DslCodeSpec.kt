package dev.perdure.dsl

import dev.perdure.core.engine.CodeSubject
import dev.perdure.core.engine.Stores
import dev.perdure.core.engine.codeConformance
import dev.perdure.core.engine.codeEndsConformance
import dev.perdure.core.memory.MemoryStore
import io.kotest.core.spec.style.FunSpec

/** The behaviour of workflow code in Kotlin, in memory and with every wait spent out of it. */
class DslCodeSpec :
    FunSpec({
        val newStores = { MemoryStore().let { Stores { it } } }
        listOf(false, true).forEach { isAlwaysSuspended ->
            val subject = CodeSubject(newStores, DslCodeAuthoring, isAlwaysSuspended)
            include(codeConformance(subject))
            include(codeEndsConformance(subject))
        }
    })
