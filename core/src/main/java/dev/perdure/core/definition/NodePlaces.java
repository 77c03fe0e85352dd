package dev.perdure.core.definition;

import dev.perdure.core.Path;
import dev.perdure.core.journal.NodePlace;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Walks a tree and notes where each node stands. */
final class NodePlaces {
    private final Map<Path, NodePlace> places = new LinkedHashMap<>();
    private final List<Path> atomic = new ArrayList<>(0);

    private NodePlaces() {}

    static Map<Path, NodePlace> of(Sequence root) {
        NodePlaces walk = new NodePlaces();
        walk.places.put(Path.ROOT, NodePlace.RUN);
        walk.visitAll(root, Path.ROOT, null);
        return Map.copyOf(walk.places);
    }

    static Map<Path, NodePlace> of(Node node, Path path, @Nullable String branch) {
        NodePlaces walk = new NodePlaces();
        walk.visitAt(node, path, branch);
        return walk.places;
    }

    /** Where the atomic steps are, in declaration order. */
    static List<Path> atomic(Sequence root) {
        NodePlaces walk = new NodePlaces();
        walk.visitAll(root, Path.ROOT, null);
        return List.copyOf(walk.atomic);
    }

    private void visitAll(Sequence sequence, Path path, @Nullable String branch) {
        sequence.nodes().forEach(node -> visit(node, path, branch));
    }

    private void visit(Node node, Path parent, @Nullable String branch) {
        visitAt(node, parent.child(node.name()), branch);
    }

    private void visitAt(Node node, Path path, @Nullable String branch) {
        places.put(path, new NodePlace(node.match(new Visit(path, branch)), branch));
    }

    /** Notes what is below a node and says what the node's own rows are called. */
    private final class Visit implements Node.Cases<String> {
        private final Path path;
        private final @Nullable String branch;

        Visit(Path path, @Nullable String branch) {
            this.path = path;
            this.branch = branch;
        }

        private void part(Path holder, String label) {
            places.put(holder.part(label), new NodePlace(label, branch));
        }

        @Override
        public String step(Step step) {
            if (step.compensation() != null) {
                part(path, Step.COMPENSATION);
            }
            if (step.isAtomic()) {
                atomic.add(path);
            }
            return step.kind();
        }

        @Override
        public String sequence(Sequence sequence) {
            visitAll(sequence, path, branch);
            return "branch";
        }

        @Override
        public String parallel(Parallel block) {
            part(path, Parallel.JOIN);
            part(path, Parallel.MERGE);
            block.branches().forEach(child -> visit(child, path, child.name()));
            return block.kind();
        }

        @Override
        public String forEach(ForEach loop) {
            part(path, ForEach.ITEMS);
            places.put(path.eachItem(), new NodePlace("item", branch));
            visitAll(loop.body(), path.eachItem(), branch);
            if (loop.yield() != null) {
                part(path, ForEach.YIELD);
            }
            return loop.kind();
        }

        @Override
        public String choose(Choose choose) {
            part(path, Choose.CHOICE);
            for (Sequence clause : choose.clauses()) {
                Path inside = path.child(clause.name());
                places.put(inside, new NodePlace("clause", branch));
                visitAll(clause, inside, branch);
            }
            if (choose.yield() != null) {
                part(path, Choose.YIELD);
            }
            return choose.kind();
        }

        @Override
        public String decide(Decide decide) {
            return decide.kind();
        }

        @Override
        public String repeatUntil(RepeatUntil loop) {
            part(path.eachItem(), RepeatUntil.UNTIL);
            places.put(path.eachItem(), new NodePlace("iteration", branch));
            visitAll(loop.body(), path.eachItem(), branch);
            return loop.kind();
        }

        @Override
        public String sleep(Sleep sleep) {
            part(path, Sleep.TIME);
            return sleep.kind();
        }

        @Override
        public String awaitSignal(AwaitSignal wait) {
            part(path, AwaitSignal.REQUEST);
            return wait.kind();
        }

        @Override
        public String call(Call call) {
            part(path, Call.INPUT);
            return call.kind();
        }

        @Override
        public String procedure(Procedure procedure) {
            return procedure.kind(); // what it asks for is known when it does
        }
    }
}
