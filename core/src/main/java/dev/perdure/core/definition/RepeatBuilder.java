package dev.perdure.core.definition;

import dev.perdure.core.Path;
import org.jspecify.annotations.Nullable;

/**
 * Describes the body of a loop that runs until a condition holds, and the condition.
 *
 * @param <I> the type of the workflow's input
 */
public final class RepeatBuilder<I extends @Nullable Object> extends SequenceBuilder<I> {
    private final Path loop;
    private final Retry retry;
    private @Nullable Step until;

    RepeatBuilder(Build<I> build, Path loop, int depth, Retry retry) {
        super(build, loop.eachItem(), depth, retry);
        this.loop = loop;
        this.retry = retry;
    }

    /** The loop ends after an iteration after which this holds. It is recorded like a step, and sees what the iteration did. */
    public void until(StepFunction<StepContext<I>, Boolean> condition) {
        if (until != null) {
            shared().problems.add("loop \"" + loop + "\" has two conditions; keep one until(…)");
        }
        until = Step.of(RepeatUntil.UNTIL, shared().stepBody(condition), ValueTypes.TRUTH, retry);
    }

    RepeatUntil node(String name, int maxIterations, @Nullable Path result) {
        Step condition = until;
        if (condition == null) {
            shared().problems.add("loop \"" + loop + "\" has no condition; say when it ends with until(…)");
            condition = Step.of(RepeatUntil.UNTIL, shared().stepBody(context -> true), ValueTypes.TRUTH, retry);
        }
        return new RepeatUntil(name, new Sequence(name, nodes(), result), condition, maxIterations);
    }
}
