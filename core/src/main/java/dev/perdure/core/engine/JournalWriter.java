package dev.perdure.core.engine;

import dev.perdure.core.Failure;
import dev.perdure.core.Json;
import dev.perdure.core.Path;
import dev.perdure.core.RunStatus;
import dev.perdure.core.definition.Workflow;
import dev.perdure.core.journal.Context;
import dev.perdure.core.journal.Entry;
import dev.perdure.core.journal.NodePlace;
import dev.perdure.core.journal.Payload;
import dev.perdure.core.journal.Row;
import dev.perdure.core.journal.RowFormat;
import dev.perdure.core.journal.RunUpdate;
import dev.perdure.core.spi.Write;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Turns the entries of one run into what the store is to write: numbered rows, and the run's own row. Confined to the strand. */
final class JournalWriter {
    /** Changes are cheap to replay; below this a snapshot is not worth its write. */
    private static final int SMALLEST_SNAPSHOT = 64 * 1024;

    private final String runId;
    private final Workflow<?, ?> workflow;
    /** Rows of attempts that are recorded as RUNNING; their outcome takes their place. */
    private final Map<Path, Long> runningRows = new HashMap<>();

    private RunStatus status;
    private long lastSeq;
    private long sinceSnapshot;
    private long snapshotSize;

    JournalWriter(String runId, Workflow<?, ?> workflow, RunStatus status) {
        this.runId = runId;
        this.workflow = workflow;
        this.status = status;
    }

    /** Takes note of a row that is in the journal already. */
    void recorded(Row row, Entry entry) {
        lastSeq = Math.max(lastSeq, row.seq());
        track(row, entry);
    }

    /** One append of all {@code entries}; the context is the one after them. */
    Write.Append write(List<Entry> entries, Context context) {
        List<Row> rows = new ArrayList<>(entries.size());
        List<Long> superseded = new ArrayList<>(0);
        Entry.RunEnded end = null;
        RunStatus before = status;
        for (Entry entry : entries) {
            if (entry instanceof Entry.RunEnded ended) {
                end = ended;
                status = ended.status();
                continue;
            }
            Row row = RowFormat.toRow(entry, ++lastSeq, place(entry.path()));
            Long running = runningRows.get(entry.path());
            if (running != null && !(entry instanceof Entry.Warned)) {
                superseded.add(running);
            }
            track(row, entry);
            rows.add(row);
            noteStatus(entry);
        }
        Instant at = entries.get(entries.size() - 1).at();
        boolean isGrown = sinceSnapshot > Math.max(SMALLEST_SNAPSHOT, snapshotSize);
        boolean isUpdated = end != null || isGrown || before != status;
        return new Write.Append(
                runId, rows, superseded, List.of(), isUpdated ? update(end, context, isGrown, at) : null, null);
    }

    private void noteStatus(Entry entry) {
        if (entry instanceof Entry.CancelRequested) {
            status = RunStatus.CANCELLING;
        } else if (entry instanceof Entry.RunRetried) {
            status = RunStatus.RUNNING;
        }
    }

    private void track(Row row, Entry entry) {
        if (entry instanceof Entry.StepStarted) {
            runningRows.put(entry.path(), row.seq());
        } else if (!(entry instanceof Entry.Warned)) {
            runningRows.remove(entry.path());
        }
        if (row.parentPath() == null && row.changes() != null) {
            sinceSnapshot += row.changes().length();
        }
    }

    private RunUpdate update(Entry.@Nullable RunEnded end, Context context, boolean isGrown, Instant at) {
        String snapshot = end != null || isGrown ? Json.write(context.toMap()) : null;
        if (snapshot != null) {
            snapshotSize = snapshot.length();
            sinceSnapshot = 0;
        }
        Payload output = end == null ? null : end.output();
        Failure failure = end == null ? null : end.failure();
        return new RunUpdate(
                status,
                output == null ? null : output.text(),
                failure == null ? null : Json.write(failure.toPlain()),
                snapshot,
                lastSeq,
                at.toEpochMilli(),
                end == null ? null : (Long) at.toEpochMilli(),
                null);
    }

    /** The run stops where it is, for a reason that somebody has to mend; its journal stays. */
    Write.Append stop(RunStatus stopped, Failure failure, Instant at) {
        status = stopped;
        String error = Json.write(failure.toPlain());
        return Write.Append.of(runId, RunUpdate.toStatus(stopped, error, at.toEpochMilli()));
    }

    /** The run goes on from another status. */
    Write.Append resume(RunStatus next, Instant at) {
        status = next;
        return Write.Append.of(runId, RunUpdate.toStatus(next, null, at.toEpochMilli()));
    }

    private NodePlace place(Path path) {
        NodePlace place = workflow.places().get(path);
        return place == null ? NodePlace.RUN : place;
    }
}
