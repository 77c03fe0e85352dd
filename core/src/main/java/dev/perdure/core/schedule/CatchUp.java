package dev.perdure.core.schedule;

/**
 * What becomes of a schedule's times at which no engine was there to start a run. A time counts as missed when it is noticed
 * more than a minute late.
 */
public enum CatchUp {
    /** They are passed over; the next run is started at the next time. */
    SKIP,
    /** One run is started for all of them, as that of the latest. */
    LATEST,
    /** A run is started for each of them, the oldest first; of more than {@value Schedule#MOST_CAUGHT_UP} only for the newest. */
    ALL
}
