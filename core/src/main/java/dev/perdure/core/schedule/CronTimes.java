package dev.perdure.core.schedule;

import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinition;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import dev.perdure.core.ErrorCode;
import dev.perdure.core.Names;
import dev.perdure.core.PerdureException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The times of a cron expression in a zone. The library is only asked which local times match; what a change of the clocks
 * makes of them is decided here, so that a time is a time however one comes to it.
 *
 * <p>The only class that knows cron-utils. Confined to its caller.
 */
final class CronTimes {
    /** No zone changes its clocks more often between two leap days that are eight years apart. */
    private static final int MOST_TRANSITIONS = 200;

    private static final List<String> FIELDS = List.of("minute", "hour", "day of month", "month", "day of week");

    private final ExecutionTime local;
    private final ZoneRules rules;
    private final boolean isHourly;

    private CronTimes(ExecutionTime local, ZoneRules rules, boolean isHourly) {
        this.local = local;
        this.rules = rules;
        this.isHourly = isHourly;
    }

    static CronTimes of(String expression, ZoneId zone) {
        CronDefinition unix = CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX);
        CronParser parser = new CronParser(unix);
        try {
            ExecutionTime local = ExecutionTime.forCron(parser.parse(expression));
            boolean isHourly = expression.split(" ", -1)[1].startsWith("*");
            return new CronTimes(local, zone.getRules(), isHourly);
        } catch (IllegalArgumentException invalid) {
            throw new PerdureException(
                    ErrorCode.INVALID_ARGUMENT,
                    "cron expression " + Names.quoted(expression) + where(parser, expression) + ": "
                            + invalid.getMessage() + "; expected five fields: " + String.join(", ", FIELDS),
                    invalid);
        }
    }

    /** The field that is wrong, found by trying each by itself; empty where that does not tell. */
    private static String where(CronParser parser, String expression) {
        String[] fields = expression.split(" ", -1);
        int at = 0;
        for (int i = 0; fields.length == FIELDS.size() && i < fields.length; i++) {
            String[] single = {"*", "*", "*", "*", "*"};
            single[i] = fields[i];
            try {
                parser.parse(String.join(" ", single));
            } catch (IllegalArgumentException found) {
                return ", field " + (i + 1) + " (" + FIELDS.get(i) + ") at index " + at;
            }
            at += fields[i].length() + 1;
        }
        return "";
    }

    /** The first time after {@code time}; null for none. */
    @Nullable
    Instant next(Instant time) {
        Instant at = time;
        LocalDateTime behind = LocalDateTime.ofInstant(time, rules.getOffset(time));
        LocalDateTime match = nextLocal(afterRepeat(at, behind));
        for (int i = 0; i < MOST_TRANSITIONS; i++) {
            ZoneOffset offset = rules.getOffset(at);
            ZoneOffsetTransition change = rules.nextTransition(at);
            if (match == null || change == null || match.isBefore(change.getDateTimeBefore())) {
                return match == null ? null : match.toInstant(offset);
            }
            if (change.isGap() && !isHourly && isBetween(match, change)) {
                return change.getInstant();
            }
            at = change.getInstant();
            behind = afterRepeat(at, change.getDateTimeAfter().minusNanos(1));
            if (change.isOverlap() || !match.isAfter(behind)) {
                match = nextLocal(behind);
            }
        }
        return null;
    }

    private static boolean isBetween(LocalDateTime match, ZoneOffsetTransition gap) {
        return match.isBefore(gap.getDateTimeAfter());
    }

    /** Where the clocks were set back, the local times that come for the second time are over, unless they count twice. */
    private LocalDateTime afterRepeat(Instant at, LocalDateTime behind) {
        ZoneOffsetTransition change = rules.previousTransition(at.plusNanos(1));
        if (isHourly || change == null || !change.isOverlap()) {
            return behind;
        }
        LocalDateTime end = change.getDateTimeBefore().minusNanos(1);
        return behind.isBefore(end) ? end : behind;
    }

    private @Nullable LocalDateTime nextLocal(LocalDateTime behind) {
        return local.nextExecution(behind.atZone(ZoneOffset.UTC))
                .map(found -> found.toLocalDateTime())
                .orElse(null);
    }

    /** The latest time up to {@code now}, which is not before {@code first}, one of them. */
    Instant latest(Instant first, Instant now) {
        Instant found = first;
        Instant end = now; // no time is behind it, up to now
        while (found.isBefore(end)) {
            Instant middle = found.plusMillis(Duration.between(found, end).toMillis() / 2);
            Instant time = next(middle);
            if (time != null && !time.isAfter(end)) {
                found = time;
            } else {
                end = middle;
            }
        }
        return found;
    }
}
