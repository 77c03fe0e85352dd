package dev.perdure.core.definition;

import dev.perdure.core.Path;
import org.jspecify.annotations.Nullable;

/**
 * Describes what each iteration of a loop does, and when the loop ends.
 *
 * @param <I> the type of the workflow's input
 */
public final class RepeatBuilder<I extends @Nullable Object> extends SequenceBuilder<I> {
    private final Path loop;
    private @Nullable Step until;
    private @Nullable Path result;

    RepeatBuilder(Build<I> build, Path loop, int depth, Retry retry) {
        super(build, loop.eachItem(), depth, retry);
        this.loop = loop;
    }

    /**
     * Ends the loop with the first iteration after which {@code condition} holds; one for a loop, as its last call. The
     * condition sees what the iteration yielded, and is recorded.
     */
    public Until<@Nullable Object> until(StepFunction<StepContext<I>, Boolean> condition) {
        end(condition);
        return new Until<@Nullable Object>(new Ref<@Nullable Object>(loop, ValueTypes.NOTHING));
    }

    /**
     * As {@link #until(StepFunction)}; the loop yields what {@code output} does in the last iteration.
     *
     * <pre>{@code
     * return r.until(status, s -> s.get(status).equals("done"));
     * }</pre>
     */
    public <T extends @Nullable Object> Until<T> until(Ref<T> output, StepFunction<StepContext<I>, Boolean> condition) {
        end(condition);
        result = output.node();
        return new Until<>(new Ref<>(loop, output.type()));
    }

    /**
     * The end of a loop: what its content has to return.
     *
     * @param <T> the type of what the loop yields
     */
    public static final class Until<T extends @Nullable Object> {
        private final Ref<T> output;

        private Until(Ref<T> output) {
            this.output = output;
        }

        Ref<T> output() {
            return output;
        }
    }

    private void end(StepFunction<StepContext<I>, Boolean> condition) {
        if (until != null) {
            shared().problems.add("loop \"" + loop + "\" has two untils; keep one");
        }
        until = condition(condition);
    }

    private Step condition(StepFunction<StepContext<I>, Boolean> condition) {
        return part(RepeatUntil.UNTIL, ValueTypes.CONDITION, s -> {
            boolean holds = condition.apply(s);
            return holds;
        });
    }

    /** The loop as it was described; only one that was not asked for its content has no condition. */
    RepeatUntil node(String name, int maxIterations) {
        Step end = until == null ? condition(s -> true) : until;
        return new RepeatUntil(name, new Sequence(name, nodes(), result), end, maxIterations);
    }
}
