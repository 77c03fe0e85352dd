package dev.perdure.dsl.json

import dev.perdure.core.Json
import dev.perdure.core.Names
import dev.perdure.core.PerdureException

/** A word or sign of a condition, from index [at] to [end]; [value] is a literal's plain data or a [Reference]. */
internal data class Token(
    val kind: Kind,
    val at: Int,
    val end: Int,
    val value: Any? = null,
) {
    enum class Kind { LITERAL, REFERENCE, COMPARISON, AND, OR, NOT, IN, CONTAINS, OPEN, CLOSE, END }
}

/**
 * The tokens of a condition, an END last.
 *
 * @throws MalformedExpression at the first character that belongs to none
 */
internal fun tokensOf(text: String): List<Token> = ConditionTokens(text).read()

/** One pass over one condition. */
private class ConditionTokens(private val text: String) {
    private var at = 0

    fun read(): List<Token> {
        val tokens = mutableListOf<Token>()
        do {
            while (at < text.length && text[at] in " \t\r\n") {
                at++
            }
            tokens += if (at == text.length) Token(Token.Kind.END, at, at) else next()
        } while (tokens.last().kind != Token.Kind.END)
        return tokens
    }

    private fun next(): Token {
        val c = text[at]
        return when {
            c == '(' -> sign(Token.Kind.OPEN)
            c == ')' -> sign(Token.Kind.CLOSE)
            c == '\'' || c == '"' -> quoted()
            c == '-' || c in '0'..'9' -> number()
            c in "=!<>" -> comparison()
            text.startsWith(Opening.REFERENCE, at) -> reference()
            c.isLetter() || c == '_' -> word()
            else -> fail(HINTS[c] ?: "unexpected ${Names.quoted(c.toString())}")
        }
    }

    private fun sign(kind: Token.Kind) = Token(kind, at, ++at)

    private fun comparison(): Token {
        val start = at
        val sign = text.substring(at, minOf(at + 2, text.length))
        val found = SIGNS[sign] ?: SIGNS[sign.take(1)] ?: fail(HINTS.getValue(text[at]))
        at += found.sign.length
        return Token(Token.Kind.COMPARISON, start, at, found)
    }

    private fun reference(): Token {
        val start = at
        val reference = parseReference(text, start)
        at += reference.text.length
        return Token(Token.Kind.REFERENCE, start, at, reference)
    }

    private fun number(): Token {
        val start = at
        while (at < text.length && (text[at].isLetterOrDigit() || text[at] in "+-.")) {
            at++
        }
        val written = text.substring(start, at)
        val value =
            try {
                Json.read(written)
            } catch (_: PerdureException) {
                null
            }
        val number = value ?: fail("${Names.quoted(written)} is no number as JSON has them", start)
        return Token(Token.Kind.LITERAL, start, at, number)
    }

    private fun word(): Token {
        val start = at
        while (at < text.length && (text[at].isLetterOrDigit() || text[at] in "_.")) {
            at++
        }
        val word = text.substring(start, at)
        if (word in LITERALS) {
            return Token(Token.Kind.LITERAL, start, at, LITERALS[word])
        }
        return Token(WORDS[word] ?: fail("unknown word ${Names.quoted(word)}; $VALUES", start), start, at)
    }

    private fun quoted(): Token {
        val start = at
        val quote = text[at++]
        val out = StringBuilder()
        while (at < text.length && text[at] != quote) {
            when {
                text[at] == '\\' -> {
                    out.append(escaped())
                }

                text.startsWith(Opening.ESCAPED, at) -> {
                    out.append(Opening.REFERENCE).also {
                        at +=
                            Opening.ESCAPED.length
                    }
                }

                text.startsWith(Opening.REFERENCE, at) -> {
                    fail(QUOTED_REFERENCE)
                }

                else -> {
                    out.append(text[at++])
                }
            }
        }
        if (at == text.length) {
            fail("a text has no end; expected $quote", start)
        }
        return Token(Token.Kind.LITERAL, start, ++at, out.toString())
    }

    private fun escaped(): Char {
        val escaped = text.getOrNull(at + 1)?.let(ESCAPES::get)
        at += 2
        return escaped ?: fail("unknown escape; a backslash goes before \\ ' \" n or t", at - 2)
    }

    private fun fail(
        message: String,
        index: Int = at,
    ): Nothing = throw MalformedExpression(message, index)

    private companion object {
        const val QUOTED_REFERENCE =
            "a reference inside quotes is not resolved; write it without them, or \$\${ for a text that has \${ in it"
        const val VALUES = "a reference is written \${…}, a text in quotes, and there are no functions"
        val SIGNS = Operator.entries.filter { it.isSign }.associateBy { it.sign }
        val LITERALS = mapOf("true" to true, "false" to false, "null" to null)
        val WORDS =
            mapOf(
                "and" to Token.Kind.AND,
                "or" to Token.Kind.OR,
                "not" to Token.Kind.NOT,
                "in" to Token.Kind.IN,
                "contains" to Token.Kind.CONTAINS,
            )
        val ESCAPES = mapOf('\\' to '\\', '\'' to '\'', '"' to '"', 'n' to '\n', 't' to '\t')
        val HINTS =
            mapOf(
                '=' to "\"=\" is no operator; write \"==\"",
                '!' to "\"!\" is no operator; write \"not\" or \"!=\"",
                '&' to "\"&\" is no operator; write \"and\"",
                '|' to "\"|\" is no operator; write \"or\"",
            )
    }
}
