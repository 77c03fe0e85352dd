package dev.perdure.core.definition;

import org.jspecify.annotations.Nullable;

/**
 * Code in Java that a workflow runs with a value, and that returns nothing.
 *
 * @param <C> what it sees
 * @param <V> the value's type: a step's output that is undone, a callback's token
 */
@FunctionalInterface
public interface ValueAction<C, V extends @Nullable Object> {
    void apply(C context, V value) throws Exception;
}
