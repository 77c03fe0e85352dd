package dev.perdure.core.definition;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A step's policies. An immutable value.
 *
 * <pre>{@code
 * StepOptions.DEFAULT.retry(Retry.fixed(3, Duration.ofSeconds(1))).timeout(Duration.ofSeconds(30))
 * }</pre>
 *
 * @param retry null takes that of the block or workflow around it
 * @param timeout the longest that an attempt may take; null for ever
 */
public record StepOptions(@Nullable Retry retry, @Nullable Duration timeout, boolean isAtMostOnce) {
    /** The retries of what is around it, no timeout, at least once. */
    public static final StepOptions DEFAULT = new StepOptions(null, null, false);

    public StepOptions retry(Retry policy) {
        return new StepOptions(policy, timeout, isAtMostOnce);
    }

    public StepOptions timeout(Duration longest) {
        return new StepOptions(retry, longest, isAtMostOnce);
    }

    /** An interrupted attempt fails the step with STEP_INTERRUPTED instead of being followed by another. */
    public StepOptions atMostOnce() {
        return new StepOptions(retry, timeout, true);
    }
}
