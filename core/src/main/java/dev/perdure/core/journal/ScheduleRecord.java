package dev.perdure.core.journal;

import org.jspecify.annotations.Nullable;

/**
 * A schedule as the store keeps it (table {@code schedules}). Times are milliseconds since 1970 (UTC).
 *
 * @param spec JSON: when it starts runs
 * @param input JSON of the input of the runs that it starts
 * @param nextAt when it starts the next run; null for never again
 * @param lastAt the time of the last run that it started; null for none yet
 */
public record ScheduleRecord(
        String name,
        String workflow,
        String spec,
        String input,
        @Nullable Long nextAt,
        @Nullable Long lastAt,
        long createdAt,
        long updatedAt) {}
