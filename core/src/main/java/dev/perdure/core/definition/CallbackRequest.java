package dev.perdure.core.definition;

import org.jspecify.annotations.Nullable;

/**
 * Code in Java that hands a callback's token out.
 *
 * @param <I> the type of the workflow's input
 */
@FunctionalInterface
public interface CallbackRequest<I extends @Nullable Object> {
    void apply(StepContext<I> context, String token) throws Exception;
}
