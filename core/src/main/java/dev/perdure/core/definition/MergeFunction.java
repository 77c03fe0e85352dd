package dev.perdure.core.definition;

import org.jspecify.annotations.Nullable;

/**
 * A merge in Java: reads the branches' changes and writes the merged ones.
 *
 * @param <I> the type of the workflow's input
 */
@FunctionalInterface
public interface MergeFunction<I extends @Nullable Object> {
    void merge(MergeContext<I> context) throws Exception;
}
