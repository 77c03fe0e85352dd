package dev.perdure.core.machine;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.Failure;
import dev.perdure.core.Path;
import dev.perdure.core.definition.Step;
import org.jspecify.annotations.Nullable;

/** When a step is not started again that an engine stopped during. */
final class Interruptions {
    /** How many park a step. */
    private static final int MOST = 10;

    private Interruptions() {}

    /** Why the {@code count}th interruption is the step's failure; null where it is followed by another attempt. */
    static @Nullable Failure problem(Step step, int count, Path path) {
        if (step.isAtMostOnce()) {
            String why = "the engine stopped while the attempt ran; an atMostOnce step is not run"
                    + " again. Find out whether it took effect, then retry or cancel the run";
            return Failure.of(ErrorCode.STEP_INTERRUPTED, why, path);
        }
        if (count >= MOST) {
            String why = "the engine stopped " + MOST
                    + " times while this step ran; it may be what stops it. Mend the step, then retry the run";
            return Failure.of(ErrorCode.INTERRUPTED_TOO_OFTEN, why, path);
        }
        return null;
    }
}
