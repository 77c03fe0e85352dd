package dev.perdure.core.definition;

import dev.perdure.core.Path;
import dev.perdure.core.journal.NodePlace;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Walks a tree and notes where each node stands. */
final class NodePlaces {
    /** The part of a block's path that its join is recorded under. */
    static final String JOIN = "join";
    /** The part of a block's path that its merge function is recorded under. */
    static final String MERGE = "merge";

    private final Map<Path, NodePlace> places = new LinkedHashMap<>();

    private NodePlaces() {}

    static Map<Path, NodePlace> of(Sequence root) {
        NodePlaces walk = new NodePlaces();
        walk.places.put(Path.ROOT, NodePlace.RUN);
        for (Node node : root.nodes()) {
            walk.visit(node, Path.ROOT, null);
        }
        return Map.copyOf(walk.places);
    }

    private void visit(Node node, Path parent, @Nullable String branch) {
        Path path = parent.child(node.name());
        if (node instanceof Step) {
            places.put(path, new NodePlace("step", parent, branch));
        } else if (node instanceof Sequence sequence) {
            places.put(path, new NodePlace("branch", parent, branch));
            sequence.nodes().forEach(child -> visit(child, path, branch));
        } else if (node instanceof Parallel parallel) {
            places.put(path, new NodePlace("parallel", parent, branch));
            places.put(path.part(JOIN), new NodePlace(JOIN, path, branch));
            places.put(path.part(MERGE), new NodePlace(MERGE, path, branch));
            parallel.branches().forEach(child -> visit(child, path, child.name()));
        }
    }
}
