package dev.perdure.dsl.json

/** A definition that can be read. */
internal class Accepted(
    val name: String,
    val text: String,
)

/**
 * A definition that is refused, with the beginning of each problem in [problems], which are all that there are. With
 * [schemaAccepts], a JSON Schema cannot see what is wrong: ids, places, references, expressions, keys that are there
 * twice.
 */
internal class Refused(
    val name: String,
    val text: String,
    val problems: List<String>,
    val schemaAccepts: Boolean,
)

/**
 * The definitions in `accepted.txt` and `refused-*.txt`. Each begins with `== name`; then comes its text, of which a
 * line `start x` says that the rest is only the steps, and x the first; then the problems, each a line that begins with
 * `->`.
 */
internal object Corpus {
    private val SECTION = Regex("(?m)^== ")

    val accepted: List<Accepted> =
        sections("accepted.txt").map { Accepted(nameOf(it), textOf(it)) } +
            Accepted("64 blocks inside each other", nestedBlocks(64))

    val refused: List<Refused> =
        listOf("texts", "fields", "blocks", "graphs", "references")
            .flatMap { sections("refused-$it.txt") }
            .map { section ->
                val problems = section.drop(1).filter { it.startsWith(PROBLEM) }.map { it.removePrefix(PROBLEM) }
                Refused(nameOf(section), textOf(section), problems, SCHEMA_ACCEPTS in section.first())
            }

    /** A definition with these [steps], which are JSON. */
    fun definition(
        start: String,
        steps: String,
    ): String =
        """{"workflow_id": "w", "name": "A workflow", "version": "1", "start_step": "$start", "steps": $steps}"""

    /** Conditionals, each in the branch of the one before, and an agent in the last. */
    fun nestedBlocks(levels: Int): String {
        val blocks =
            (1..levels).map {
                val condition = """"type": "conditional", "condition": {"expression": "true"}"""
                """"c$it": {"id": "c$it", $condition, "if_true_step": "c${it + 1}"}"""
            }
        val last = "c${levels + 1}"
        return definition(
            "c1",
            blocks.joinToString(prefix = "{", postfix = """, "$last": {"id": "$last", "agent_name": "run"}}"""),
        )
    }

    private fun sections(file: String): List<List<String>> {
        val text = checkNotNull(Corpus::class.java.getResource(file)) { "no resource $file" }.readText()
        return text.split(SECTION).drop(1).map { it.trimEnd('\n').lines() }
    }

    private fun nameOf(section: List<String>) = section.first().removeSuffix(SCHEMA_ACCEPTS)

    private fun textOf(section: List<String>): String {
        val lines = section.drop(1).filterNot { it.startsWith(PROBLEM) }
        val start = lines.firstOrNull()?.takeIf { it.startsWith(START) }?.removePrefix(START)
        return if (start == null) lines.joinToString("\n") else definition(start, lines.drop(1).joinToString("\n"))
    }

    private const val SCHEMA_ACCEPTS = " (schema accepts)"
    private const val PROBLEM = "-> "
    private const val START = "start "
}
