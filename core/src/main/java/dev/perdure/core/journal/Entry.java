package dev.perdure.core.journal;

import dev.perdure.core.Failure;
import dev.perdure.core.Path;
import dev.perdure.core.RunStatus;
import dev.perdure.core.StepStatus;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One outcome that later work may depend on. A run's state is the fold of its entries, in order; a resume is that fold.
 *
 * <p>Immutable.
 */
public sealed interface Entry {
    /** The node it is about; {@link Path#ROOT} for the run itself. */
    Path path();

    /** When it was decided. */
    Instant at();

    /** An attempt's start that has to be known: see {@link StepStatus#RUNNING}. The attempt's outcome takes its place. */
    record StepStarted(Path path, int attempt, Instant at) implements Entry {}

    /**
     * An attempt of a callback's request starts, with a token that it hands out. Every token that was ever given out is good,
     * so this stays.
     *
     * @param hash what the token is recognised by
     */
    record TokenIssued(Path path, int attempt, String hash, Instant at) implements Entry {}

    /**
     * An attempt succeeded; the step is done for ever.
     *
     * @param isUndoable whether it is to be undone where the run fails; of a step that workflow code asked for, as the
     *     definition tells it of any other
     */
    record StepCompleted(
            Path path, int attempt, Payload output, Changes changes, boolean isUndoable, Instant startedAt, Instant at)
            implements Entry {
        public StepCompleted(Path path, int attempt, Payload output, Changes changes, Instant startedAt, Instant at) {
            this(path, attempt, output, changes, false, startedAt, at);
        }
    }

    /**
     * An attempt failed.
     *
     * @param status FAILED or TIMED_OUT
     * @param retryAt when the next attempt is due; null when there is none and the step has failed
     */
    record StepFailed(
            Path path,
            int attempt,
            StepStatus status,
            Failure failure,
            @Nullable Instant retryAt,
            Instant startedAt,
            Instant at)
            implements Entry {}

    /** The engine stopped while the attempt was due; it may or may not have run. The next attempt is due at once. */
    record StepInterrupted(Path path, int attempt, Instant at) implements Entry {}

    /** The step was cancelled; attempt 0 when it had not started. */
    record StepCancelled(Path path, int attempt, Instant at) implements Entry {}

    /**
     * A node that holds others ended.
     *
     * @param kind the row's kind: of a block, or of a branch, clause, item or iteration
     * @param status COMPLETED, FAILED or CANCELLED
     * @param output what the block yields; null unless completed
     * @param changes the merged changes of a parallel block; none unless completed, and none for any other, whose steps
     *     hold them
     * @param failure why it failed; null unless failed
     * @param joinPolicy the join of a parallel block in words, null for any other
     */
    record BlockEnded(
            Path path,
            String kind,
            StepStatus status,
            @Nullable Payload output,
            Changes changes,
            @Nullable Failure failure,
            BlockSummary summary,
            @Nullable String joinPolicy,
            Instant startedAt,
            Instant at)
            implements Entry {}

    /**
     * A wait began. Its outcome takes its place.
     *
     * @param due when it ends by itself; null for never
     * @param detail in plain data: what it waits for, for those who list waits
     */
    record WaitStarted(Path path, @Nullable Instant due, Map<String, @Nullable Object> detail, Instant at)
            implements Entry {
        // Not the compact form: javac drops the null annotations of its parameter.
        public WaitStarted(Path path, @Nullable Instant due, Map<String, @Nullable Object> detail, Instant at) {
            this.path = path;
            this.due = due;
            this.detail = Collections.unmodifiableMap(new LinkedHashMap<>(detail));
            this.at = at;
        }

        /** Where and until when: no log ever shows a value. */
        @Override
        public String toString() {
            return "WaitStarted[" + path + " due " + due + "]";
        }
    }

    /**
     * A wait was over, by what it waited for or by its timeout.
     *
     * @param signals the numbers of the signals that it consumed, in the same transaction
     * @param isTimedOut whether it took as long as it may
     */
    record WaitCompleted(
            Path path, Payload output, List<Long> signals, boolean isTimedOut, Instant startedAt, Instant at)
            implements Entry {
        public WaitCompleted {
            signals = List.copyOf(signals);
        }
    }

    /** A remark for those who read the journal; it changes nothing. */
    record Warned(Path path, String message, Instant at) implements Entry {
        /** Where: no log ever shows a value. */
        @Override
        public String toString() {
            return "Warned[" + path + "]";
        }
    }

    /**
     * The run is to be cancelled; from here on no outcome but a cancelled one is accepted.
     *
     * @param failure why the run ends FAILED afterwards (its timeout); null when it ends CANCELLED
     */
    record CancelRequested(String reason, @Nullable Failure failure, Instant at) implements Entry {
        @Override
        public Path path() {
            return Path.ROOT;
        }

        /** When only: no log ever shows a value. */
        @Override
        public String toString() {
            return "CancelRequested[" + at + "]";
        }
    }

    /** A failed or cancelled run is to go on: what failed is due again, with its budget of attempts anew. */
    record RunRetried(Instant at) implements Entry {
        @Override
        public Path path() {
            return Path.ROOT;
        }
    }

    /** Nothing of the run is to start until it is resumed. */
    record RunPaused(String reason, Instant at) implements Entry {
        @Override
        public Path path() {
            return Path.ROOT;
        }

        /** When only: no log ever shows a value. */
        @Override
        public String toString() {
            return "RunPaused[" + at + "]";
        }
    }

    /** A paused run goes on. */
    record RunResumed(Instant at) implements Entry {
        @Override
        public Path path() {
            return Path.ROOT;
        }
    }

    /**
     * The run failed or was cancelled, and what its steps did is to be undone before it ends.
     *
     * @param status how it would have ended: FAILED or CANCELLED
     */
    record CompensationStarted(RunStatus status, @Nullable Failure failure, Instant at) implements Entry {
        @Override
        public Path path() {
            return Path.ROOT;
        }
    }

    /** The run reached its end. Kept in the run's own row, not among the journal's. */
    record RunEnded(
            RunStatus status,
            @Nullable Payload output,
            @Nullable Failure failure,
            Instant at) implements Entry {
        @Override
        public Path path() {
            return Path.ROOT;
        }
    }
}
