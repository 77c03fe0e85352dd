package dev.perdure.core.machine;

/** What a timer is for. */
public enum TimerKind {
    /** The delay before a step's next attempt is over. */
    BACKOFF,
    /** An attempt has run as long as it may. */
    STEP_TIMEOUT,
    /** An attempt has run so long that it is recorded as RUNNING. */
    LONG_RUNNING,
    /** A wait is over. */
    WAIT,
    /** A sequence has taken as long as it may. */
    SEQUENCE_TIMEOUT,
    /** The run has taken as long as it may. */
    RUN_TIMEOUT
}
