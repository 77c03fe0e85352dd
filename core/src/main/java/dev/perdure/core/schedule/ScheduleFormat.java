package dev.perdure.core.schedule;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.Json;
import dev.perdure.core.PerdureException;
import dev.perdure.core.Plain;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The stored form of schedules: what this writes, every later version reads. */
final class ScheduleFormat {
    private static final String EVERY = "every";
    private static final String CRON = "cron";
    private static final String ZONE = "zone";
    private static final String CATCH_UP = "catchUp";

    private ScheduleFormat() {}

    static String write(Schedule schedule) {
        Map<String, @Nullable Object> plain = new LinkedHashMap<>();
        if (schedule instanceof FixedDelay fixed) {
            plain.put(EVERY, fixed.delay().toMillis());
        } else if (schedule instanceof Cron cron) {
            plain.put(CRON, cron.expression());
            plain.put(ZONE, cron.zone().getId());
        } else {
            throw new PerdureException(ErrorCode.INTERNAL, "no stored form for " + schedule.getClass());
        }
        plain.put(CATCH_UP, schedule.catchUp().name());
        return Json.write(Plain.of(plain));
    }

    static Schedule read(String json) {
        Object plain = Json.read(json);
        try {
            if (plain instanceof Map<?, ?> map && map.get(CATCH_UP) instanceof String policy) {
                CatchUp catchUp = CatchUp.valueOf(policy);
                if (map.get(EVERY) instanceof Long millis) {
                    return new FixedDelay(Duration.ofMillis(millis), catchUp);
                }
                if (map.get(CRON) instanceof String expression && map.get(ZONE) instanceof String zone) {
                    return new Cron(expression, ZoneId.of(zone), catchUp);
                }
            }
        } catch (IllegalArgumentException | DateTimeException | PerdureException unknown) {
            throw unreadable(": " + unknown.getMessage(), unknown);
        }
        throw unreadable("", null);
    }

    private static PerdureException unreadable(String why, @Nullable Throwable cause) {
        return new PerdureException(
                ErrorCode.NOT_DECODABLE, "a stored schedule is not in a form that is known here" + why, cause);
    }
}
