package dev.perdure.core.definition;

/**
 * A body that runs at least once, and again until a condition holds. Iteration {@code i} has the path {@code name[i]} and
 * sees what those before it wrote to the context. The loop's output is that of its last iteration.
 *
 * @param until yields whether that was the last iteration; recorded under the iteration's {@link #UNTIL}
 * @param maxIterations the loop fails with LIMIT_EXCEEDED when the condition does not hold after so many
 */
public record RepeatUntil(String name, Sequence body, Step until, int maxIterations) implements Node {
    /** The part of an iteration's path that its condition is recorded under. */
    public static final String UNTIL = "until";

    @Override
    public String kind() {
        return "repeat_until";
    }

    @Override
    public <R> R match(Cases<R> cases) {
        return cases.repeatUntil(this);
    }
}
