package dev.perdure.core.machine;

import dev.perdure.core.Failure;
import dev.perdure.core.journal.Changes;
import dev.perdure.core.journal.Payload;

/** How a body ended. */
public sealed interface BodyOutcome {
    /** It returned. */
    record Completed(Payload output, Changes changes) implements BodyOutcome {}

    /**
     * It threw.
     *
     * @param isRetryable whether its retry policy deems this failure worth another attempt
     */
    record Failed(Failure failure, boolean isRetryable) implements BodyOutcome {}

    /** It ended, or was given up, after it was cancelled. */
    record Cancelled() implements BodyOutcome {}
}
