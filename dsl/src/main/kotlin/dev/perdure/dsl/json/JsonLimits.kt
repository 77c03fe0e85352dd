package dev.perdure.dsl.json

import dev.perdure.core.ErrorCode
import dev.perdure.core.PerdureException
import dev.perdure.core.Plain

/**
 * How large a workflow in JSON may be. They are checked before the text costs memory or stack, so that a definition
 * from outside can do no harm. Immutable.
 *
 * @property bytes the longest text, in UTF-8
 * @property depth the deepest nesting of lists and objects in it, those of input mappings included; at most
 * [Plain.MAX_DEPTH]
 * @property steps the most steps
 * @throws PerdureException INVALID_ARGUMENT when one is below 1, or [depth] is above its maximum
 */
public class JsonLimits(
    public val bytes: Int = 1 shl 20,
    public val depth: Int = 64,
    public val steps: Int = 10_000,
) {
    init {
        require("bytes", bytes, Int.MAX_VALUE)
        require("depth", depth, Plain.MAX_DEPTH)
        require("steps", steps, Int.MAX_VALUE)
    }

    private fun require(
        what: String,
        value: Int,
        highest: Int,
    ) {
        if (value !in 1..highest) {
            throw PerdureException(
                ErrorCode.INVALID_ARGUMENT,
                "JSON limit: $what is $value; expected 1 to $highest",
            )
        }
    }

    override fun toString(): String = "JsonLimits(bytes=$bytes, depth=$depth, steps=$steps)"
}
