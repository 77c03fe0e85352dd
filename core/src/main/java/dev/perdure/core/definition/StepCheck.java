package dev.perdure.core.definition;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds what a step's options, and any time limit, cannot be. */
final class StepCheck {
    /** The longest timeout or delay: a hundred years. */
    private static final Duration LONGEST = Duration.ofDays(36_500);

    private final List<String> problems;

    /** @param problems where they are put */
    StepCheck(List<String> problems) {
        this.problems = problems;
    }

    void check(Step step, String what) {
        requirePositive(what + ": timeout", step.timeout());
        if (step.isAtomic()) {
            checkAtomic(step, what);
        }
        Retry retry = step.retry();
        if (retry.maxAttempts() < 1) {
            problems.add(what + ": " + retry.maxAttempts() + " attempts; expected at least 1 (1 means no retry)");
        }
        if (retry.initial().isNegative()) {
            problems.add(what + ": negative retry delay " + retry.initial());
        }
        if (retry.cap() != null && retry.cap().isNegative()) {
            problems.add(what + ": negative retry cap " + retry.cap());
        }
        requireFinite(what + ": retry delay", retry.initial());
        requireFinite(what + ": retry cap", retry.cap());
        if (!(retry.factor() >= 1) || Double.isInfinite(retry.factor())) {
            problems.add(what + ": retry factor " + retry.factor() + "; expected 1 or more");
        }
        if (!(retry.jitter() >= 0 && retry.jitter() <= 1)) {
            problems.add(what + ": retry jitter " + retry.jitter() + "; expected 0 to 1");
        }
    }

    private void checkAtomic(Step step, String what) {
        if (step.timeout() == null) {
            problems.add(what + " is atomic and has no timeout; give it one, as it may hold up all that is recorded");
        }
        if (step.isAtMostOnce()) {
            problems.add(
                    what + " is atomic and atMostOnce; drop atMostOnce, as an interrupted atomic step left no effect");
        }
    }

    void requirePositive(String what, @Nullable Duration duration) {
        if (duration != null && (duration.isNegative() || duration.isZero())) {
            problems.add(what + " is " + duration + "; expected more than zero");
        }
        requireFinite(what, duration);
    }

    /** Longer ones overflow sums of milliseconds; who asks for them means for ever. */
    void requireFinite(String what, @Nullable Duration duration) {
        if (duration != null && duration.compareTo(LONGEST) > 0) {
            problems.add(what + " is " + duration + "; at most " + LONGEST.toDays() + " days are allowed");
        }
    }
}
