package dev.perdure.core.journal;

import dev.perdure.core.Failure;
import dev.perdure.core.Path;
import dev.perdure.core.RunStatus;
import dev.perdure.core.StepStatus;
import java.time.Instant;
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

    /** An attempt succeeded; the step is done for ever. */
    record StepCompleted(Path path, int attempt, Payload output, Changes changes, Instant startedAt, Instant at)
            implements Entry {}

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
     * @param kind {@code parallel} or {@code branch}
     * @param status COMPLETED, FAILED or CANCELLED
     * @param output what the block yields; null unless completed
     * @param changes the merged changes; none unless completed, and none for a branch, whose steps hold them
     * @param failure why it failed; null unless failed
     * @param joinPolicy the join in words, null for a branch
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

    /** A remark for those who read the journal; it changes nothing. */
    record Warned(Path path, String message, Instant at) implements Entry {}

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
    }

    /** A failed or cancelled run is to go on: what failed is due again, with its budget of attempts anew. */
    record RunRetried(Instant at) implements Entry {
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
