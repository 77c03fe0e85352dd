package dev.perdure.storage

import dev.perdure.core.journal.DefinitionRecord
import org.jetbrains.exposed.v1.jdbc.selectAll
import java.util.Optional

/** Reads the texts of definitions. Thread-safe. */
internal class DefinitionReader(
    private val sessions: Sessions,
) {
    fun find(
        name: String,
        version: Int,
    ): Optional<DefinitionRecord> = sessions.transaction { Optional.ofNullable(storedDefinition(name, version)) }

    fun all(): List<DefinitionRecord> =
        sessions.transaction {
            Definitions
                .selectAll()
                .orderBy(Definitions.name)
                .orderBy(Definitions.version)
                .map { it.toDefinition() }
        }
}
