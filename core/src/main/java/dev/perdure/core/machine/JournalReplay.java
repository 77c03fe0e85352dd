package dev.perdure.core.machine;

import dev.perdure.core.Failure;
import dev.perdure.core.Json;
import dev.perdure.core.definition.Workflow;
import dev.perdure.core.journal.Context;
import dev.perdure.core.journal.Entry;
import dev.perdure.core.journal.Payload;
import dev.perdure.core.journal.Row;
import dev.perdure.core.journal.RowFormat;
import dev.perdure.core.journal.RunRecord;
import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Rebuilds a run from what is recorded of it, row by row, without running anything. Confined to one thread. */
public final class JournalReplay {
    private final RunRecord record;
    private final RunMachine machine;
    private final Iterator<Row> rows;

    /**
     * @param record the run's own row; its snapshot of the context stands for what the rows up to it changed
     * @param rows the run's journal, or a part from its begin
     */
    public JournalReplay(RunRecord record, Workflow<?, ?> workflow, List<Row> rows) {
        this.record = record;
        this.rows = rows.iterator();
        this.machine = new RunMachine(
                workflow,
                snapshot(record.context()),
                Instant.ofEpochMilli(record.beginsAt()),
                record.deadlineAt() == null ? null : Instant.ofEpochMilli(record.deadlineAt()));
    }

    /** A row that was applied. */
    public record Applied(Row row, Entry entry, boolean isInSnapshot) {}

    /** Decodes the next row; null when there is none. It is to be applied before the next one. */
    public @Nullable Applied next() {
        if (!rows.hasNext()) {
            return null;
        }
        machine.beginReplay();
        Row row = rows.next();
        boolean isInSnapshot = row.seq() <= record.contextSeq();
        return new Applied(
                row, RowFormat.toEntry(record.id(), row, isInSnapshot && row.parentPath() == null), isInSnapshot);
    }

    /** Applies a row. */
    public void apply(Applied next) {
        machine.replay(next.entry(), next.isInSnapshot());
    }

    /**
     * Applies all that is left, the run's end included.
     *
     * @return the machine in the state that the journal leads to, not live
     * @throws dev.perdure.core.PerdureException INCOMPATIBLE, CORRUPT_ROW or NOT_DECODABLE
     */
    public RunMachine toEnd() {
        machine.beginReplay();
        for (Applied each = next(); each != null; each = next()) {
            apply(each);
        }
        replayEnd();
        return machine;
    }

    /** Applies the run's recorded end, if it has one. */
    public void replayEnd() {
        if (record.status().isTerminal()) {
            Payload output = record.output() == null ? null : new Payload(record.output());
            Failure failure = record.error() == null ? null : Failure.fromPlain(Json.read(record.error()));
            machine.replayEnd(
                    new Entry.RunEnded(record.status(), output, failure, Instant.ofEpochMilli(record.updatedAt())));
        }
    }

    /** The machine as it is after what was applied. */
    public RunMachine machine() {
        return machine;
    }

    @SuppressWarnings("unchecked") // a context is stored as a map
    private static Context snapshot(@Nullable String text) {
        return text == null
                ? Context.EMPTY
                : Context.of((Map<String, @Nullable Object>) Objects.requireNonNull(Json.read(text)));
    }
}
