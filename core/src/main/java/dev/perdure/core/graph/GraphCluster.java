package dev.perdure.core.graph;

import dev.perdure.core.Path;
import org.jspecify.annotations.Nullable;

/**
 * A frame around nodes: a loop's body, or a branch of several nodes.
 *
 * @param kind as {@link dev.perdure.core.definition.Node#kind()} says it; {@code branch} for a sequence
 * @param parent the id of the cluster around it; null for none
 */
public record GraphCluster(
        String id,
        String kind,
        Path path,
        String name,
        @Nullable String parent) {
    String label() {
        return kind.replace('_', ' ') + " " + name;
    }
}
