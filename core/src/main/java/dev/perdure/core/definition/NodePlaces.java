package dev.perdure.core.definition;

import dev.perdure.core.Path;
import dev.perdure.core.journal.NodePlace;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Walks a tree and notes where each node stands. */
final class NodePlaces {
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
        places.put(path, node.match(new Visit(path, parent, branch)));
    }

    /** Notes what is below a node and says where it stands itself. */
    private final class Visit implements Node.Cases<NodePlace> {
        private final Path path;
        private final Path parent;
        private final @Nullable String branch;

        Visit(Path path, Path parent, @Nullable String branch) {
            this.path = path;
            this.parent = parent;
            this.branch = branch;
        }

        @Override
        public NodePlace step(Step step) {
            return new NodePlace("step", parent, branch);
        }

        @Override
        public NodePlace sequence(Sequence sequence) {
            sequence.nodes().forEach(child -> visit(child, path, branch));
            return new NodePlace("branch", parent, branch);
        }

        @Override
        public NodePlace parallel(Parallel block) {
            places.put(path.part(Parallel.JOIN), new NodePlace(Parallel.JOIN, path, branch));
            places.put(path.part(Parallel.MERGE), new NodePlace(Parallel.MERGE, path, branch));
            block.branches().forEach(child -> visit(child, path, child.name()));
            return new NodePlace("parallel", parent, branch);
        }
    }
}
