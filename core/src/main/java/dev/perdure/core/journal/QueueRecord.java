package dev.perdure.core.journal;

import org.jspecify.annotations.Nullable;

/**
 * A queue and its limits (table {@code queues}).
 *
 * @param name not empty
 * @param concurrency how many of its runs may be under way at once; null for any number
 * @param rate how many of its runs may begin within {@code periodMillis}; null for any number
 * @param periodMillis counts back from each moment; 0 without a rate
 * @param updatedAt milliseconds since 1970 (UTC)
 */
public record QueueRecord(
        String name,
        @Nullable Integer concurrency,
        @Nullable Integer rate,
        long periodMillis,
        long updatedAt) {
    /** Whether another one has the same limits. */
    public boolean isLimitedAs(QueueRecord other) {
        return equals(new QueueRecord(other.name, other.concurrency, other.rate, other.periodMillis, updatedAt));
    }

    /** How many more may begin. */
    public int room(int underWay, int begunInPeriod) {
        int slots = concurrency == null ? Integer.MAX_VALUE : Math.max(0, concurrency - underWay);
        int starts = rate == null ? Integer.MAX_VALUE : Math.max(0, rate - begunInPeriod);
        return Math.min(slots, starts);
    }
}
