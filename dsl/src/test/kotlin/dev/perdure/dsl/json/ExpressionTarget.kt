package dev.perdure.dsl.json

import com.code_intelligence.jazzer.api.FuzzedDataProvider
import dev.perdure.core.Json
import dev.perdure.core.Plain

/** The input is taken for a template and for a condition, each of which is resolved, or refused at a place in it. */
internal object ExpressionTarget {
    @JvmStatic
    fun fuzzerTestOneInput(data: FuzzedDataProvider) {
        val text = data.consumeRemainingAsString()
        unlessRefused(text) { resolve(parseTemplate(text)) }
        unlessRefused(text) { parseCondition(text).evaluate(ANYTHING, ::shouldBeOneLine) }
    }

    private fun resolve(template: Template) {
        try {
            Json.write(Plain.of(template.resolve(ANYTHING)))
        } catch (missing: MissingField) {
            shouldBeOneLine(missing.message.orEmpty())
        }
    }

    private fun unlessRefused(
        text: String,
        use: () -> Unit,
    ) {
        try {
            use()
        } catch (refused: MalformedExpression) {
            shouldBeOneLine(refused.message.orEmpty())
            check(refused.at in 0..text.length) { "refused at ${refused.at} of ${text.length}" }
        }
    }
}
