package dev.perdure.dsl.json

import com.code_intelligence.jazzer.api.FuzzedDataProvider
import dev.perdure.core.DefinitionException

/** The input is a definition's text, which is read or refused; what is read is written as a text that says the same. */
internal object DefinitionTarget {
    @JvmStatic
    fun fuzzerTestOneInput(data: FuzzedDataProvider) {
        val text = data.consumeRemainingAsString()
        val file =
            try {
                readWorkflowFile(text)
            } catch (refused: DefinitionException) {
                check(refused.problems().isNotEmpty()) { "refused without a problem" }
                refused.problems().forEach(::shouldBeOneLine)
                return
            }
        val written = writeWorkflowFile(file)
        check(readWorkflowFile(written) == file) { "what was written says something else:\n$written" }
    }
}
