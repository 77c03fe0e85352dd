package dev.perdure.core.graph;

import dev.perdure.core.Path;
import dev.perdure.core.definition.AwaitSignal;
import dev.perdure.core.definition.Call;
import dev.perdure.core.definition.Choose;
import dev.perdure.core.definition.Decide;
import dev.perdure.core.definition.ForEach;
import dev.perdure.core.definition.Node;
import dev.perdure.core.definition.Parallel;
import dev.perdure.core.definition.Procedure;
import dev.perdure.core.definition.RepeatUntil;
import dev.perdure.core.definition.Sequence;
import dev.perdure.core.definition.Sleep;
import dev.perdure.core.definition.Step;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Walks a definition and draws it. Edges that lead out of what is drawn are kept open until what comes next is drawn. Used once.
 */
final class GraphWalk {
    private final List<GraphNode> nodes = new ArrayList<>();
    private final List<GraphEdge> edges = new ArrayList<>();
    private final List<GraphCluster> clusters = new ArrayList<>();
    private @Nullable String cluster;

    /** An edge whose end is not drawn yet. */
    private record Open(String from, GraphEdge.Kind kind, String label) {
        static List<Open> next(String from) {
            return List.of(new Open(from, GraphEdge.Kind.NEXT, ""));
        }
    }

    private GraphWalk() {}

    static WorkflowGraph.GraphParts of(String title, Sequence root) {
        GraphWalk walk = new GraphWalk();
        String start = walk.draw(GraphNode.Kind.START, Path.ROOT, title, List.of(), List.of());
        List<Open> last = walk.drawAll(root, Path.ROOT, Open.next(start));
        walk.draw(GraphNode.Kind.END, Path.ROOT, "end", List.of(), last);
        return new WorkflowGraph.GraphParts(walk.nodes, walk.edges, walk.clusters);
    }

    private String draw(GraphNode.Kind kind, Path path, String name, List<String> notes, List<Open> before) {
        String id = "n" + nodes.size();
        nodes.add(new GraphNode(id, kind, path, name, notes, cluster, null));
        close(before, id);
        return id;
    }

    private void close(List<Open> open, String to) {
        open.forEach(edge -> edges.add(new GraphEdge(edge.from, to, edge.kind, edge.label)));
    }

    /** Draws a sequence's nodes, one after the other. */
    private List<Open> drawAll(Sequence sequence, Path path, List<Open> before) {
        Map<String, String> entries = new HashMap<>();
        List<Open> open = before;
        for (Node node : sequence.nodes()) {
            int entry = nodes.size(); // the first that a node draws is where one comes in
            open = node.match(new Drawing(path.child(node.name()), open));
            entries.put(node.name(), nodes.get(entry).id());
        }
        List<Node> all = sequence.nodes();
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i) instanceof Decide decide) {
                drawTargets(decide, all.subList(Math.min(i + 2, all.size()), all.size()), entries);
            }
        }
        return open;
    }

    private void drawTargets(Decide decide, List<Node> later, Map<String, String> entries) {
        String from = entries.get(decide.name());
        if (from == null) {
            return;
        }
        if (decide.targets().isEmpty()) {
            later.forEach(node -> drawGoto(from, entries.get(node.name()), "go to"));
        }
        for (Decide.Target target : decide.targets()) {
            drawGoto(from, entries.get(target.node()), target.atMost() == 0 ? "go to" : Words.atMost(target.atMost()));
        }
    }

    private void drawGoto(String from, @Nullable String to, String label) {
        if (to != null) {
            edges.add(new GraphEdge(from, to, GraphEdge.Kind.GOTO, label));
        }
    }

    /** What {@code inside} draws lies in a cluster of its own. */
    private List<Open> drawCluster(String kind, Path path, String name, ClusterContent inside) {
        String outer = cluster;
        String id = "c" + clusters.size();
        clusters.add(new GraphCluster(id, kind, path, name, outer));
        cluster = id;
        List<Open> open = inside.draw();
        cluster = outer;
        return open;
    }

    private interface ClusterContent {
        List<Open> draw();
    }

    /** Draws one node behind the open edges and gives those that lead on. */
    private final class Drawing implements Node.Cases<List<Open>> {
        private final Path path;
        private final List<Open> before;

        Drawing(Path path, List<Open> before) {
            this.path = path;
            this.before = before;
        }

        private List<Open> single(GraphNode.Kind kind, String name, List<String> notes) {
            return Open.next(draw(kind, path, name, notes, before));
        }

        @Override
        public List<Open> step(Step step) {
            String id = draw(GraphNode.Kind.STEP, path, step.name(), Words.of(step), before);
            if (step.compensation() != null) {
                draw(
                        GraphNode.Kind.COMPENSATION,
                        path.part(Step.COMPENSATION),
                        "undo " + step.name(),
                        List.of(),
                        List.of(new Open(id, GraphEdge.Kind.UNDO, "undo")));
            }
            return Open.next(id);
        }

        @Override
        public List<Open> sequence(Sequence sequence) {
            return drawCluster("branch", path, sequence.name(), () -> drawAll(sequence, path, before));
        }

        @Override
        public List<Open> parallel(Parallel block) {
            String fork = draw(GraphNode.Kind.FORK, path, block.name(), Words.ofFork(block), before);
            List<Open> ends = new ArrayList<>();
            for (Node branch : block.branches()) {
                ends.addAll(branch.match(new Drawing(path.child(branch.name()), Open.next(fork))));
            }
            return Open.next(draw(GraphNode.Kind.JOIN, path, "join " + block.name(), Words.ofJoin(block), ends));
        }

        @Override
        public List<Open> forEach(ForEach loop) {
            return drawCluster(loop.kind(), path, loop.name(), () -> {
                String head = draw(GraphNode.Kind.FOR_EACH, path, loop.name(), Words.of(loop), before);
                List<Open> ends = drawAll(
                        loop.body(), path.eachItem(), List.of(new Open(head, GraphEdge.Kind.NEXT, "each item")));
                ends.forEach(end -> close(List.of(new Open(end.from, GraphEdge.Kind.AGAIN, again(end))), head));
                return List.of(new Open(head, GraphEdge.Kind.NEXT, "done"));
            });
        }

        private static String again(Open end) {
            return end.label.isEmpty() ? "next item" : end.label + ", next item";
        }

        @Override
        public List<Open> choose(Choose choose) {
            String from = draw(GraphNode.Kind.CHOOSE, path, choose.name(), List.of(), before);
            List<Open> ends = new ArrayList<>();
            for (Sequence clause : choose.clauses()) {
                Open way = new Open(from, GraphEdge.Kind.CLAUSE, Words.ofClause(clause, choose.otherwise()));
                ends.addAll(drawAll(clause, path.child(clause.name()), List.of(way)));
            }
            if (choose.otherwise() == null) {
                ends.add(new Open(from, GraphEdge.Kind.CLAUSE, "no clause"));
            }
            return ends;
        }

        @Override
        public List<Open> decide(Decide decide) {
            return single(GraphNode.Kind.DECIDE, decide.name(), List.of());
        }

        @Override
        public List<Open> repeatUntil(RepeatUntil loop) {
            return drawCluster(loop.kind(), path, loop.name(), () -> {
                int entry = nodes.size();
                List<Open> ends = drawAll(loop.body(), path.eachItem(), before);
                String until = draw(GraphNode.Kind.REPEAT_UNTIL, path, "until " + loop.name(), List.of(), ends);
                String first = nodes.get(entry).id();
                edges.add(new GraphEdge(until, first, GraphEdge.Kind.AGAIN, Words.atMost(loop.maxIterations())));
                return List.of(new Open(until, GraphEdge.Kind.NEXT, "done"));
            });
        }

        @Override
        public List<Open> sleep(Sleep sleep) {
            return single(GraphNode.Kind.SLEEP, sleep.name(), Words.of(sleep));
        }

        @Override
        public List<Open> awaitSignal(AwaitSignal wait) {
            GraphNode.Kind kind = switch (wait.mode()) {
                case APPROVAL -> GraphNode.Kind.APPROVAL;
                case CALLBACK -> GraphNode.Kind.CALLBACK;
                case ONE, ANY, ALL -> GraphNode.Kind.SIGNAL;
            };
            return single(kind, wait.name(), Words.of(wait));
        }

        @Override
        public List<Open> call(Call call) {
            return single(GraphNode.Kind.CALL, call.name(), Words.of(call));
        }

        @Override
        public List<Open> procedure(Procedure procedure) {
            return single(GraphNode.Kind.PROCEDURE, procedure.name(), List.of());
        }
    }
}
