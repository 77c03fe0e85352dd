package dev.perdure.dsl.json

import dev.perdure.core.Json

/**
 * Plain data as JSON that people read: texts keep their letters, in whatever script. Numbers are written as core writes
 * them, the same on every JDK. [indent] is what a level is moved in by; null for all in one line. Immutable.
 */
internal class JsonPrinter(private val indent: String? = null) {
    fun print(plain: Any?): String = StringBuilder().also { print(plain, it, "\n") }.toString()

    private fun print(
        plain: Any?,
        out: StringBuilder,
        margin: String,
    ) {
        when (plain) {
            is String -> quote(plain, out)
            is List<*> -> block('[', ']', plain, out, margin) { item, inner -> print(item, out, inner) }
            is Map<*, *> -> block('{', '}', plain.entries, out, margin) { entry, inner -> field(entry, out, inner) }
            else -> out.append(Json.write(plain))
        }
    }

    private fun field(
        entry: Map.Entry<*, *>,
        out: StringBuilder,
        margin: String,
    ) {
        quote(entry.key as String, out)
        out.append(if (indent == null) ":" else ": ")
        print(entry.value, out, margin)
    }

    private inline fun <T> block(
        opening: Char,
        closing: Char,
        items: Collection<T>,
        out: StringBuilder,
        margin: String,
        item: (T, String) -> Unit,
    ) {
        out.append(opening)
        val inner = margin + indent.orEmpty()
        items.forEachIndexed { at, one ->
            if (at > 0) {
                out.append(',')
            }
            newLine(out, inner)
            item(one, inner)
        }
        if (items.isNotEmpty()) {
            newLine(out, margin)
        }
        out.append(closing)
    }

    private fun newLine(
        out: StringBuilder,
        margin: String,
    ) {
        if (indent != null) {
            out.append(margin)
        }
    }

    private fun quote(
        text: String,
        out: StringBuilder,
    ) {
        out.append('"')
        text.forEachIndexed { at, c ->
            when {
                c == '"' || c == '\\' -> out.append('\\').append(c)
                c == '\n' -> out.append("\\n")
                c == '\t' -> out.append("\\t")
                isSafe(text, at) -> out.append(c)
                else -> out.append("\\u").append(c.code.toString(HEX).padStart(HEX_DIGITS, '0'))
            }
        }
        out.append('"')
    }

    /** Whether an editor, a database and a terminal keep it as it is. */
    private fun isSafe(
        text: String,
        at: Int,
    ): Boolean {
        val c = text[at]
        return when {
            c.isHighSurrogate() -> at + 1 < text.length && text[at + 1].isLowSurrogate()
            c.isLowSurrogate() -> at > 0 && text[at - 1].isHighSurrogate()
            else -> !c.isISOControl() && Character.getType(c).toByte() !in HIDDEN
        }
    }

    private companion object {
        const val HEX = 16
        const val HEX_DIGITS = 4
        val HIDDEN = setOf(Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR)
    }
}
