package dev.perdure.core.graph;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Writes a graph as a Mermaid flowchart. Used once. */
final class MermaidText {
    private final WorkflowGraph graph;
    private final Map<String, List<GraphNode>> nodes;
    private final Map<String, List<GraphCluster>> clusters;
    private final StringBuilder out = new StringBuilder();

    MermaidText(WorkflowGraph graph) {
        this.graph = graph;
        nodes = graph.nodesByCluster();
        clusters = graph.clustersByParent();
    }

    String write() {
        out.append("flowchart TD\n");
        writeContent("", "    ");
        graph.edges().forEach(this::writeEdge);
        writeColours();
        return out.toString();
    }

    private void writeContent(String cluster, String indent) {
        for (GraphNode node : nodes.getOrDefault(cluster, List.of())) {
            String label = node.lines().stream().map(MermaidText::escaped).collect(Collectors.joining("<br/>"));
            out.append(indent)
                    .append(node.id())
                    .append(shape(node.kind(), label))
                    .append('\n');
        }
        for (GraphCluster inner : clusters.getOrDefault(cluster, List.of())) {
            out.append(indent).append("subgraph ").append(inner.id()).append("[\"");
            out.append(escaped(inner.label())).append("\"]\n");
            writeContent(inner.id(), indent + "    ");
            out.append(indent).append("end\n");
        }
    }

    private static String shape(GraphNode.Kind kind, String label) {
        String quoted = "\"" + label + "\"";
        return switch (kind) {
            case START, END -> "([" + quoted + "])";
            case STEP -> "[" + quoted + "]";
            case FORK, JOIN -> "{{" + quoted + "}}";
            case FOR_EACH -> "[/" + quoted + "/]";
            case CHOOSE, DECIDE, REPEAT_UNTIL -> "{" + quoted + "}";
            case SLEEP -> "(" + quoted + ")";
            case SIGNAL, APPROVAL, CALLBACK -> ">" + quoted + "]";
            case CALL, PROCEDURE -> "[[" + quoted + "]]";
            case COMPENSATION -> "[\\" + quoted + "\\]";
        };
    }

    private void writeEdge(GraphEdge edge) {
        String arrow = switch (edge.kind()) {
            case NEXT, CLAUSE -> "-->";
            case GOTO, AGAIN, UNDO -> "-.->";
        };
        out.append("    ").append(edge.from()).append(' ').append(arrow);
        if (!edge.label().isEmpty()) {
            out.append("|\"").append(escaped(edge.label())).append("\"|");
        }
        out.append(' ').append(edge.to()).append('\n');
    }

    private void writeColours() {
        Map<NodeState.Status, List<String>> byStatus = new EnumMap<>(NodeState.Status.class);
        for (GraphNode node : graph.nodes()) {
            NodeState state = node.state();
            if (state != null) {
                byStatus.computeIfAbsent(state.status(), status -> new ArrayList<>())
                        .add(node.id());
            }
        }
        byStatus.forEach((status, ids) -> {
            Palette colours = Palette.of(status);
            String name = status.words().replace(" ", "");
            out.append("    classDef ").append(name).append(" fill:").append(colours.fill());
            out.append(",stroke:").append(colours.line()).append(",color:#000000\n");
            out.append("    class ")
                    .append(String.join(",", ids))
                    .append(' ')
                    .append(name)
                    .append('\n');
        });
    }

    /**
     * {@code text} with everything but words, spaces and commas as entities: Mermaid gives a meaning to many other characters,
     * some even within quotes ({@code "}, {@code `}, {@code #}, {@code <}, a {@code -} or {@code 1.} in front).
     */
    static String escaped(String text) {
        StringBuilder out = new StringBuilder(text.length() + 16);
        int[] characters = text.codePoints().toArray();
        for (int i = 0; i < characters.length; i++) {
            int c = characters[i];
            boolean isWithinWord = i > 0
                    && i + 1 < characters.length
                    && Character.isLetterOrDigit(characters[i - 1])
                    && Character.isLetterOrDigit(characters[i + 1]);
            if (Labels.isInvisible(c)) {
                out.append("#65533;");
            } else if (Character.isLetterOrDigit(c)
                    || c == ' '
                    || c == ','
                    || (isWithinWord && "_-.".indexOf(c) >= 0)) {
                out.appendCodePoint(c);
            } else {
                out.append('#').append(c).append(';');
            }
        }
        return out.toString();
    }
}
