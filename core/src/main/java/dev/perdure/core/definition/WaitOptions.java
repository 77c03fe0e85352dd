package dev.perdure.core.definition;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How long a wait may take and what comes of it then. An immutable value.
 *
 * <pre>{@code
 * WaitOptions.DEFAULT.timeout(Duration.ofDays(7)).orElse(new Approval(false))
 * }</pre>
 *
 * @param timeout how long, from the moment that the run gets there, engine stops included; null for ever
 * @param defaultValue what the wait yields after its timeout
 * @param isFailing whether the wait fails with TIMED_OUT after its timeout
 */
public record WaitOptions(
        @Nullable Duration timeout, @Nullable Object defaultValue, boolean isFailing) {
    /** Waits for ever. */
    public static final WaitOptions DEFAULT = new WaitOptions(null, null, false);

    /** Waits for so long, and then yields null unless something else is said. */
    public WaitOptions timeout(Duration longest) {
        return new WaitOptions(longest, defaultValue, isFailing);
    }

    /** Yields {@code value} after the timeout; it is to be of the type that the wait yields. */
    public WaitOptions orElse(Object value) {
        return new WaitOptions(timeout, value, isFailing);
    }

    /** Fails with TIMED_OUT after the timeout. */
    public WaitOptions failOnTimeout() {
        return new WaitOptions(timeout, defaultValue, true);
    }
}
