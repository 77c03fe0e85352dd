package dev.perdure.core.transfer;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.Names;
import dev.perdure.core.PerdureException;
import dev.perdure.core.journal.DefinitionRecord;
import dev.perdure.core.journal.Row;
import dev.perdure.core.journal.RunRecord;
import dev.perdure.core.journal.StoredSignal;
import dev.perdure.core.spi.Store;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that a store has of one run. Immutable.
 *
 * @param definition the text of the definition that it follows; null where the store keeps none
 * @param rows its journal, by seq
 * @param signals those that it was ever sent, by seq
 */
public record RunCopy(
        @Nullable DefinitionRecord definition, RunRecord run, List<Row> rows, List<StoredSignal> signals) {
    private static final int MOST_READS = 5;

    public RunCopy {
        rows = List.copyOf(rows);
        signals = List.copyOf(signals);
    }

    /**
     * Copies a run out of {@code store}. It is read again where an engine changed it meanwhile, so that its parts fit together.
     *
     * @throws PerdureException UNKNOWN_RUN; WRONG_STATUS when an engine is at work on it and does not let it rest
     */
    public static RunCopy of(Store store, String runId) {
        RunCopy copy = read(store, runId);
        for (int reads = 1; reads < MOST_READS; reads++) {
            RunCopy again = read(store, runId);
            if (again.equals(copy)) {
                return copy;
            }
            copy = again;
        }
        throw new PerdureException(
                ErrorCode.WRONG_STATUS,
                "run " + Names.quoted(runId)
                        + " changes while it is copied; wait for its end, or close the engine that runs it",
                runId,
                null,
                null);
    }

    private static RunCopy read(Store store, String runId) {
        RunRecord run = store.find(runId)
                .orElseThrow(() -> new PerdureException(
                        ErrorCode.UNKNOWN_RUN,
                        "there is no run " + Names.quoted(runId) + " in " + store.describe(),
                        runId,
                        null,
                        null));
        DefinitionRecord definition =
                store.definition(run.workflow(), run.version()).orElse(null);
        return new RunCopy(definition, run, store.journal(runId), store.storedSignals(runId));
    }

    /** Whether the other one has the same run, whenever its definition was saved. */
    boolean isSameRun(RunCopy other) {
        return run.equals(other.run) && rows.equals(other.rows) && signals.equals(other.signals);
    }
}
