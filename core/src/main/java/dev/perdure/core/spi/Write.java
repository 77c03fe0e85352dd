package dev.perdure.core.spi;

import dev.perdure.core.journal.DefinitionRecord;
import dev.perdure.core.journal.QueueRecord;
import dev.perdure.core.journal.Row;
import dev.perdure.core.journal.RunRecord;
import dev.perdure.core.journal.RunUpdate;
import dev.perdure.core.journal.ScheduleRecord;
import dev.perdure.core.journal.SignalRecord;
import dev.perdure.core.journal.StoredSignal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A part of a batch. */
public sealed interface Write {
    /** The run it is about; empty for none. */
    String runId();

    /**
     * Inserts a run unless one with its id exists, or one that has not ended has its dedup key in its queue. A run that was {@link Reset} does not count as existing: the new one
     * takes its place, with a generation one greater than it had; {@link RunRecord#generation()} given here is ignored.
     *
     * @param rows the journal that the run starts with; empty for a new run
     */
    record StartRun(RunRecord run, List<Row> rows) implements Write {
        public StartRun {
            rows = List.copyOf(rows);
        }

        /** A run without a journal. */
        public StartRun(RunRecord run) {
            this(run, List.of());
        }

        @Override
        public String runId() {
            return run.id();
        }
    }

    /**
     * Adds a run just as another store had it, its generation and its consumed signals included. Refused where there is or was
     * a run with its id, or one that has not ended has its dedup key in its queue.
     *
     * @param rows in ascending order of seq
     * @param signals in ascending order of seq
     */
    record ImportRun(RunRecord run, List<Row> rows, List<StoredSignal> signals) implements Write {
        public ImportRun {
            rows = List.copyOf(rows);
            signals = List.copyOf(signals);
        }

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
     * @param consumed the seqs of the run's signals that these rows consume; they are kept, but are not read any more
     * @param update null leaves the run's own row alone
     * @param wakes the run that called this one and is to hear that it ended: it is due at once, and if it is not WAITING yet,
     *     then as soon as an update makes it so; null for none
     */
    record Append(
            String runId,
            List<Row> rows,
            List<Long> superseded,
            List<Long> consumed,
            @Nullable RunUpdate update,
            @Nullable String wakes)
            implements Write {
        public Append {
            consumed = List.copyOf(consumed);
            rows = List.copyOf(rows);
            superseded = List.copyOf(superseded);
        }

        /** Whether it changes nothing. */
        public boolean isEmpty() {
            return update == null && wakes == null && rows.isEmpty() && superseded.isEmpty() && consumed.isEmpty();
        }

        /** Only the run's own row changes. */
        public static Append of(String runId, RunUpdate update) {
            return new Append(runId, List.of(), List.of(), List.of(), update, null);
        }
    }

    /**
     * Adds a signal to those that wait for a run. It is given the next {@link SignalRecord#seq()}, and the run is due at once;
     * if it is not WAITING yet, then as soon as an update makes it so. A {@link SignalRecord#isCommand} makes a PAUSED run
     * RUNNING, so that an engine takes it up. Refused are a signal for a run that is unknown or has ended, one whose dedup key the
     * run has a signal of the same name with already, consumed or not, and one beyond {@code limit} signals that wait.
     */
    record Signal(String runId, SignalRecord signal, int limit) implements Write {}

    /** Adds a schedule, or replaces the one of its name. */
    record SaveSchedule(ScheduleRecord schedule) implements Write {
        @Override
        public String runId() {
            return "";
        }
    }

    /**
     * Notes that a schedule has started its runs up to a time: takes over {@code schedule}'s next and last time, if the schedule
     * of its name still has the same spec, input and workflow, and {@code expected} as its next time. Else nothing happens: another
     * engine did it, or the schedule was replaced or dropped.
     */
    record MoveSchedule(ScheduleRecord schedule, long expected) implements Write {
        /** Whether {@code stored} is the one that is to be moved. */
        public boolean fits(ScheduleRecord stored) {
            Long next = stored.nextAt();
            return next != null
                    && next == expected
                    && stored.spec().equals(schedule.spec())
                    && stored.workflow().equals(schedule.workflow())
                    && stored.input().equals(schedule.input());
        }

        @Override
        public String runId() {
            return "";
        }
    }

    /** Removes a schedule. Nothing happens to an unknown one. */
    record DropSchedule(String name) implements Write {
        @Override
        public String runId() {
            return "";
        }
    }

    /**
     * Keeps the text of a definition. The same text again does nothing. Another one takes its place, but is refused while a run
     * of this name and version has not ended: runs go on with what they were started with. Where a store {@link
     * Store#isShared()}, other engines may have the former text in memory; there, a changed text needs a new version.
     */
    record SaveDefinition(DefinitionRecord definition) implements Write {
        @Override
        public String runId() {
            return "";
        }
    }

    /**
     * Ends a run that waits for its time or its turn ({@link RunRecord#isHeldBack}). Refused is one that has begun, has ended or is
     * unknown; a repeated one is done.
     *
     * @param rows the journal that the run has then
     */
    record Withdraw(String runId, List<Row> rows, RunUpdate update) implements Write {
        public Withdraw {
            rows = List.copyOf(rows);
        }
    }

    /** Adds a queue with its limits, or replaces those of the one with its name. */
    record SaveQueue(QueueRecord queue) implements Write {
        @Override
        public String runId() {
            return "";
        }
    }

    /** Forgets a run: deletes its journal and signals and marks it RESET, without input and context. Nothing happens to an unknown one. */
    record Reset(String runId) implements Write {}

    /**
     * Deletes a run that has ended, with its journal and signals, as if it had never been. Refused is one that has not, and one
     * whose caller has not. Nothing happens to an unknown one.
     */
    record Purge(String runId) implements Write {}
}
