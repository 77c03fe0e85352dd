package dev.perdure.dsl.json

import dev.perdure.core.ErrorCode
import dev.perdure.core.PerdureException

/** How a workflow in JSON is read. Immutable: each function gives a changed copy. */
public class JsonOptions private constructor(
    internal val version: Int?,
    internal val limits: JsonLimits,
    internal val workflows: Set<String>?,
) {
    /**
     * The workflow's version as engines count them: runs go on with the one that they were started with. Needed where
     * the text's own version is not a whole number from 1, such as `2.1-beta`; give each changed text a higher one.
     *
     * @throws PerdureException INVALID_ARGUMENT below 1
     */
    public fun version(number: Int): JsonOptions {
        if (number < 1) {
            throw PerdureException(ErrorCode.INVALID_ARGUMENT, "version $number; versions start at 1")
        }
        return JsonOptions(number, limits, workflows)
    }

    /** How large the text may be. */
    public fun limits(most: JsonLimits): JsonOptions = JsonOptions(version, most, workflows)

    /**
     * The workflows that steps of type `sub_workflow` may name; any other is a problem of the text. Unless given, they
     * are looked for when a run gets there.
     */
    public fun workflows(names: Set<String>): JsonOptions = JsonOptions(version, limits, names.toSet())

    override fun toString(): String = "JsonOptions(version=$version, limits=$limits, workflows=$workflows)"

    public companion object {
        /** The text's own version, the standard limits, any workflow. */
        @JvmField
        public val DEFAULT: JsonOptions = JsonOptions(null, JsonLimits(), null)
    }
}
