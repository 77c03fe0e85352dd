package dev.perdure.core.schedule;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * When an engine starts runs of a workflow by itself. An immutable value.
 *
 * <pre>{@code
 * Schedule.every(Duration.ofMinutes(15))
 * Schedule.cron("0 9 * * MON-FRI", ZoneId.of("Europe/Zurich")).catchUp(CatchUp.ALL)
 * }</pre>
 *
 * <p>What was missed while no engine was there is caught up on as {@link #catchUp()} says: {@link CatchUp#LATEST} unless
 * another is given. Times have a resolution of a millisecond.
 */
public sealed interface Schedule permits FixedDelay, Cron {
    /** The most times that {@link CatchUp#ALL} catches up on. */
    int MOST_CAUGHT_UP = 1_000;

    /**
     * A fixed delay: the first run is started one delay after the schedule was made, each further one a delay after the time of
     * the one before.
     *
     * @param delay from a millisecond to a hundred years; fractions of milliseconds are cut off
     * @throws dev.perdure.core.PerdureException INVALID_ARGUMENT for any other
     */
    static Schedule every(Duration delay) {
        return new FixedDelay(delay, CatchUp.LATEST);
    }

    /**
     * The times that a cron expression of five fields says: minute, hour, day of the month, month, day of the week (0 or 7 is
     * Sunday; names such as {@code MON} are allowed). Where both days are restricted, either is enough. It needs {@code
     * com.cronutils:cron-utils} on the class path.
     *
     * <p>Where the zone's clocks change, an expression whose hour does not begin with {@code *} names times of the day: each
     * counts once a day. One that the clocks jump over counts when they have jumped; one that comes twice, the first time. With
     * {@code *} for the hour it names times of the hour: those that are jumped over do not count, those that come twice count
     * twice.
     *
     * @throws dev.perdure.core.PerdureException INVALID_ARGUMENT for an expression that is not one, or that no time ever matches; or when
     *     cron-utils is absent
     */
    static Schedule cron(String expression, ZoneId zone) {
        return new Cron(expression, zone, CatchUp.LATEST);
    }

    /** What becomes of missed times. */
    CatchUp catchUp();

    /** The same times with another policy for missed ones. */
    Schedule catchUp(CatchUp policy);

    /**
     * The first time after {@code time}; null for none.
     *
     * @param time of a fixed delay, the time of a run that was started
     */
    @Nullable
    Instant next(Instant time);

    /** The latest time of the schedule up to {@code now}, which is not before {@code first}, one of its times. */
    Instant latest(Instant first, Instant now);

    /**
     * The times of the schedule from {@code first}, which is one of them, up to {@code now}, in order.
     *
     * @param most of more than so many, only the newest
     */
    default List<Instant> times(Instant first, Instant now, int most) {
        List<Instant> times = new ArrayList<>();
        Instant time = first;
        while (time != null && !time.isAfter(now) && times.size() <= most) {
            times.add(time);
            time = next(time);
        }
        if (times.size() <= most) {
            return times;
        }
        times.clear();
        time = now;
        for (int i = 0; i < most; i++) {
            time = latest(first, time);
            times.add(time);
            time = time.minusMillis(1);
        }
        Collections.reverse(times);
        return times;
    }

    /** The stored form: JSON. */
    default String toJson() {
        return ScheduleFormat.write(this);
    }

    /**
     * The inverse of {@link #toJson()}.
     *
     * @throws dev.perdure.core.PerdureException NOT_DECODABLE when {@code json} is not such a form, or names what is unknown here
     */
    static Schedule fromJson(String json) {
        return ScheduleFormat.read(json);
    }
}
