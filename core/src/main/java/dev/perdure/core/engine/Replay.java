package dev.perdure.core.engine;

import dev.perdure.core.Failure;
import dev.perdure.core.Json;
import dev.perdure.core.RunStatus;
import dev.perdure.core.definition.Workflow;
import dev.perdure.core.journal.Context;
import dev.perdure.core.journal.Entry;
import dev.perdure.core.journal.Payload;
import dev.perdure.core.journal.Row;
import dev.perdure.core.journal.RowFormat;
import dev.perdure.core.journal.RunRecord;
import dev.perdure.core.machine.RunMachine;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A run rebuilt from what is recorded of it, without running anything.
 *
 * @param machine in the state that the journal leads to, not live yet
 * @param journal numbers what comes next
 */
record Replay(RunRecord record, Workflow<?, ?> workflow, RunMachine machine, JournalWriter journal) {
    /** A run without a journal. */
    static Replay fresh(RunRecord record, Workflow<?, ?> workflow) {
        return of(record, workflow, List.of());
    }

    /**
     * The run that {@code rows} lead to.
     *
     * @throws dev.perdure.core.PerdureException INCOMPATIBLE, CORRUPT_ROW or NOT_DECODABLE
     */
    static Replay of(RunRecord record, Workflow<?, ?> workflow, List<Row> rows) {
        Context snapshot = snapshot(record.context());
        RunMachine machine = new RunMachine(
                workflow, snapshot, Instant.ofEpochMilli(record.createdAt()), instant(record.deadlineAt()));
        JournalWriter journal = new JournalWriter(record, workflow);
        for (Row row : rows) {
            boolean isInSnapshot = row.seq() <= record.contextSeq();
            Entry entry = RowFormat.toEntry(record.id(), row, isInSnapshot && row.parentPath() == null);
            journal.recorded(row, entry, isInSnapshot);
            machine.replay(entry, isInSnapshot);
        }
        Entry.RunEnded end = end(record);
        if (end != null) {
            machine.replayEnd(end);
        }
        return new Replay(record, workflow, machine, journal);
    }

    private static @Nullable Instant instant(@Nullable Long millis) {
        return millis == null ? null : Instant.ofEpochMilli(millis);
    }

    @SuppressWarnings("unchecked") // a context is stored as a map
    private static Context snapshot(@Nullable String text) {
        return text == null
                ? Context.EMPTY
                : Context.of((Map<String, @Nullable Object>) Objects.requireNonNull(Json.read(text)));
    }

    private static Entry.@Nullable RunEnded end(RunRecord record) {
        if (!record.status().isTerminal()) {
            return null;
        }
        Payload output = record.output() == null ? null : new Payload(record.output());
        Failure failure = record.error() == null ? null : Failure.fromPlain(Json.read(record.error()));
        return new Entry.RunEnded(record.status(), output, failure, Instant.ofEpochMilli(record.updatedAt()));
    }
}
