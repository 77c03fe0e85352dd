package dev.perdure.core.engine;

import dev.perdure.core.EncodedText;
import dev.perdure.core.ErrorCode;
import dev.perdure.core.Names;
import dev.perdure.core.PerdureException;
import dev.perdure.core.journal.RunRecord;
import org.jspecify.annotations.Nullable;

/** The errors of calls that a run's status does not allow. */
final class Refusals {
    private Refusals() {}

    static PerdureException unknown(String runId) {
        return refusal(
                ErrorCode.UNKNOWN_RUN,
                runId,
                "the store has no run " + Names.quoted(runId) + "; it was never started, or was reset");
    }

    /** Why the run cannot be retried; null where it can. */
    static @Nullable PerdureException ofRetry(RunRecord run) {
        return switch (run.status()) {
            case FAILED, CANCELLED, COMPENSATION_FAILED, INCOMPATIBLE, BLOCKED -> null;
            case COMPENSATED -> undone(run);
            default -> notRetryable(run);
        };
    }

    static PerdureException notRetryable(RunRecord run) {
        return refusal(
                ErrorCode.WRONG_STATUS,
                run.id(),
                "run \"" + run.id() + "\" is " + run.status()
                        + "; only a run that is FAILED, CANCELLED, COMPENSATION_FAILED, INCOMPATIBLE or BLOCKED can be retried");
    }

    static PerdureException atWork(RunRecord run) {
        return refusal(
                ErrorCode.WRONG_STATUS,
                run.id(),
                "run \"" + run.id() + "\" is " + run.status()
                        + " and this engine is at work on it: it is being retried, or has just ended; wait for its outcome, and"
                        + " ask again if it is to be retried then");
    }

    static PerdureException elsewhere(RunRecord run) {
        return refusal(
                ErrorCode.OWNERSHIP_LOST,
                run.id(),
                "run \"" + run.id() + "\" is " + run.status()
                        + " and another engine has it; ask there, or once that engine is closed");
    }

    static PerdureException undone(RunRecord run) {
        return refusal(
                ErrorCode.WRONG_STATUS,
                run.id(),
                "run \"" + run.id() + "\" is " + run.status()
                        + " and what its steps did is undone, so it cannot go on; fork it, or reset it and start it anew");
    }

    /** A payload of the run cannot be decoded. */
    static PerdureException unreadable(RunRecord run, String text) {
        return refusal(
                ErrorCode.UNREADABLE_PAYLOAD,
                run.id(),
                "run " + Names.quoted(run.id()) + " has a payload that cannot be read: " + EncodedText.reason(text)
                        + ". Its journal is kept; give the engine the payload codec and keys that it was written with,"
                        + " and it goes on");
    }

    static PerdureException refusal(ErrorCode code, String runId, String message) {
        return new PerdureException(code, message, runId, null, null);
    }

    static PerdureException closed() {
        return new PerdureException(ErrorCode.ENGINE_CLOSED, "the engine is closed; open another one on the store");
    }

    /** For those who wait for a run that an engine had which was closed. */
    static PerdureException wasClosed() {
        return new PerdureException(
                ErrorCode.ENGINE_CLOSED, "the engine was closed; the run goes on when another one opens the store");
    }

    static PerdureException notTakenUp(String runId, RuntimeException failed) {
        return failed instanceof PerdureException known
                ? known
                : new PerdureException(
                        ErrorCode.INTERNAL, "run \"" + runId + "\" could not be taken up", runId, null, failed);
    }
}
