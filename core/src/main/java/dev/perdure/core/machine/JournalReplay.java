package dev.perdure.core.machine;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.Failure;
import dev.perdure.core.Json;
import dev.perdure.core.Names;
import dev.perdure.core.Path;
import dev.perdure.core.PerdureException;
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
import org.jspecify.annotations.Nullable;

/** Rebuilds a run from what is recorded of it, row by row, without running anything. Confined to one thread. */
public final class JournalReplay {
    private static final String MEND =
            "). The run is blocked and keeps its journal; restore the row from a backup, or reset the run";

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
                snapshot(record),
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

    /**
     * Applies a row.
     *
     * @throws PerdureException INCOMPATIBLE, CORRUPT_ROW or NOT_DECODABLE
     */
    public void apply(Applied next) {
        try {
            machine.replay(next.entry(), next.isInSnapshot());
        } catch (PerdureException known) {
            throw known;
        } catch (RuntimeException unfit) {
            throw unfit(next.row(), unfit);
        }
    }

    /** A row whose checksum is right, and whose values are not what the node that it names works with. */
    private PerdureException unfit(Row row, RuntimeException why) {
        return new PerdureException(
                ErrorCode.CORRUPT_ROW,
                "run " + Names.quoted(record.id()) + ": journal row " + row.seq() + " of " + Names.quoted(row.path())
                        + " is damaged: it has values of a form that its node never records ("
                        + why.getClass().getSimpleName()
                        + MEND,
                record.id(),
                Path.parse(row.path()),
                why);
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

    @SuppressWarnings("unchecked") // keys of plain data are strings
    private static Context snapshot(RunRecord record) {
        if (record.context() == null) {
            return Context.EMPTY;
        }
        if (Json.read(record.context()) instanceof Map<?, ?> map) {
            return Context.of((Map<String, @Nullable Object>) map);
        }
        throw new PerdureException(
                ErrorCode.CORRUPT_ROW,
                "run " + Names.quoted(record.id()) + ": the snapshot of its context is damaged (it is no map" + MEND,
                record.id(),
                Path.ROOT,
                null);
    }
}
