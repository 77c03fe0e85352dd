package dev.perdure.core.engine;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How a run is started. An immutable value.
 *
 * @param deadline when the run, however far it is, is cancelled and fails with TIMED_OUT; null for what its workflow says
 */
public record StartOptions(@Nullable Instant deadline) {
    /** Without a deadline of its own. */
    public static final StartOptions DEFAULT = new StartOptions(null);

    /** The run has to end by then; the workflow's timeout, where it is shorter, still counts. */
    public StartOptions deadline(Instant end) {
        return new StartOptions(end);
    }
}
