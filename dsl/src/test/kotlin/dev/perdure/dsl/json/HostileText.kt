package dev.perdure.dsl.json

import kotlin.random.Random

/**
 * Damages texts the way that carelessness, generators and attackers do; the same for the same [random]. Used once.
 *
 * @param spare texts that pieces are taken from
 */
internal class HostileText(
    private val random: Random,
    private val spare: List<String>,
) {
    /** [text] with one thing done to it, or a few. */
    fun damage(text: String): String {
        var damaged = text
        repeat(TIMES.random(random)) { damaged = DAMAGES.random(random)(this, damaged) }
        return damaged
    }

    private fun cut(text: String): String = text.removeRange(range(text))

    private fun duplicate(text: String): String {
        val range = range(text)
        return text.replaceRange(random.nextInt(text.length + 1).let { it until it }, text.substring(range))
    }

    private fun swap(text: String): String {
        val (first, second) = listOf(range(text), range(text)).sortedBy { it.first }
        if (first.last >= second.first) {
            return text.reversed()
        }
        return text.take(first.first) + text.substring(second) + text.substring(first.last + 1, second.first) +
            text.substring(first) + text.substring(second.last + 1)
    }

    private fun endEarly(text: String): String = text.take(random.nextInt(text.length + 1))

    private fun graft(text: String): String {
        val other = spare.random(random)
        return text.replaceRange(range(text), other.substring(range(other)))
    }

    private fun insert(text: String): String = insertAt(random.nextInt(text.length + 1), text, SNIPPETS.random(random))

    private fun change(text: String): String {
        if (text.isEmpty()) {
            return "\u0000"
        }
        val at = random.nextInt(text.length)
        return text.replaceRange(at, at + 1, CHARACTERS.random(random))
    }

    /** Inside quotes, so that what is around it stays JSON. */
    private fun insertInQuotes(text: String): String {
        val quoted = some(QUOTED, text) ?: return insert(text)
        return insertAt(random.nextInt(quoted.first + 1, quoted.last + 1), text, SNIPPETS.random(random))
    }

    /** Ids for other ids, words for fields: what the structure is made of. */
    private fun exchangeQuoted(text: String): String {
        val from = some(QUOTED, text) ?: return text
        val source = if (random.nextInt(4) == 0) spare.random(random) else text
        val to = some(QUOTED, source) ?: return text
        return text.replaceRange(from, source.substring(to))
    }

    private fun exchangeValue(text: String): String {
        val value = some(VALUE, text) ?: return text
        return text.replaceRange(value, VALUES.random(random))
    }

    private fun some(
        pattern: Regex,
        text: String,
    ): IntRange? =
        pattern
            .findAll(text)
            .map { it.range }
            .toList()
            .randomOrNull(random)

    private fun range(text: String): IntRange {
        val start = random.nextInt(text.length + 1)
        return start until minOf(text.length, start + random.nextInt(1, 1 + LENGTHS.random(random)))
    }

    private fun insertAt(
        at: Int,
        text: String,
        piece: String,
    ): String = text.take(at) + piece + text.drop(at)

    companion object {
        private val TIMES = listOf(1, 1, 1, 2, 4)
        private const val FEW = 4
        private val LENGTHS = listOf(1, 3, 20, 200, 2_000)
        private val QUOTED = Regex("\"[^\"\\\\]*+(?:\\\\.[^\"\\\\]*+)*+\"")
        private val VALUE = Regex("(?<=: )(?:\"[^\"\\\\]*+(?:\\\\.[^\"\\\\]*+)*+\"|[0-9.]+|true|null)")

        /** The last ones are more likely to leave something that is still a definition. */
        private val DAMAGES =
            listOf(
                HostileText::cut,
                HostileText::duplicate,
                HostileText::swap,
                HostileText::endEarly,
                HostileText::graft,
                HostileText::insert,
                HostileText::change,
            ) + List(FEW) { HostileText::insertInQuotes } + List(FEW) { HostileText::exchangeQuoted } +
                List(FEW) { HostileText::exchangeValue }

        private val CHARACTERS =
            listOf("\u0000", "\n", "\u001b", "\u202e", "\u2028", "\ud800", "\udc00", "\ufeff", "\u00a0", "٣", "ſ") +
                "\"\\\${}[]()'.,:=<>!-0eE \t".map(Char::toString)

        /** Pieces that parsers stumble over. */
        val SNIPPETS: List<String> =
            CHARACTERS +
                listOf(
                    "\${",
                    "\${}",
                    "\${a",
                    "\${a b}",
                    "\${workflow.output}",
                    "\${workflow.input[99999999999]}",
                    "\${workflow.input.a[0].b}",
                    "\${loop.item}",
                    "$\${",
                    "\${\${workflow.input}}",
                    "\${".repeat(500),
                    "\\u0000",
                    "\\ud800",
                    "\\n",
                    "1e999999999",
                    "-1e-999999999",
                    "9".repeat(5_000),
                    "0." + "0".repeat(900) + "1",
                    "(".repeat(1_000),
                    "(".repeat(1_000) + "true" + ")".repeat(1_000),
                    "not ".repeat(1_000),
                    "true or ".repeat(1_250),
                    "[".repeat(5_000),
                    "[".repeat(60) + "]".repeat(60),
                    "{\"a\":".repeat(2_000),
                    ", ".repeat(100),
                    "😀".repeat(300),
                    "/* */",
                )

        private val VALUES =
            listOf("null", "true", "[]", "{}", "0", "-1", "0.5", "1e400", "1E-400", "2147483648", "9007199254740993") +
                listOf(
                    "\"\"",
                    "\" \"",
                    "\"\\u0000\"",
                    "[[]]",
                    "[\"a\", \"a\"]",
                    "{\"a\": {}}",
                    "\"\${workflow.input}\"",
                )
    }
}
