package dev.perdure.dsl.json

import dev.perdure.core.Names

/**
 * Where a value is in a JSON text: `$.steps.p.parallel_steps[1]`; a key of other characters is quoted, `$.steps["a
 * b"]`. Immutable; its text is made when it is asked for.
 */
internal class JsonPath private constructor(
    private val parent: JsonPath?,
    private val key: String?,
    private val index: Int,
) {
    /** The value of field [key] of the object here. */
    operator fun div(key: String): JsonPath = JsonPath(this, key, 0)

    /** The item at [index] of the list here. */
    operator fun get(index: Int): JsonPath = JsonPath(this, null, index)

    override fun toString(): String =
        generateSequence(this) { it.parent }
            .toList()
            .asReversed()
            .joinToString("") { it.segment() }

    private fun segment(): String =
        when {
            parent == null -> "$"
            key == null -> "[$index]"
            key.length <= Names.MAX_LENGTH && PLAIN.matches(key) -> ".$key"
            else -> "[${Names.quoted(key)}]"
        }

    companion object {
        val ROOT = JsonPath(null, null, 0)
        private val PLAIN = Regex("[A-Za-z0-9_-]+")
    }
}
