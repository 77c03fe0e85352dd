package dev.perdure.core.definition;

import dev.perdure.core.Codec;
import dev.perdure.core.ValueType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a merge function in Java sees: the context as it was before the block, and what each branch changed. What it
 * writes is what the block changes.
 *
 * @param <I> the type of the workflow's input
 */
public final class MergeContext<I extends @Nullable Object> extends StepContext<I> {
    MergeContext(BodyContext body, ValueType<I> inputType, Codec codec) {
        super(body, inputType, codec);
    }

    /** The block's branches, in declaration order. */
    public List<BranchResult> branches() {
        return body().branches();
    }
}
