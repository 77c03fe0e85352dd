package dev.perdure.samples.cli.server

/** An agent's work: from its input to its output, always the same. */
internal typealias AgentWork = (Map<String, Any?>) -> Map<String, Any?>

/** The input is not what an agent can work on, or it refuses it; another attempt is no use. */
internal class Refused(message: String) : RuntimeException(message)

/** The agents of the examples, by name: small, without a model behind them, and honest about it. */
internal val sampleAgents: Map<String, AgentWork> =
    mapOf(
        "summarise" to { input -> summary(text(input)) },
        "translate" to { input -> mapOf("text" to translated(text(input)), "language" to "de") },
        "classify" to { input -> topic(text(input)) },
        "report" to { input -> mapOf("parts" to input.keys.sorted(), "report" to lines(input)) },
        "split" to { input -> mapOf("sections" to sections(text(input))) },
        "score" to { input -> mapOf("score" to variety(text(input)), "words" to words(text(input)).size) },
        "assess" to { input -> assessment(input) },
        "publish" to { input -> mapOf("state" to "published", "sections" to input["sections"]) },
        "revise" to { input -> mapOf("state" to "sent back", "because" to input["because"]) },
        "archive" to { input -> mapOf("archived" to input["document"]) },
        "review-length" to { input -> review(words(text(input)).size >= 5, "it is too short") },
        "review-variety" to { input -> review(variety(text(input)) >= 0.5, "it says the same again and again") },
        "review-strict" to { input -> review('!' !in text(input), "it shouts") },
        "decide" to { input -> decision(input) },
    )

private val glossary =
    mapOf(
        "the" to "der",
        "a" to "ein",
        "is" to "ist",
        "and" to "und",
        "not" to "nicht",
        "good" to "gut",
        "work" to "Arbeit",
    )

private val topics = mapOf("money" to listOf("invoice", "price", "pay"), "travel" to listOf("train", "hotel", "flight"))

private val word = Regex("\\p{L}+")
private val sentenceEnd = Regex("(?<=[.!?])\\s+")
private val blankLine = Regex("\\n\\s*\\n")

private fun text(input: Map<String, Any?>): String =
    input["text"] as? String ?: throw Refused("expected a text as \"text\"")

private fun words(text: String): List<String> = word.findAll(text.lowercase()).map { it.value }.toList()

private fun summary(text: String): Map<String, Any?> =
    mapOf("summary" to text.trim().split(sentenceEnd).first(), "words" to words(text).size)

private fun translated(text: String): String = word.replace(text) { glossary[it.value.lowercase()] ?: it.value }

private fun topic(text: String): Map<String, Any?> {
    val found = words(text).toSet()
    val hits = topics.mapValues { (_, marks) -> marks.count { it in found } }
    val best = hits.maxBy { it.value }
    return mapOf("topic" to if (best.value == 0) "other" else best.key, "hits" to best.value)
}

private fun lines(input: Map<String, Any?>): String =
    input.entries
        .sortedBy {
            it.key
        }.joinToString("\n") { (name, value) -> "$name: $value" }

private fun sections(text: String): List<Map<String, Any?>> =
    text.trim().split(blankLine).mapIndexed { index, section -> mapOf("number" to index + 1, "text" to section.trim()) }

/** The share of words that are different ones, in hundredths. */
private fun variety(text: String): Double {
    val all = words(text)
    return if (all.isEmpty()) 0.0 else all.toSet().size * 100 / all.size / 100.0
}

private fun assessment(input: Map<String, Any?>): Map<String, Any?> {
    val scores = (input["scores"] as? List<*>)?.map { ((it as? Map<*, *>)?.get("score") as? Number)?.toDouble() }
    if (scores.isNullOrEmpty() || scores.any { it == null }) {
        throw Refused("expected a list of scores as \"scores\"")
    }
    return mapOf("lowest" to scores.filterNotNull().min(), "sections" to scores.size)
}

private fun review(
    isAccepted: Boolean,
    why: String,
): Map<String, Any?> = if (isAccepted) mapOf("verdict" to "accept") else throw Refused("rejected: $why")

private fun decision(input: Map<String, Any?>): Map<String, Any?> {
    val reviews = input["reviews"] as? Map<*, *> ?: throw Refused("expected an object as \"reviews\"")
    return mapOf(
        "accepted_by" to
            reviews
                .filterValues { it != null }
                .keys
                .map { "$it" }
                .sorted(),
        "of" to reviews.size,
    )
}
