package dev.perdure.core.engine;

import dev.perdure.core.Failure;
import dev.perdure.core.Json;
import dev.perdure.core.Path;
import dev.perdure.core.RunStatus;
import dev.perdure.core.journal.Context;
import dev.perdure.core.journal.Entry;
import dev.perdure.core.journal.NodePlace;
import dev.perdure.core.journal.Payload;
import dev.perdure.core.journal.Row;
import dev.perdure.core.journal.RowFormat;
import dev.perdure.core.journal.RunRecord;
import dev.perdure.core.journal.RunUpdate;
import dev.perdure.core.machine.RunMachine;
import dev.perdure.core.spi.Write;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Turns the entries of one run into what the store is to write: numbered rows, and the run's own row. Confined to the strand. */
final class JournalWriter {
    /** Changes are cheap to replay; below this a snapshot is not worth its write. */
    private static final int SMALLEST_SNAPSHOT = 64 * 1024;

    private final String runId;
    private final @Nullable String parent;
    private final Function<Path, NodePlace> places;
    /** Rows of attempts and waits that have begun; their outcome takes their place. */
    private final Map<Path, Long> begunRows = new HashMap<>();

    /** As it is recorded. */
    private RunStatus status;
    /** What the run's status is while it does not only wait. */
    private RunStatus active;

    private @Nullable Long wakeAt;
    /** Signals that were obeyed, and that the next write consumes. */
    private final List<Long> obeyed = new ArrayList<>(0);

    private long lastSeq;
    /** Rows up to this one are durable before {@link #write} comes to them. */
    private long recordedAhead;

    private long sinceSnapshot;
    private long snapshotSize;

    JournalWriter(RunRecord run, Function<Path, NodePlace> places) {
        this.runId = run.id();
        this.parent = run.parent();
        this.places = places;
        this.status = run.status() == RunStatus.PENDING ? RunStatus.RUNNING : run.status();
        this.active = status == RunStatus.WAITING ? RunStatus.RUNNING : status;
        this.wakeAt = run.wakeAt();
    }

    /** Takes note of a row that is in the journal already. */
    void recorded(Row row, Entry entry, boolean isInSnapshot) {
        lastSeq = Math.max(lastSeq, row.seq());
        track(row, entry);
        noteStatus(entry);
        if (isInSnapshot) {
            sinceSnapshot = 0;
        }
    }

    /** One append of all {@code entries}, not none; the context and the rest are those after them. */
    Write.Append write(List<Entry> entries, Context context, RunMachine.@Nullable Rest rest) {
        List<Row> rows = new ArrayList<>(entries.size());
        List<Long> superseded = new ArrayList<>(0);
        List<Long> consumed = new ArrayList<>(obeyed);
        obeyed.clear();
        Entry.RunEnded end = null;
        for (Entry entry : entries) {
            noteStatus(entry);
            if (entry instanceof Entry.RunEnded ended) {
                end = ended;
                continue;
            }
            if (entry instanceof Entry.WaitCompleted wait) {
                consumed.addAll(wait.signals());
            }
            Row row = RowFormat.toRow(entry, ++lastSeq, places.apply(entry.path()));
            Long begun = isOutcome(entry) ? begunRows.get(entry.path()) : null;
            track(row, entry);
            if (row.seq() <= recordedAhead) {
                continue;
            }
            if (begun != null && !rows.removeIf(other -> other.seq() == begun)) {
                superseded.add(begun);
            }
            rows.add(row);
        }
        Instant at = entries.get(entries.size() - 1).at();
        boolean wasWaiting = isWaiting();
        RunUpdate update = update(end, context, rest, at);
        if (update == null && wasWaiting) {
            update = unchanged(at); // rows for a run that waits must not make it anybody's where engines share a store
        }
        return new Write.Append(runId, rows, superseded, consumed, update, end == null ? null : parent);
    }

    /** Whether the run is recorded as one that only waits, or is about to be. */
    boolean isWaiting() {
        return status == RunStatus.WAITING;
    }

    private RunUpdate unchanged(Instant at) {
        return new RunUpdate(status, null, null, null, 0, at.toEpochMilli(), null, wakeAt);
    }

    /** The run does what a signal asks of it, which is used up by that. */
    void obeys(long signal) {
        obeyed.add(signal);
    }

    /** What has to be written for signals that were obeyed, and led to nothing that is. */
    Write.Append consumption(Instant at) {
        List<Long> consumed = List.copyOf(obeyed);
        obeyed.clear();
        return new Write.Append(runId, List.of(), List.of(), consumed, unchanged(at), null);
    }

    /** The rows that {@link #write} will make of these entries, which must be the next ones that it is given. */
    Write.Append ahead(List<Entry> entries) {
        List<Row> rows = new ArrayList<>(entries.size());
        List<Long> superseded = new ArrayList<>(0);
        for (Entry entry : entries) {
            rows.add(RowFormat.toRow(entry, lastSeq + 1 + rows.size(), places.apply(entry.path())));
            Long begun = isOutcome(entry) ? begunRows.get(entry.path()) : null;
            if (begun != null) {
                superseded.add(begun);
            }
        }
        return new Write.Append(runId, rows, superseded, List.of(), null, null);
    }

    /** What {@link #ahead} gave is durable. */
    void recordedAhead(Write.Append ahead) {
        recordedAhead = lastSeq + ahead.rows().size();
    }

    private void noteStatus(Entry entry) {
        if (entry instanceof Entry.RunEnded ended) {
            active = ended.status();
        } else if (entry instanceof Entry.CancelRequested) {
            active = RunStatus.CANCELLING;
        } else if (entry instanceof Entry.CompensationStarted) {
            active = RunStatus.COMPENSATING;
        } else if (entry instanceof Entry.RunPaused) {
            active = RunStatus.PAUSED;
        } else if (entry instanceof Entry.RunRetried || entry instanceof Entry.RunResumed) {
            active = RunStatus.RUNNING;
        }
    }

    private static boolean isOutcome(Entry entry) {
        return !(entry instanceof Entry.Warned || entry instanceof Entry.TokenIssued);
    }

    private void track(Row row, Entry entry) {
        if (entry instanceof Entry.StepStarted || entry instanceof Entry.WaitStarted) {
            begunRows.put(entry.path(), row.seq());
        } else if (isOutcome(entry)) {
            begunRows.remove(entry.path());
        }
        if (row.changes() != null) {
            sinceSnapshot += row.changes().length();
        }
    }

    /** How the run's own row changes; null for not at all. */
    private @Nullable RunUpdate update(
            Entry.@Nullable RunEnded end, Context context, RunMachine.@Nullable Rest rest, Instant at) {
        boolean isGrown = sinceSnapshot > Math.max(SMALLEST_SNAPSHOT, snapshotSize);
        RunMachine.Rest still = end == null ? rest : null;
        boolean isAtRest = still != null;
        boolean isSnapshot = end != null || isGrown || (isAtRest && sinceSnapshot > 0);
        RunStatus next = isAtRest && active == RunStatus.RUNNING ? RunStatus.WAITING : active;
        Long wake = still == null ? null : wakeOf(still);
        if (!isSnapshot && next == status && Objects.equals(wake, wakeAt)) {
            return null;
        }
        status = next;
        wakeAt = wake;
        String snapshot = isSnapshot ? Json.write(context.toMap()) : null;
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
                wake);
    }

    private static @Nullable Long wakeOf(RunMachine.Rest rest) {
        return rest.wake() == null ? null : (Long) rest.wake().toEpochMilli();
    }

    /** What has to be written for a run that only waits to be recorded as that; null where it is. */
    Write.@Nullable Append rest(Context context, RunMachine.Rest rest, Instant at) {
        RunUpdate update = update(null, context, rest, at);
        return update == null ? null : Write.Append.of(runId, update);
    }

    /** What the run waits for may have come: the store has made it due at once, if it is recorded as waiting. */
    void woken() {
        if (status == RunStatus.WAITING) {
            wakeAt = 0L;
        }
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
        active = next;
        wakeAt = null;
        return Write.Append.of(runId, RunUpdate.toStatus(next, null, at.toEpochMilli()));
    }
}
