package dev.perdure.core.schedule;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.Names;
import dev.perdure.core.PerdureException;
import java.time.Instant;
import java.time.ZoneId;
import org.jspecify.annotations.Nullable;

/**
 * See {@link Schedule#cron}.
 *
 * @param expression its five fields, with one space between any two
 */
public record Cron(String expression, ZoneId zone, CatchUp catchUp) implements Schedule {
    /** That an expression matches at all is found out from here on; a leap day is never more than eight years away. */
    private static final Instant REFERENCE = Instant.parse("2000-01-01T00:00:00Z");

    public Cron {
        expression = expression.strip().replaceAll("\\s+", " ");
        if (expression.length() > Names.MAX_LENGTH) {
            throw new PerdureException(
                    ErrorCode.INVALID_ARGUMENT,
                    "a cron expression has " + expression.length() + " characters; at most " + Names.MAX_LENGTH
                            + " are allowed");
        }
        if (times(expression, zone).next(REFERENCE) == null) {
            throw new PerdureException(
                    ErrorCode.INVALID_ARGUMENT,
                    "no time ever matches the cron expression " + Names.quoted(expression)
                            + "; see whether its days of the month exist in its months");
        }
    }

    private static CronTimes times(String expression, ZoneId zone) {
        try {
            return CronTimes.of(expression, zone);
        } catch (NoClassDefFoundError absent) {
            throw new PerdureException(
                    ErrorCode.INVALID_ARGUMENT,
                    "cron expressions need com.cronutils:cron-utils on the class path; add it, or use Schedule.every",
                    absent);
        }
    }

    @Override
    public Schedule catchUp(CatchUp policy) {
        return new Cron(expression, zone, policy);
    }

    @Override
    public @Nullable Instant next(Instant time) {
        return times(expression, zone).next(time);
    }

    @Override
    public Instant latest(Instant first, Instant now) {
        return times(expression, zone).latest(first, now);
    }
}
