package dev.perdure.core.definition;

import dev.perdure.core.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Nodes that run one after the other: a workflow's root, a branch of several nodes, a clause, the body of a loop.
 *
 * @param result the node whose output is the sequence's; null for none. Of a branch, whoever joins it knows the node
 * @param timeout how long it may take from its begin, stops and crashes included: then it fails with TIMED_OUT, and so does the
 *     step or wait that it is at; null for ever, and for the root, whose time is the workflow's
 */
public record Sequence(
        String name,
        List<Node> nodes,
        @Nullable Path result,
        @Nullable Duration timeout) implements Node {
    public Sequence {
        nodes = List.copyOf(nodes);
    }

    /** A sequence that may take any time. */
    public Sequence(String name, List<Node> nodes, @Nullable Path result) {
        this(name, nodes, result, null);
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
