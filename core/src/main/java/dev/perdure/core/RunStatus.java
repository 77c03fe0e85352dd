package dev.perdure.core;

/** Where a run stands. Stored by name. */
public enum RunStatus {
    /** Started and durable, but waiting for a place among the active runs. */
    PENDING,
    /** Owned by an engine that works on it, or will as soon as it opens. */
    RUNNING,
    /** Nothing of it runs: it waits for a time, a signal or a child run, and need not be in memory. */
    WAITING,
    /** Somebody paused it: nothing of it starts until it is resumed. */
    PAUSED,
    /** A cancel is recorded; running bodies are being stopped. */
    CANCELLING,
    /** It failed or was cancelled, and what its steps did is being undone. */
    COMPENSATING,
    /** Ended with its output. */
    COMPLETED,
    /** Ended with a failure; {@code retry} goes on from the failed steps. */
    FAILED,
    /** Ended because it was cancelled. */
    CANCELLED,
    /** Ended with a failure, and all that was to be undone is. */
    COMPENSATED,
    /** Ended with a failure, and something that was to be undone is not; {@code retry} tries those compensations again. */
    COMPENSATION_FAILED,
    /** Its definition changed so that its journal no longer fits; goes on once a fitting definition is registered. */
    INCOMPATIBLE,
    /** Something recorded cannot be read (damaged row, undecodable value); goes on once that is mended. */
    BLOCKED,
    /** Forgotten by {@code reset}: the id may be started anew. */
    RESET;

    /** Whether no engine will move the run by itself any more. */
    public boolean isTerminal() {
        return switch (this) {
            case COMPLETED, FAILED, CANCELLED, COMPENSATED, COMPENSATION_FAILED, RESET -> true;
            case PENDING, RUNNING, WAITING, PAUSED, CANCELLING, COMPENSATING, INCOMPATIBLE, BLOCKED -> false;
        };
    }

    /** Whether the run stopped for a reason that somebody has to mend, its journal kept as it was. */
    public boolean isStopped() {
        return this == INCOMPATIBLE || this == BLOCKED;
    }
}
