package dev.perdure.dsl.json

import dev.perdure.core.Json
import dev.perdure.core.Names
import dev.perdure.core.PerdureException

/**
 * The plain data that a JSON text says, null where there are [problems]: too long, too deep, duplicate keys, or no JSON
 * at all. What could cost memory or stack is looked for before it is read.
 */
internal fun parseJson(
    text: String,
    limits: JsonLimits,
    problems: FileProblems,
): Any? {
    if (isLonger(text, limits.bytes)) {
        problems.add(JsonPath.ROOT, null, "the text is longer than ${limits.bytes} bytes; split the workflow up")
        return null
    }
    JsonScan(text, limits.depth, problems).scan()
    if (!problems.isEmpty) {
        return null
    }
    return try {
        Json.read(text)
    } catch (malformed: PerdureException) {
        problems.add(JsonPath.ROOT, null, withLine(malformed.message.orEmpty(), text))
        null
    }
}

private fun isLonger(
    text: String,
    bytes: Int,
): Boolean {
    if (text.length > bytes) {
        return true
    }
    var length = 0L
    for (c in text) {
        // half of a pair, of four bytes, is two
        length +=
            if (c.code < 0x80) {
                1
            } else if (c.code < 0x800 || c.isSurrogate()) {
                2
            } else {
                3
            }
    }
    return length > bytes
}

/** Editors count lines, not characters. */
private fun withLine(
    message: String,
    text: String,
): String =
    INDEX.replace(message) { match ->
        val index = match.groupValues[1].toIntOrNull()
        if (index == null || index > text.length) match.value else "at ${lineAndColumn(text, index)}"
    }

private val INDEX = Regex("at index (\\d+)")

private fun lineAndColumn(
    text: String,
    index: Int,
): String {
    val before = text.substring(0, index)
    return "line ${before.count { it == '\n' } + 1}, column ${index - before.lastIndexOf('\n')}"
}

/**
 * One pass over the brackets, keys and texts of what may be JSON, without recursion: finds nesting that is too deep,
 * and keys that an object has twice. It takes the text to be well formed; where it is not, reading it says so.
 */
private class JsonScan(
    private val text: String,
    private val maxDepth: Int,
    private val problems: FileProblems,
) {
    private var at = 0
    private var line = 1
    private var lineStart = 0
    private val open = ArrayDeque<Level>()

    /** A list or an object that is not closed yet; [keys] is null for a list. */
    private class Level(
        val path: JsonPath,
        val keys: MutableSet<String>?,
    ) {
        var index = 0
        var key: String? = null

        fun inside(): JsonPath = if (keys == null) path[index] else path / key.orEmpty()
    }

    fun scan() {
        var isShallow = true
        while (at < text.length && isShallow) {
            val c = text[at]
            when (c) {
                '"' -> string()
                '{', '[' -> isShallow = push(c)
                '}', ']' -> open.removeLastOrNull()
                ',' -> next()
                '\n' -> newLine()
            }
            at++
        }
    }

    private fun push(opening: Char): Boolean {
        val path = open.lastOrNull()?.inside() ?: JsonPath.ROOT
        if (open.size == maxDepth) {
            problems.add(path, null, "nested deeper than $maxDepth levels; flatten it")
            return false
        }
        open.addLast(Level(path, if (opening == '{') HashSet() else null))
        return true
    }

    private fun newLine() {
        line++
        lineStart = at + 1
    }

    private fun next() {
        open.lastOrNull()?.let {
            it.index++
            it.key = null
        }
    }

    /** Leaves [at] on the closing quote. */
    private fun string() {
        val start = ++at
        while (at < text.length && text[at] != '"') {
            at += if (text[at] == '\\') 2 else 1
        }
        val level = open.lastOrNull() ?: return
        if (level.keys == null || level.key != null || at >= text.length) {
            return
        }
        val key = text.substring(start, at)
        level.key = key
        if (!level.keys.add(key)) {
            val where = "line $line, column ${start - lineStart}"
            problems.add(level.inside(), null, "duplicate key ${Names.quoted(key)} at $where; remove one or rename it")
        }
    }
}
