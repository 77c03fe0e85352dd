package dev.perdure.core.engine;

import dev.perdure.core.journal.Payload;
import dev.perdure.core.journal.ScheduleRecord;
import dev.perdure.core.schedule.CatchUp;
import dev.perdure.core.schedule.Schedule;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a schedule does when one or more of its times have come. Every part of it depends on what is stored and on the time
 * alone, so that one who does it again starts no other runs. Immutable.
 *
 * @param times those that runs are started for
 * @param isPassed whether some that had come are passed over
 * @param next the schedule's first time behind all of them; null for none
 */
record Firing(
        ScheduleRecord record,
        List<Instant> times,
        boolean isPassed,
        @Nullable Instant next) {
    /** A time that is noticed later than this was missed. */
    private static final Duration PUNCTUAL = Duration.ofMinutes(1);

    /** Of a schedule whose next time, {@code due}, is not after {@code now}. */
    static Firing of(ScheduleRecord record, Schedule schedule, Instant due, Instant now) {
        int most = schedule.catchUp() == CatchUp.ALL ? Schedule.MOST_CAUGHT_UP : 1;
        List<Instant> times = schedule.times(due, now, most);
        Instant last = times.get(times.size() - 1);
        boolean isMissed = last.plus(PUNCTUAL).isBefore(now);
        List<Instant> wanted = schedule.catchUp() == CatchUp.SKIP && isMissed ? List.of() : times;
        boolean isPassed = wanted.isEmpty() || wanted.get(0).isAfter(due);
        return new Firing(record, wanted, isPassed, schedule.next(last));
    }

    /** The id of the run of one of the times: the same for whoever starts it. */
    String runId(Instant time) {
        return record.name() + "@" + time;
    }

    Payload input() {
        return new Payload(record.input());
    }

    /** The schedule as it is once the runs are started. */
    ScheduleRecord done(Instant now) {
        Long last = times.isEmpty()
                ? record.lastAt()
                : (Long) times.get(times.size() - 1).toEpochMilli();
        return new ScheduleRecord(
                record.name(),
                record.workflow(),
                record.spec(),
                record.input(),
                next == null ? null : (Long) next.toEpochMilli(),
                last,
                record.createdAt(),
                now.toEpochMilli());
    }
}
