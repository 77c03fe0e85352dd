package dev.perdure.core.definition;

import dev.perdure.core.ValueType;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A body whose output is recorded.
 *
 * @param retry when a failed attempt is followed by another
 * @param timeout the longest that an attempt may take; null for ever
 * @param isAtMostOnce whether an interrupted attempt fails the step instead of being followed by another
 */
public record Step(
        String name,
        Body body,
        ValueType<?> output,
        Retry retry,
        @Nullable Duration timeout,
        boolean isAtMostOnce) implements Node {
    @Override
    public String kind() {
        return "step";
    }

    @Override
    public <R> R match(Cases<R> cases) {
        return cases.step(this);
    }
}
