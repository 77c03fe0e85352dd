package dev.perdure.core.engine;

import dev.perdure.core.journal.ScheduleRecord;
import dev.perdure.core.schedule.Schedule;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A schedule of this engine. Guarded by the scheduler's lock. */
final class ScheduleEntry {
    ScheduleRecord record;
    /** Null for one that cannot be read here, or whose runs others start: it is kept, and does nothing. */
    final @Nullable Schedule schedule;

    boolean isFiring;
    /** Not before this, whatever is due. */
    @Nullable
    Instant pausedUntil;

    ScheduleEntry(ScheduleRecord record, @Nullable Schedule schedule) {
        this.record = record;
        this.schedule = schedule;
    }

    @Nullable
    Instant due() {
        return record.nextAt() == null ? null : Instant.ofEpochMilli(record.nextAt());
    }

    /** When to look at it; null for not at all. */
    @Nullable
    Instant wakesAt() {
        Instant due = due();
        if (due == null || schedule == null || isFiring) {
            return null;
        }
        return pausedUntil != null && pausedUntil.isAfter(due) ? pausedUntil : due;
    }
}
