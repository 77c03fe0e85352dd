package dev.perdure.core.definition;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a wait for a signal goes. An immutable value.
 *
 * <pre>{@code
 * SignalOptions.DEFAULT.timeout(Duration.ofDays(7)).otherwise("rejected")
 * }</pre>
 *
 * @param signal the signal's name; null for the node's own
 * @param timeout how long to wait; null for ever
 * @param otherwise what the wait yields when it timed out
 * @param failsOnTimeout whether the node fails with TIMED_OUT instead
 */
public record SignalOptions(
        @Nullable String signal,
        @Nullable Duration timeout,
        @Nullable Object otherwise,
        boolean failsOnTimeout) {
    /** The signal of the node's name, for ever. */
    public static final SignalOptions DEFAULT = new SignalOptions(null, null, null, false);

    /** Waits for a signal of another name than the node's. */
    public SignalOptions signal(String name) {
        return new SignalOptions(name, timeout, otherwise, failsOnTimeout);
    }

    /** Waits no longer than this, and then yields null, unless said otherwise. */
    public SignalOptions timeout(Duration longest) {
        return new SignalOptions(signal, longest, otherwise, failsOnTimeout);
    }

    /** Yields this when it timed out. */
    public SignalOptions otherwise(@Nullable Object value) {
        return new SignalOptions(signal, timeout, value, false);
    }

    /** Fails when it timed out. */
    public SignalOptions failOnTimeout() {
        return new SignalOptions(signal, timeout, null, true);
    }
}
