package dev.perdure.core.spi;

import dev.perdure.core.journal.Row;
import dev.perdure.core.journal.RunRecord;
import dev.perdure.core.journal.RunUpdate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One run's part of a batch. */
public sealed interface Write {
    /** The run it is about. */
    String runId();

    /**
     * Inserts a run unless one with its id exists. A run that was {@link Reset} does not count as existing: the new one
     * takes its place, with a generation one greater than it had; {@link RunRecord#generation()} given here is ignored.
     */
    record StartRun(RunRecord run) implements Write {
        @Override
        public String runId() {
            return run.id();
        }
    }

    /**
     * Adds rows to a run's journal and updates the run. A row whose {@code seq} is there already is left as it is: only a
     * repeated commit meets one.
     *
     * @param rows in ascending order of seq
     * @param superseded the seqs of earlier rows that these take the place of; they are deleted
     * @param update null leaves the run's own row alone
     */
    record Append(
            String runId,
            List<Row> rows,
            List<Long> superseded,
            @Nullable RunUpdate update) implements Write {
        public Append {
            rows = List.copyOf(rows);
            superseded = List.copyOf(superseded);
        }
    }

    /** Forgets a run: deletes its journal and marks it RESET, without input and context. Nothing happens to an unknown one. */
    record Reset(String runId) implements Write {}
}
