package dev.perdure.storage

import dev.perdure.core.journal.DefinitionRecord
import dev.perdure.core.journal.RunRecord
import dev.perdure.core.spi.WriteResult
import org.jetbrains.exposed.v1.core.SortOrder
import org.jetbrains.exposed.v1.core.and
import org.jetbrains.exposed.v1.core.eq
import org.jetbrains.exposed.v1.jdbc.insertIgnore
import org.jetbrains.exposed.v1.jdbc.selectAll
import org.jetbrains.exposed.v1.jdbc.update

/** Keeps texts of definitions, in the transaction that is open. Stateless. */
internal object DefinitionWriter {
    fun save(definition: DefinitionRecord): WriteResult {
        if (isNew(definition) ||
            storedDefinition(definition.name(), definition.version())?.text() == definition.text()
        ) {
            return WriteResult.DONE
        }
        liveRunOf(definition)?.let { return WriteResult.inUse(it) }
        Definitions.update({
            (Definitions.name eq definition.name()) and (Definitions.version eq definition.version())
        }) {
            it[text] = definition.text()
            it[createdAt] = definition.createdAt()
        }
        return WriteResult.DONE
    }

    /** Another engine may be saving the same one right now: whoever commits first has saved it. */
    private fun isNew(definition: DefinitionRecord): Boolean =
        Definitions
            .insertIgnore {
                it[name] = definition.name()
                it[version] = definition.version()
                it[text] = definition.text()
                it[createdAt] = definition.createdAt()
            }.insertedCount == 1

    private fun liveRunOf(definition: DefinitionRecord): RunRecord? =
        Runs
            .selectAll()
            .where { (Runs.workflow eq definition.name()) and (Runs.version eq definition.version()) and OpenRuns }
            .orderBy(Runs.createdAt to SortOrder.ASC, Runs.id to SortOrder.ASC)
            .limit(1)
            .singleOrNull()
            ?.toRun()
}

internal fun storedDefinition(
    name: String,
    version: Int,
): DefinitionRecord? =
    Definitions
        .selectAll()
        .where { (Definitions.name eq name) and (Definitions.version eq version) }
        .singleOrNull()
        ?.toDefinition()
