package dev.perdure.core.schedule;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.PerdureException;
import java.time.Duration;
import java.time.Instant;

/** See {@link Schedule#every}. */
public record FixedDelay(Duration delay, CatchUp catchUp) implements Schedule {
    private static final Duration LONGEST = Duration.ofDays(36_500);

    public FixedDelay {
        if (delay.compareTo(Duration.ofMillis(1)) < 0 || delay.compareTo(LONGEST) > 0) {
            throw new PerdureException(
                    ErrorCode.INVALID_ARGUMENT,
                    "a schedule cannot have a delay of " + delay + "; expected a millisecond to " + LONGEST.toDays()
                            + " days");
        }
        delay = Duration.ofMillis(delay.toMillis());
    }

    @Override
    public Schedule catchUp(CatchUp policy) {
        return new FixedDelay(delay, policy);
    }

    @Override
    public Instant next(Instant time) {
        return time.plus(delay);
    }

    @Override
    public Instant latest(Instant first, Instant now) {
        return first.plus(delay.multipliedBy(Duration.between(first, now).dividedBy(delay)));
    }
}
