package dev.perdure.core.definition;

import org.jspecify.annotations.Nullable;

/**
 * Code in Java that undoes what a step did.
 *
 * @param <I> the type of the workflow's input
 * @param <T> the type of the step's output
 */
@FunctionalInterface
public interface CompensationAction<I extends @Nullable Object, T extends @Nullable Object> {
    void apply(StepContext<I> context, T output) throws Exception;
}
