package dev.perdure.dsl.json

import dev.perdure.core.DefinitionException
import dev.perdure.core.Names

/** Collects what is wrong with one definition, so that all of it is reported at once; confined to one reading. */
internal class FileProblems {
    private val found = mutableListOf<String>()
    private var unsaid = 0

    val isEmpty: Boolean get() = found.isEmpty()

    /**
     * [step] is the id of the step that [path] is in, null for none; [what] says what is wrong and what is expected.
     */
    fun add(
        path: JsonPath,
        step: String?,
        what: String,
    ) = add(path, step) { what }

    /** As above, where to say it costs more than to find it. */
    fun add(
        path: JsonPath,
        step: String?,
        what: () -> String,
    ) {
        if (found.size == MAX_SAID) {
            unsaid++
            return
        }
        val where = if (step == null) "$path" else "step ${Names.quoted(step)} at $path"
        found += "$where: ${what()}"
    }

    /** [workflow] as the text calls it, null where it could not be read. */
    fun throwIfAny(workflow: String?) {
        if (found.isNotEmpty()) {
            val rest = if (unsaid == 0) emptyList() else listOf("… and $unsaid more problems")
            throw DefinitionException(workflow ?: "(no workflow_id)", found + rest)
        }
    }

    private companion object {
        /** Nobody reads more, and a hostile text could have one for each of its bytes. */
        const val MAX_SAID = 1_000
    }
}
