package dev.perdure.core.definition;

/**
 * How a loop treats its items. An immutable value.
 *
 * <pre>{@code
 * LoopOptions.DEFAULT.concurrency(8).onError(ForEach.OnError.CONTINUE)
 * }</pre>
 *
 * @param concurrency how many items may be active at once, at least 1
 */
public record LoopOptions(int concurrency, ForEach.OnError onError) {
    /** One item after the other; the first failure ends the loop. */
    public static final LoopOptions DEFAULT = new LoopOptions(1, ForEach.OnError.FAIL_FAST);

    public LoopOptions concurrency(int most) {
        return new LoopOptions(most, onError);
    }

    public LoopOptions onError(ForEach.OnError policy) {
        return new LoopOptions(concurrency, policy);
    }
}
