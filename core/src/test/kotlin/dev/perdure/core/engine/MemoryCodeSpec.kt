package dev.perdure.core.engine

import dev.perdure.core.memory.MemoryStore
import io.kotest.core.spec.style.FunSpec

/** The behaviour of workflow code in Java on the memory store, in memory and with every wait spent out of it. */
class MemoryCodeSpec :
    FunSpec({
        val newStores = { MemoryStore().let { Stores { it } } }
        listOf(false, true).forEach { isAlwaysSuspended ->
            val subject = CodeSubject(newStores, JavaCodeAuthoring, isAlwaysSuspended)
            include(codeConformance(subject))
            include(codeEndsConformance(subject))
        }
    })
