package dev.perdure.core.spi;

import java.time.Instant;

/**
 * The clock that everything in an engine goes by. Thread-safe.
 *
 * <p>Instants have a resolution of a millisecond, the store's.
 */
public interface Timekeeper extends AutoCloseable {
    /** The present time, in whole milliseconds. */
    Instant now();

    /** A count of nanoseconds that only ever grows, for measuring how long something took. */
    long nanoTime();

    /**
     * Calls {@code action} once, at {@code due} or as soon after it as possible, on a thread of the timekeeper's that it
     * must not hold up.
     *
     * @return cancels the call where it has not begun; idempotent
     */
    Runnable schedule(Instant due, Runnable action);

    /** Drops what is scheduled. */
    @Override
    void close();
}
