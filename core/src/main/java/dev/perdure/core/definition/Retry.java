package dev.perdure.core.definition;

import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * When a failed attempt is followed by another, and after how long. An immutable value.
 *
 * <p>The budget counts failed attempts. It survives a crash, as does the delay before the next attempt; an attempt that a
 * crash interrupted is not taken from it.
 *
 * <pre>{@code
 * Retry.exponential(5, Duration.ofSeconds(1)).cap(Duration.ofMinutes(1)).jitter(0.2).retryIf(e -> e instanceof IOException)
 * }</pre>
 *
 * @param maxAttempts attempts in all, at least 1
 * @param backoff how delays grow
 * @param initial the delay before the second attempt
 * @param factor what an exponential delay is multiplied by each time
 * @param cap the longest delay; null for no limit
 * @param jitter how far a delay may be off, as a part of it: 0.2 for up to 20 % shorter or longer, never above the cap
 * @param condition which failures are worth another attempt
 */
public record Retry(
        int maxAttempts,
        Backoff backoff,
        Duration initial,
        double factor,
        @Nullable Duration cap,
        double jitter,
        Predicate<Throwable> condition) {
    /** One attempt only. */
    public static final Retry NONE = new Retry(1, Backoff.FIXED, Duration.ZERO, 1, null, 0, thrown -> true);

    /** The longest delay that anything can ask for, so that sums of it never overflow: ten years. */
    private static final Duration LONGEST = Duration.ofDays(3650);

    /** How delays grow. */
    public enum Backoff {
        FIXED,
        LINEAR,
        EXPONENTIAL
    }

    /** Attempts with the same delay between any two. */
    public static Retry fixed(int maxAttempts, Duration delay) {
        return new Retry(maxAttempts, Backoff.FIXED, delay, 1, null, 0, thrown -> true);
    }

    /** Delays of 1, 2, 3 … times {@code initial}. */
    public static Retry linear(int maxAttempts, Duration initial) {
        return new Retry(maxAttempts, Backoff.LINEAR, initial, 1, null, 0, thrown -> true);
    }

    /** Delays that start with {@code initial} and double each time. */
    public static Retry exponential(int maxAttempts, Duration initial) {
        return new Retry(maxAttempts, Backoff.EXPONENTIAL, initial, 2, null, 0, thrown -> true);
    }

    public Retry factor(double multiplier) {
        return new Retry(maxAttempts, backoff, initial, multiplier, cap, jitter, condition);
    }

    public Retry cap(Duration longest) {
        return new Retry(maxAttempts, backoff, initial, factor, longest, jitter, condition);
    }

    public Retry jitter(double part) {
        return new Retry(maxAttempts, backoff, initial, factor, cap, part, condition);
    }

    /** Only failures that {@code worthwhile} accepts are followed by another attempt; adds to earlier conditions. */
    public Retry retryIf(Predicate<Throwable> worthwhile) {
        return new Retry(maxAttempts, backoff, initial, factor, cap, jitter, condition.and(worthwhile));
    }

    /** Failures of these types, or with one of them as a cause, end the step at once. */
    @SafeVarargs
    @SuppressWarnings("varargs") // the types are only copied
    public final Retry notOn(Class<? extends Throwable>... types) {
        List<Class<? extends Throwable>> fatal = List.of(types);
        return retryIf(thrown -> {
            Throwable at = thrown;
            for (int depth = 0; at != null && depth < 20; depth++, at = at.getCause()) {
                for (Class<?> type : fatal) {
                    if (type.isInstance(at)) {
                        return false;
                    }
                }
            }
            return true;
        });
    }

    /**
     * The delay before the next attempt.
     *
     * @param failed how many attempts have failed, at least 1
     * @param draw a random number from 0 (inclusive) to 1, which decides the jitter
     */
    public Duration delayAfter(int failed, double draw) {
        double millis = atMostLongest(initial).toMillis() * growth(failed);
        double limit = atMostLongest(cap == null ? LONGEST : cap).toMillis();
        double capped = Math.min(millis, limit);
        double jittered = capped * (1 + jitter * (2 * draw - 1));
        return Duration.ofMillis(Math.round(Math.max(0, Math.min(jittered, limit))));
    }

    private static Duration atMostLongest(Duration duration) {
        return duration.compareTo(LONGEST) > 0 ? LONGEST : duration;
    }

    private double growth(int failed) {
        return switch (backoff) {
            case FIXED -> 1;
            case LINEAR -> failed;
            case EXPONENTIAL -> Math.pow(factor, failed - 1);
        };
    }
}
