package dev.perdure.core.definition;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A wait for a time, which is recorded when the wait begins. Either its duration or {@code until} is null.
 *
 * @param duration how long, from the moment that the run gets there
 * @param until yields the end in milliseconds since 1970; recorded under {@link #TIME}
 * @param isRelative whether {@code until} yields how many milliseconds to wait instead, from the moment of its record
 */
public record Sleep(
        String name, @Nullable Duration duration, @Nullable Step until, boolean isRelative) implements Node {
    /** The part of the node's path that a computed end is recorded under. */
    public static final String TIME = "time";

    @Override
    public String kind() {
        return "sleep";
    }

    @Override
    public <R> R match(Cases<R> cases) {
        return cases.sleep(this);
    }
}
