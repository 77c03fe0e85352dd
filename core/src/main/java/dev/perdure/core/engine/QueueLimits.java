package dev.perdure.core.engine;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How many runs of a queue may begin, over all engines on a store. An immutable value.
 *
 * <pre>{@code
 * Engine.builder(store).queue("emails", QueueLimits.concurrency(4).rate(100, Duration.ofMinutes(1)))
 * }</pre>
 *
 * @param concurrency how many may be under way at once; null for any number
 * @param starts how many may begin within {@code period}, counted back from each moment; null for any number
 * @param period of the rate; null without one
 */
public record QueueLimits(
        @Nullable Integer concurrency,
        @Nullable Integer starts,
        @Nullable Duration period) {
    /** No limits: what waits in the queue begins in its order as soon as an engine has a place. */
    public static final QueueLimits NONE = new QueueLimits(null, null, null);

    public QueueLimits {
        if (concurrency != null && concurrency < 1) {
            throw new IllegalArgumentException("a queue's concurrency is " + concurrency + "; expected 1 or more");
        }
        if ((starts == null) != (period == null)) {
            throw new IllegalArgumentException(
                    "a queue's rate is a number of starts and a period; expected both or none");
        }
        if (starts != null && starts < 1) {
            throw new IllegalArgumentException("a queue's rate is " + starts + " starts; expected 1 or more");
        }
        if (period != null && period.toMillis() < 1) {
            throw new IllegalArgumentException("the period of a queue's rate is " + period + "; expected 1 ms or more");
        }
    }

    /** At most so many runs are under way at once: begun and not ended, be it that they wait or are paused. */
    public static QueueLimits concurrency(int most) {
        return new QueueLimits(most, null, null);
    }

    /** The same, and at most so many runs begin within any such period. */
    public QueueLimits rate(int most, Duration within) {
        return new QueueLimits(concurrency, most, within);
    }
}
