package dev.perdure.core.definition;

import dev.perdure.core.Path;
import org.jspecify.annotations.Nullable;

/**
 * Describes what a loop does with each of its items, and how many of them at once.
 *
 * @param <I> the type of the workflow's input
 */
public final class LoopBuilder<I extends @Nullable Object> extends SequenceBuilder<I> {
    private int concurrency = 1;
    private ForEach.OnError onError = ForEach.OnError.FAIL_FAST;

    LoopBuilder(Build<I> build, Path path, int depth, Retry retry) {
        super(build, path, depth, retry);
    }

    /**
     * How many items may be active at once, at least 1; 1 unless said. With 1 an item sees what those before it wrote to the
     * context; with more, every item starts from the context before the loop.
     */
    public void concurrency(int most) {
        concurrency = most;
    }

    /** What a failed item does; FAIL_FAST unless said. */
    public void onError(ForEach.OnError policy) {
        onError = policy;
    }

    ForEach node(String name, Step items, @Nullable Path result) {
        return new ForEach(name, items, new Sequence(name, nodes(), result), concurrency, onError);
    }
}
