package dev.perdure.core.graph;

import dev.perdure.core.Path;
import dev.perdure.core.RunStatus;
import dev.perdure.core.definition.Sequence;
import dev.perdure.core.definition.Workflow;
import dev.perdure.core.journal.Row;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * A workflow as a picture of nodes, edges and clusters, to be written as Mermaid, DOT (Graphviz) or JSON; with a run's state on
 * it where that is wanted. Equal definitions give equal texts.
 *
 * <pre>{@code
 * WorkflowGraph graph = WorkflowGraph.of(approve);
 * Files.writeString(Path.of("approve.dot"), graph.toDot());
 * System.out.println(graph.withState(run.journal(), run.status()).toMermaid());
 * }</pre>
 *
 * <p>Names are shown as they are but can never become part of a text's syntax. No recorded value is ever shown.
 *
 * <p>Immutable.
 */
public final class WorkflowGraph {
    private final String workflow;
    private final int version;
    private final Sequence root;
    private final List<GraphNode> nodes;
    private final List<GraphEdge> edges;
    private final List<GraphCluster> clusters;

    private WorkflowGraph(String workflow, int version, Sequence root, GraphParts parts) {
        this.workflow = workflow;
        this.version = version;
        this.root = root;
        this.nodes = parts.nodes();
        this.edges = parts.edges();
        this.clusters = parts.clusters();
    }

    /** What a picture consists of. */
    record GraphParts(List<GraphNode> nodes, List<GraphEdge> edges, List<GraphCluster> clusters) {
        GraphParts {
            nodes = List.copyOf(nodes);
            edges = List.copyOf(edges);
            clusters = List.copyOf(clusters);
        }
    }

    /** The picture of {@code workflow}, without a run. */
    public static WorkflowGraph of(Workflow<?, ?> workflow) {
        String title = workflow.name() + " v" + workflow.version();
        return new WorkflowGraph(
                workflow.name(), workflow.version(), workflow.root(), GraphWalk.of(title, workflow.root()));
    }

    /**
     * The same picture with the state of each node on it.
     *
     * @param states by path in the definition, as {@link Path#inDefinition()} gives it, and the root's for the run; what has
     *     none is not reached
     */
    public WorkflowGraph withState(Map<Path, NodeState> states) {
        List<GraphNode> painted =
                nodes.stream().map(node -> node.with(stateOf(node, states))).toList();
        return new WorkflowGraph(workflow, version, root, new GraphParts(painted, edges, clusters));
    }

    private static NodeState stateOf(GraphNode node, Map<Path, NodeState> states) {
        NodeState state = Objects.requireNonNullElse(states.get(node.path()), NodeState.NOT_REACHED);
        return switch (node.kind()) {
            case START ->
                state.status() == NodeState.Status.NOT_REACHED ? state : NodeState.of(NodeState.Status.COMPLETED, 0);
            case END ->
                switch (state.status()) {
                    case COMPLETED, FAILED, CANCELLED -> state;
                    case NOT_REACHED, RUNNING, WAITING, SKIPPED -> NodeState.NOT_REACHED;
                };
            default -> state;
        };
    }

    /**
     * The same picture with a run's state on it, as its journal tells it. What a node's row does not say, because it is written
     * at its end only, follows from the rows before it: the node that is due is shown as running.
     *
     * @param journal the run's rows, see {@link dev.perdure.core.spi.Store#journal}; of a run of this workflow and version
     */
    public WorkflowGraph withState(List<Row> journal, RunStatus status) {
        return withState(RunStates.of(root, journal, status));
    }

    /** The workflow's name. */
    public String workflow() {
        return workflow;
    }

    /** The workflow's version. */
    public int version() {
        return version;
    }

    /** In the order of the definition, the start first and the end last. */
    public List<GraphNode> nodes() {
        return nodes;
    }

    /** In the order of the definition. */
    public List<GraphEdge> edges() {
        return edges;
    }

    /** Outer ones before those in them. */
    public List<GraphCluster> clusters() {
        return clusters;
    }

    /** The text of a Mermaid flowchart. */
    public String toMermaid() {
        return new MermaidText(this).write();
    }

    /** The text of a directed graph for Graphviz: {@code dot -Tsvg approve.dot}. */
    public String toDot() {
        return new DotText(this).write();
    }

    /** The nodes, edges and clusters as JSON, in ASCII. */
    public String toJson() {
        return JsonText.write(this);
    }

    /** The nodes that lie directly in each cluster; under the empty text those in none. */
    Map<String, List<GraphNode>> nodesByCluster() {
        return nodes.stream().collect(Collectors.groupingBy(node -> Objects.requireNonNullElse(node.cluster(), "")));
    }

    /** The clusters that lie directly in each cluster; under the empty text those in none. */
    Map<String, List<GraphCluster>> clustersByParent() {
        return clusters.stream()
                .collect(Collectors.groupingBy(inner -> Objects.requireNonNullElse(inner.parent(), "")));
    }
}
