package dev.perdure.dsl.json

import com.code_intelligence.jazzer.Jazzer
import dev.perdure.core.fuzz.FuzzTarget
import dev.perdure.core.fuzz.fuzzSuite
import io.kotest.core.spec.style.FunSpec

/** P20: definitions, templates and conditions, whatever is in them. */
class FuzzSpec :
    FunSpec({
        val texts = Corpus.accepted.map { it.text } + Corpus.refused.map { it.text }
        val definitions = FuzzTarget("definition", DefinitionTarget::class.java, texts, 3_000, 1_500)
        val quoted = texts.flatMap(::quotedIn).filter { "\${" in it }
        val expressions =
            FuzzTarget("expression", ExpressionTarget::class.java, quoted.distinct() + CONDITIONS, 10_000, 300)
        include(fuzzSuite(Jazzer::class.java, "core,dsl", listOf(definitions, expressions)))
    })
