package dev.perdure.core.definition;

import dev.perdure.core.Path;
import dev.perdure.core.ValueType;
import org.jspecify.annotations.Nullable;

/**
 * The output of a node, to be read by bodies that run after it.
 *
 * @param <T> the output's type
 * @param node the node's path
 * @param type how the output is read
 */
public record Ref<T extends @Nullable Object>(Path node, ValueType<T> type) {}
