package dev.perdure.core.graph;

import dev.perdure.core.StepStatus;
import dev.perdure.core.graph.NodeState.Status;
import dev.perdure.core.journal.Row;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one node of a run, of one item in a loop.
 *
 * @param seq the newest row's; 0 where no row says it
 * @param way the clause or node that a choice or decision named; null for none
 */
record Recorded(
        Status status, int attempts, long seq, @Nullable String way) {
    static Recorded of(Row row, boolean isRunOver, @Nullable String way) {
        return new Recorded(status(row, isRunOver), row.attempt(), row.seq(), way);
    }

    private static Status status(Row row, boolean isRunOver) {
        Status open = row.status() == StepStatus.WAITING ? Status.WAITING : Status.RUNNING;
        return switch (row.status()) {
            case COMPLETED, NOTED -> Status.COMPLETED;
            case FAILED, TIMED_OUT -> row.retryAt() == null || isRunOver ? Status.FAILED : Status.RUNNING;
            case CANCELLED -> Status.CANCELLED;
            case RUNNING, WAITING, INTERRUPTED -> isRunOver ? Status.CANCELLED : open;
        };
    }

    Recorded withAttempts(int number) {
        return new Recorded(status, Math.max(attempts, number), seq, way);
    }

    boolean hasEnded() {
        return status == Status.COMPLETED || status == Status.FAILED || status == Status.CANCELLED;
    }

    boolean hasFailed() {
        return status == Status.FAILED;
    }
}
