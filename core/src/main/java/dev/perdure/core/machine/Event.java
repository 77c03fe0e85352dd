package dev.perdure.core.machine;

import dev.perdure.core.Path;
import java.time.Instant;

/** Something that happened to a live run. */
public sealed interface Event {
    /** When it happened. */
    Instant at();

    /**
     * An attempt's body ended.
     *
     * @param startedAt when it was started
     * @param draw a random number from 0 (inclusive) to 1, for the jitter of a delay that may follow
     */
    record BodyEnded(Path path, int attempt, BodyOutcome outcome, Instant startedAt, Instant at, double draw)
            implements Event {}

    /** A timer came due. One that means nothing any more is ignored. */
    record TimerFired(Path path, int attempt, TimerKind kind, Instant at) implements Event {}

    /** Somebody wants the run cancelled. */
    record CancelAsked(String reason, Instant at) implements Event {}

    /** Somebody wants a failed or cancelled run to go on. */
    record RetryAsked(Instant at) implements Event {}
}
