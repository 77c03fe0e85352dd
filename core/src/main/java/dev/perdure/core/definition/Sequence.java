package dev.perdure.core.definition;

import java.util.List;

/** Nodes that run one after the other: a workflow's root, or a branch of several nodes. */
public record Sequence(String name, List<Node> nodes) implements Node {
    public Sequence {
        nodes = List.copyOf(nodes);
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
