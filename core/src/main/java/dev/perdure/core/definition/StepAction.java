package dev.perdure.core.definition;

import org.jspecify.annotations.Nullable;

/**
 * Code in Java that a workflow runs and that returns nothing.
 *
 * @param <C> what it sees
 */
@FunctionalInterface
public interface StepAction<C> {
    void apply(C context) throws Exception;

    /** The same as a function, which returns null. */
    default StepFunction<C, @Nullable Object> asFunction() {
        return context -> {
            apply(context);
            return null;
        };
    }
}
