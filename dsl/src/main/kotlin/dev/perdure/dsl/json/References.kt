package dev.perdure.dsl.json

import dev.perdure.core.Names
import dev.perdure.dsl.json.Reference.Part
import dev.perdure.dsl.json.Reference.Source

/**
 * The part of its source's value that a reference means.
 *
 * @throws MissingField where that is not there
 */
internal fun Reference.resolve(sources: Sources): Any? =
    find(sources) { at, found -> throw MissingField(missing(at, found)) }

/** As [resolve], but null where the part is not there. */
internal fun Reference.resolveOrNull(sources: Sources): Any? = find(sources) { _, _ -> null }

private inline fun Reference.find(
    sources: Sources,
    missing: (at: Int, found: Any?) -> Nothing?,
): Any? {
    var value = sources[source]
    parts.forEachIndexed { at, part ->
        val found = value
        value =
            when (part) {
                is Part.Field -> {
                    if (found is Map<*, *> &&
                        part.name in found
                    ) {
                        found[part.name]
                    } else {
                        return missing(at, found)
                    }
                }

                is Part.Item -> {
                    if (found is List<*> &&
                        part.index < found.size
                    ) {
                        found[part.index]
                    } else {
                        return missing(at, found)
                    }
                }
            }
    }
    return value
}

/** Names the part and where it was looked for, not what was found there: values are no matter for messages. */
private fun Reference.missing(
    at: Int,
    found: Any?,
): String {
    val parent = source.describe() + parts.take(at).joinToString("") { it.written() }
    return when (val part = parts[at]) {
        is Part.Field -> {
            val what = if (found is Map<*, *>) "an object without it" else kindOf(found)
            "$text: there is no field ${Names.quoted(part.name)} in $parent, which is $what"
        }

        is Part.Item -> {
            val what = if (found is List<*>) "a list of ${found.size}" else kindOf(found)
            "$text: there is no item ${part.index} in $parent, which is $what"
        }
    }
}

/** `the output of step "a"`: in the middle of a sentence. */
internal fun Source.describe(): String =
    when (this) {
        Source.Input -> "the workflow's input"
        is Source.Output -> "the output of step ${Names.quoted(step)}"
        is Source.Loop -> "loop.${variable.name.lowercase()}"
    }

private fun Part.written(): String =
    when (this) {
        is Part.Field -> ".$name"
        is Part.Item -> "[$index]"
    }

/** What plain data is, in a message. */
internal fun kindOf(plain: Any?): String =
    when (plain) {
        null -> "null"
        is Boolean -> "a boolean"
        is Number -> "a number"
        is String -> "a text"
        is List<*> -> "a list"
        is Map<*, *> -> "an object"
        else -> "no plain data"
    }
