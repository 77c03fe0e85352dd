package dev.perdure.core.definition;

import dev.perdure.core.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Nodes that run one after the other: a workflow's root, a branch of several nodes, a clause, the body of a loop.
 *
 * @param result the node whose output is the sequence's; null for none. Of a branch, whoever joins it knows the node
 */
public record Sequence(
        String name, List<Node> nodes, @Nullable Path result) implements Node {
    public Sequence {
        nodes = List.copyOf(nodes);
    }

    /** A sequence without an output of its own. */
    public Sequence(String name, List<Node> nodes) {
        this(name, nodes, null);
    }

    @Override
    public String kind() {
        return "sequence";
    }

    @Override
    public <R> R match(Cases<R> cases) {
        return cases.sequence(this);
    }
}
