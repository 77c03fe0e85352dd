package dev.perdure.dsl.json

import dev.perdure.core.DefinitionException
import dev.perdure.core.definition.Workflow
import dev.perdure.core.journal.DefinitionRecord
import java.util.Collections

/** What a store's texts are as workflows; see [JsonWorkflows.stored]. Immutable. */
public class StoredWorkflows internal constructor(
    workflows: List<Workflow<Any?, Any?>>,
    unusable: Map<DefinitionRecord, DefinitionException>,
) {
    /** By name and then version. */
    @get:JvmName("workflows")
    public val workflows: List<Workflow<Any?, Any?>> = Collections.unmodifiableList(ArrayList(workflows))

    /** The texts that are no workflows here, and why. An engine leaves their runs as they are. */
    @get:JvmName("unusable")
    public val unusable: Map<DefinitionRecord, DefinitionException> =
        Collections.unmodifiableMap(
            LinkedHashMap(unusable),
        )
}
