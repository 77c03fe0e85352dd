package dev.perdure.core.definition;

import dev.perdure.core.Path;
import dev.perdure.core.ValueType;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A body whose output is recorded.
 *
 * @param retry when a failed attempt is followed by another
 * @param timeout the longest that an attempt may take; null for ever
 * @param isAtMostOnce whether an interrupted attempt fails the step instead of being followed by another
 * @param compensation undoes what the step did, where the run fails or is cancelled later; recorded under {@link
 *     #COMPENSATION}; null for none
 */
public record Step(
        String name,
        Body body,
        ValueType<?> output,
        Retry retry,
        @Nullable Duration timeout,
        boolean isAtMostOnce,
        @Nullable Step compensation)
        implements Node {
    /** The part of the step's path that its compensation is recorded under. */
    public static final String COMPENSATION = "compensation";

    /** The path of the step that the compensation at {@code path} undoes; null where that is no compensation's. */
    public static @Nullable Path undone(Path path) {
        String text = path.toString();
        String part = "#" + COMPENSATION;
        return text.endsWith(part) ? Path.parse(text.substring(0, text.length() - part.length())) : null;
    }

    /** A step that is tried as {@code retry} says, as often as interruptions want, and cannot be undone. */
    public static Step of(String name, Body body, ValueType<?> output, Retry retry) {
        return new Step(name, body, output, retry, null, false, null);
    }

    /** The same step with {@code undo} as its compensation. */
    public Step compensatedBy(Step undo) {
        return new Step(name, body, output, retry, timeout, isAtMostOnce, undo);
    }

    /** Whether the body runs in the transaction that records its result. */
    public boolean isAtomic() {
        return body instanceof AtomicBody;
    }

    @Override
    public String kind() {
        return "step";
    }

    @Override
    public <R> R match(Cases<R> cases) {
        return cases.step(this);
    }
}
