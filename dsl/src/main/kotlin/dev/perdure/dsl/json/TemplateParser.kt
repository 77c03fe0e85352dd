package dev.perdure.dsl.json

import dev.perdure.dsl.json.TextTemplate.Piece

/**
 * The template that a text of an input mapping is. `$${` is a literal `${`, and a `$` or `}` anywhere else stands for
 * itself.
 *
 * @throws MalformedExpression where a reference is none
 */
internal fun parseTemplate(text: String): Template {
    val pieces = mutableListOf<Piece>()
    val words = StringBuilder()
    var at = 0
    while (at < text.length) {
        val dollar = text.indexOf('$', at).let { if (it < 0) text.length else it }
        words.append(text, at, dollar)
        at = dollar
        when {
            text.startsWith(Opening.ESCAPED, at) -> {
                words.append(Opening.REFERENCE)
                at += Opening.ESCAPED.length
            }

            text.startsWith(Opening.REFERENCE, at) -> {
                val reference = parseReference(text, at)
                pieces.addWords(words)
                pieces += Piece.Value(reference)
                at += reference.text.length
            }

            at < text.length -> {
                words.append(text[at++])
            }
        }
    }
    return templateOf(pieces, words)
}

private fun templateOf(
    pieces: MutableList<Piece>,
    words: StringBuilder,
): Template {
    if (pieces.isEmpty()) {
        return LiteralTemplate(words.toString())
    }
    pieces.addWords(words)
    val only = pieces.singleOrNull()
    return if (only is Piece.Value) ReferenceTemplate(only.reference) else TextTemplate(pieces)
}

private fun MutableList<Piece>.addWords(words: StringBuilder) {
    if (words.isNotEmpty()) {
        add(Piece.Words(words.toString()))
        words.clear()
    }
}

/**
 * The template that any value of an input mapping is: texts as [parseTemplate] reads them, lists and objects with
 * templates in them, anything else as it is. A text that cannot be read stands for itself, and [onMalformed] is told
 * where it is.
 */
internal fun templateOf(
    plain: Any?,
    path: JsonPath,
    onMalformed: (JsonPath, MalformedExpression) -> Unit,
): Template =
    when (plain) {
        is String -> {
            try {
                parseTemplate(plain)
            } catch (malformed: MalformedExpression) {
                onMalformed(path, malformed)
                LiteralTemplate(plain)
            }
        }

        is List<*> -> {
            ListTemplate(plain.mapIndexed { at, item -> templateOf(item, path[at], onMalformed) })
        }

        is Map<*, *> -> {
            MapTemplate(
                plain.entries.associate { (key, value) ->
                    key as String to templateOf(value, path / key, onMalformed)
                },
            )
        }

        else -> {
            LiteralTemplate(plain)
        }
    }
