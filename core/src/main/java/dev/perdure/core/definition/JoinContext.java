package dev.perdure.core.definition;

import dev.perdure.core.Codec;
import dev.perdure.core.ValueType;
import org.jspecify.annotations.Nullable;

/**
 * What a join in Java sees: all that a step does, and the outputs of the block's branches.
 *
 * @param <I> the type of the workflow's input
 */
public final class JoinContext<I extends @Nullable Object> extends StepContext<I> {
    JoinContext(BodyContext body, ValueType<I> inputType, Codec codec) {
        super(body, inputType, codec);
    }

    /**
     * A branch's output.
     *
     * @throws dev.perdure.core.PerdureException NO_VALUE when the branch failed or was cancelled, with its failure
     */
    public <T extends @Nullable Object> T get(Branch<T> branch) {
        return body().output(branch.value(), branch.type());
    }

    /** A branch's output; null when the branch failed or was cancelled. */
    public <T> @Nullable T getOrNull(Branch<T> branch) {
        return body().hasOutput(branch.value()) ? get(branch) : null;
    }
}
