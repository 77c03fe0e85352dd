package dev.perdure.storage

import dev.perdure.core.engine.CodeSubject
import dev.perdure.core.engine.JavaCodeAuthoring
import dev.perdure.core.engine.Stores
import dev.perdure.core.engine.codeConformance
import dev.perdure.core.engine.codeEndsConformance
import io.kotest.core.spec.style.FunSpec
import io.kotest.engine.spec.tempdir

class SqliteCodeSpec :
    FunSpec({
        val directory = tempdir()
        var stores = 0
        val newStores = {
            stores++
            val file = directory.toPath().resolve("store$stores.db")
            Stores { SqliteStore.open(file) }
        }
        val subject = CodeSubject(newStores, JavaCodeAuthoring, true)
        include(codeConformance(subject))
        include(codeEndsConformance(subject))
    })
