package dev.perdure.core;

/** How an attempt of a step, or a block as a whole, stands in the journal. Stored by name. */
public enum StepStatus {
    /** Started and watched: it runs longer than a second, is {@code atMostOnce}, or starts after a back-off. */
    RUNNING,
    /** A sleep, a wait for signals or a child run that has begun and has no outcome yet. */
    WAITING,
    COMPLETED,
    FAILED,
    TIMED_OUT,
    CANCELLED,
    /** The engine stopped after the attempt may have started and before its outcome was recorded. */
    INTERRUPTED,
    /** Not an outcome: a remark that the journal keeps, such as a merge conflict or a recorded request. */
    NOTED
}
