package dev.perdure.core

import com.code_intelligence.jazzer.Jazzer
import dev.perdure.core.engine.EditedRecords
import dev.perdure.core.engine.RecordTarget
import dev.perdure.core.fuzz.FuzzTarget
import dev.perdure.core.fuzz.fuzzSuite
import io.kotest.core.spec.style.FunSpec

/** P20: paths and recorded runs, whatever is in them. */
class FuzzSpec :
    FunSpec({
        val paths = FuzzTarget("path", PathTarget::class.java, listOf("CaCb\nCaIb", "a/b[3]/c#2\na#join"), 20_000, 150)
        val records = FuzzTarget("record", RecordTarget::class.java, EditedRecords.examples(), 1_000, 2_500)
        include(fuzzSuite(Jazzer::class.java, "core", listOf(paths, records)))
    })
