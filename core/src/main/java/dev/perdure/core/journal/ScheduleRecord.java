package dev.perdure.core.journal;

import java.util.function.UnaryOperator;
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
        long updatedAt) {
    /** The same schedule with its input in another form. */
    public ScheduleRecord recoded(UnaryOperator<String> form) {
        return new ScheduleRecord(name, workflow, spec, form.apply(input), nextAt, lastAt, createdAt, updatedAt);
    }

    /** What it starts and when only: no log ever shows a value. */
    @Override
    public String toString() {
        return "ScheduleRecord[" + name + " of " + workflow + ", next at " + nextAt + "]";
    }
}
