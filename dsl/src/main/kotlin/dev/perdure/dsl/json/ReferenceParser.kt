package dev.perdure.dsl.json

import dev.perdure.core.Names
import dev.perdure.dsl.json.Reference.Part
import dev.perdure.dsl.json.Reference.Source

internal object Opening {
    /** What begins a reference. */
    const val REFERENCE = "\${"

    /** What stands for that where no reference is meant. */
    const val ESCAPED = "\$\${"
}

/**
 * The reference that begins at index [start] of [text], which has [Opening.REFERENCE] there.
 *
 * A name is made of letters, digits and `_ - @ : /`; those of steps may have dots in them.
 *
 * @throws MalformedExpression where it is none
 */
internal fun parseReference(
    text: String,
    start: Int = 0,
): Reference = ReferenceParser(text, start).parse()

/** One pass over one reference. */
private class ReferenceParser(
    private val text: String,
    private val start: Int,
) {
    private var at = start + Opening.REFERENCE.length

    fun parse(): Reference {
        val parts = mutableListOf<Part>(Part.Field(name()))
        while (at < text.length && text[at] != '}') {
            parts += if (text[at] == '[') item() else field()
        }
        if (at == text.length) {
            fail("a reference has no end; expected \"}\"", start)
        }
        at++
        return reference(parts)
    }

    private fun field(): Part {
        if (text[at] != '.') {
            fail(
                "unexpected ${Names.quoted(text.substring(at, at + 1))} in a reference; expected \".\", \"[\" or \"}\"",
            )
        }
        at++
        return Part.Field(name())
    }

    private fun name(): String {
        val from = at
        while (at < text.length && isNamePart(text[at])) {
            at++
        }
        if (at == text.length) {
            fail("a reference has no end; expected \"}\"", start)
        }
        if (at == from) {
            fail("expected a name (letters, digits, _ - @ : /), found ${Names.quoted(text.substring(at, at + 1))}")
        }
        return text.substring(from, at)
    }

    private fun item(): Part {
        val from = ++at
        while (at < text.length && text[at] in '0'..'9') {
            at++
        }
        if (at == from || at - from > MAX_INDEX_DIGITS || at == text.length || text[at] != ']') {
            fail("expected the index of an item, such as [0]", from)
        }
        return Part.Item(text.substring(from, at++).toInt())
    }

    private fun reference(parts: List<Part>): Reference {
        val names = parts.takeWhile { it is Part.Field }.map { (it as Part.Field).name }
        val written = text.substring(start, at)
        if (names[0] == WORKFLOW) {
            if (names.getOrNull(1) != INPUT) {
                fail(
                    "${Names.quoted(written)} is no reference; of the workflow only \${workflow.input} can be read",
                    start,
                )
            }
            return Reference(Source.Input, parts.drop(2), written)
        }
        val variable = if (names[0] == LOOP) names.getOrNull(1)?.let(LOOP_VARIABLES::get) else null
        if (variable != null) {
            return loopReference(variable, parts.drop(2), written)
        }
        val output = names.drop(1).indexOf(OUTPUT) + 1
        if (output == 0) {
            fail("${Names.quoted(written)} is no reference; $FORMS", start)
        }
        return Reference(Source.Output(names.take(output).joinToString(".")), parts.drop(output + 1), written)
    }

    private fun loopReference(
        variable: LoopVariable,
        parts: List<Part>,
        written: String,
    ): Reference {
        if (parts.isNotEmpty() && variable != LoopVariable.ITEM) {
            val simple = "\${loop.${variable.name.lowercase()}}"
            fail("${Names.quoted(written)} is no reference; $simple has no fields or items", start)
        }
        return Reference(Source.Loop(variable), parts, written)
    }

    private fun fail(
        message: String,
        index: Int = at,
    ): Nothing = throw MalformedExpression(message, index)

    private companion object {
        const val WORKFLOW = "workflow"
        const val INPUT = "input"
        const val LOOP = "loop"
        const val OUTPUT = "output"

        /** More are no Int. */
        const val MAX_INDEX_DIGITS = 9
        const val FORMS =
            "expected \${workflow.input}, \${STEP.output}, \${loop.item}, \${loop.index}, \${loop.total}, " +
                "\${loop.is_first} or \${loop.is_last}, each with .field or [index] after it where it has parts"
        val LOOP_VARIABLES = LoopVariable.entries.associateBy { it.name.lowercase() }

        fun isNamePart(c: Char) = c.isLetterOrDigit() || c in "_-@:/"
    }
}
