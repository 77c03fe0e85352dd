package dev.perdure.core.definition;

import dev.perdure.core.Path;
import dev.perdure.core.ValueType;
import org.jspecify.annotations.Nullable;

/**
 * The output of one branch of a parallel block, to be read in the block's join and nowhere else: its siblings must not
 * depend on it.
 *
 * @param <T> the output's type
 * @param node the branch's path, which its failure is kept under
 * @param value the path of the node whose output is the branch's: the branch itself, or the last step of its sequence
 * @param type how the output is read
 */
public record Branch<T extends @Nullable Object>(Path node, Path value, ValueType<T> type) {}
