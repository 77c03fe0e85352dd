package dev.perdure.core.machine;

import dev.perdure.core.Failure;
import dev.perdure.core.journal.Changes;
import dev.perdure.core.journal.Payload;
import java.util.List;

/** How a body ended. */
public sealed interface BodyOutcome {
    /**
     * It returned.
     *
     * @param warnings its remarks for the journal
     */
    record Completed(Payload output, Changes changes, List<String> warnings) implements BodyOutcome {
        public Completed {
            warnings = List.copyOf(warnings);
        }

        /** Without remarks. */
        public Completed(Payload output, Changes changes) {
            this(output, changes, List.of());
        }

        /** The sizes only: no log ever shows a value. */
        @Override
        public String toString() {
            return "Completed[" + output + ", " + changes + ", " + warnings.size() + " warnings]";
        }
    }

    /**
     * It threw.
     *
     * @param isRetryable whether its retry policy deems this failure worth another attempt
     */
    record Failed(Failure failure, boolean isRetryable) implements BodyOutcome {}

    /** It ended, or was given up, after it was cancelled. */
    record Cancelled() implements BodyOutcome {}
}
