package dev.perdure.core.engine;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.Names;
import dev.perdure.core.PerdureException;
import dev.perdure.core.definition.Workflow;
import dev.perdure.core.journal.DefinitionRecord;
import dev.perdure.core.journal.RunRecord;
import dev.perdure.core.spi.Lease;
import dev.perdure.core.spi.Write;
import dev.perdure.core.spi.WriteResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The texts that workflows were made of; keeps them in the store before any run is taken up. Immutable. */
final class DefinitionTexts {
    private final Map<Workflow<?, ?>, String> texts;

    DefinitionTexts(Map<Workflow<?, ?>, String> texts) {
        this.texts = Map.copyOf(texts);
    }

    /** Gives the lease back when it fails. */
    void save(EnginePlan plan, Lease lease) {
        if (texts.isEmpty()) {
            return;
        }
        boolean isSaved = false;
        try {
            List<Write> batch = new ArrayList<>();
            long now = plan.time().now().toEpochMilli();
            for (Map.Entry<Workflow<?, ?>, String> text : texts.entrySet()) {
                Workflow<?, ?> workflow = text.getKey();
                batch.add(new Write.SaveDefinition(
                        new DefinitionRecord(workflow.name(), workflow.version(), text.getValue(), now)));
            }
            plan.store().commit(lease, batch).forEach(DefinitionTexts::require);
            isSaved = true;
        } finally {
            if (!isSaved) {
                plan.store().release(lease);
            }
        }
    }

    private static void require(WriteResult result) {
        if (!result.isDone()) {
            RunRecord run = Objects.requireNonNull(result.run());
            throw new PerdureException(
                    ErrorCode.DEFINITION_CONFLICT,
                    "workflow " + Names.quoted(run.workflow()) + " version " + run.version()
                            + " is in the store with another text, which run " + Names.quoted(run.id()) + " ("
                            + run.status()
                            + ") follows; give the changed text a new version, or let its runs end first",
                    run.id(),
                    null,
                    null);
        }
    }
}
