package dev.perdure.core.machine;

import dev.perdure.core.Failure;
import dev.perdure.core.Path;
import dev.perdure.core.RunStatus;
import dev.perdure.core.definition.Ask;
import dev.perdure.core.journal.Payload;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

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

    /**
     * Workflow code asked for something.
     *
     * @param code the path of the procedure or branch whose code it is
     * @param life which execution of the code by this machine it is
     * @param ask its number, by which it is answered
     */
    record Asked(Path code, int life, long ask, Ask what, Instant at) implements Event {}

    /** Workflow code does not wait for what it asked for any more. */
    record GaveUp(Path code, int life, long ask, Instant at) implements Event {}

    /** A timer came due. One that means nothing any more is ignored. */
    record TimerFired(Path path, int attempt, TimerKind kind, Instant at) implements Event {}

    /** A signal arrived, or was there before the run was taken up. A second event of one signal is ignored. */
    record SignalArrived(long seq, String name, Payload payload, Instant at) implements Event {}

    /** The child run of a call is durable, and goes on. */
    record ChildStarted(Path path, String childId, Instant at) implements Event {}

    /**
     * A child run ended, or could not be started.
     *
     * @param output null unless it completed
     * @param failure null where it completed
     */
    record ChildEnded(
            Path path,
            RunStatus status,
            @Nullable Payload output,
            @Nullable Failure failure,
            Instant at) implements Event {}

    /** The driver made a callback's token. */
    record TokenMade(Path path, int attempt, String hash, Instant at) implements Event {}

    /** Somebody wants nothing more of the run to start. */
    record PauseAsked(String reason, Instant at) implements Event {
        /** When only: no log ever shows a value. */
        @Override
        public String toString() {
            return "PauseAsked[" + at + "]";
        }
    }

    /** Somebody wants a paused run to go on. */
    record ResumeAsked(Instant at) implements Event {}

    /** Somebody wants the run cancelled. */
    record CancelAsked(String reason, Instant at) implements Event {
        /** When only: no log ever shows a value. */
        @Override
        public String toString() {
            return "CancelAsked[" + at + "]";
        }
    }

    /** Somebody wants a failed or cancelled run to go on. */
    record RetryAsked(Instant at) implements Event {}
}
