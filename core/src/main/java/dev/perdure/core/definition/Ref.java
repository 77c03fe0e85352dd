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
public record Ref<T extends @Nullable Object>(Path node, ValueType<T> type) {
    /**
     * Whether a body at {@code reader} may read this: only what holds the node's later nodes, so that no branch can look into a
     * sibling, whose output may or may not exist yet.
     */
    public boolean isReadableFrom(Path reader) {
        Path own = node.toString().lastIndexOf('#') > node.toString().lastIndexOf('/') ? node.parent() : node;
        Path holder = own == null ? null : own.parent();
        return holder == null || reader.inDefinition().startsWith(holder);
    }
}
