package dev.perdure.core.engine;

import dev.perdure.core.journal.ScheduleRecord;
import dev.perdure.core.schedule.Schedule;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A schedule as the store has it.
 *
 * @param spec the stored form of {@link #schedule()}
 * @param nextAt the time of the next run; null for never again
 * @param lastAt the time of the last run that was due and not passed over; null for none yet
 */
public record ScheduledWorkflow(
        String name,
        String workflow,
        String spec,
        @Nullable Instant nextAt,
        @Nullable Instant lastAt) {
    static ScheduledWorkflow of(ScheduleRecord stored) {
        return new ScheduledWorkflow(
                stored.name(), stored.workflow(), stored.spec(), instant(stored.nextAt()), instant(stored.lastAt()));
    }

    private static @Nullable Instant instant(@Nullable Long millis) {
        return millis == null ? null : Instant.ofEpochMilli(millis);
    }

    /**
     * When it starts runs.
     *
     * @throws dev.perdure.core.PerdureException NOT_DECODABLE when what is stored is not known to this version
     */
    public Schedule schedule() {
        return Schedule.fromJson(spec);
    }
}
