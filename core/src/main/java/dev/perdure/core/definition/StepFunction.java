package dev.perdure.core.definition;

import org.jspecify.annotations.Nullable;

/**
 * Code in Java that a workflow runs.
 *
 * @param <C> what it sees
 * @param <T> what it returns
 */
@FunctionalInterface
public interface StepFunction<C, T extends @Nullable Object> {
    T apply(C context) throws Exception;
}
