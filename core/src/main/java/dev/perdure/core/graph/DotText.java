package dev.perdure.core.graph;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Writes a graph in Graphviz's language. Used once. */
final class DotText {
    private final WorkflowGraph graph;
    private final Map<String, List<GraphNode>> nodes;
    private final Map<String, List<GraphCluster>> clusters;
    private final StringBuilder out = new StringBuilder();

    DotText(WorkflowGraph graph) {
        this.graph = graph;
        nodes = graph.nodesByCluster();
        clusters = graph.clustersByParent();
    }

    String write() {
        out.append("digraph ").append(quoted(graph.workflow())).append(" {\n");
        out.append("    graph [charset=\"UTF-8\", rankdir=\"TB\", fontname=\"Helvetica\"];\n");
        out.append("    node [fontname=\"Helvetica\"];\n");
        out.append("    edge [fontname=\"Helvetica\"];\n");
        writeContent("", "    ");
        graph.edges().forEach(this::writeEdge);
        return out.append("}\n").toString();
    }

    private void writeContent(String cluster, String indent) {
        for (GraphNode node : nodes.getOrDefault(cluster, List.of())) {
            writeNode(node, indent);
        }
        for (GraphCluster inner : clusters.getOrDefault(cluster, List.of())) {
            out.append(indent).append("subgraph cluster_").append(inner.id()).append(" {\n");
            out.append(indent)
                    .append("    label=")
                    .append(quoted(inner.label()))
                    .append(";\n");
            writeContent(inner.id(), indent + "    ");
            out.append(indent).append("}\n");
        }
    }

    private void writeNode(GraphNode node, String indent) {
        String label = node.lines().stream().map(DotText::escaped).collect(Collectors.joining("\\n"));
        out.append(indent).append(node.id()).append(" [label=\"").append(label);
        out.append("\", shape=\"").append(shape(node.kind())).append('"');
        NodeState state = node.state();
        if (state != null) {
            Palette colours = Palette.of(state.status());
            out.append(", style=\"filled\", fillcolor=\"").append(colours.fill());
            out.append("\", color=\"").append(colours.line()).append('"');
        }
        out.append("];\n");
    }

    private static String shape(GraphNode.Kind kind) {
        return switch (kind) {
            case START, END -> "oval";
            case STEP -> "box";
            case FORK -> "trapezium";
            case JOIN -> "invtrapezium";
            case FOR_EACH -> "parallelogram";
            case CHOOSE, DECIDE, REPEAT_UNTIL -> "diamond";
            case SLEEP -> "cds";
            case SIGNAL, APPROVAL, CALLBACK -> "rarrow";
            case CALL -> "component";
            case PROCEDURE -> "box3d";
            case COMPENSATION -> "note";
        };
    }

    private void writeEdge(GraphEdge edge) {
        String style = switch (edge.kind()) {
            case NEXT, CLAUSE -> "solid";
            case GOTO, AGAIN -> "dashed";
            case UNDO -> "dotted";
        };
        out.append("    ").append(edge.from()).append(" -> ").append(edge.to());
        out.append(" [style=\"").append(style).append('"');
        if (!edge.label().isEmpty()) {
            out.append(", label=").append(quoted(edge.label()));
        }
        out.append("];\n");
    }

    private static String quoted(String text) {
        return "\"" + escaped(text) + "\"";
    }

    /** Between quotes, a quote ends the text, a backslash begins a sequence, and an ampersand an entity. */
    static String escaped(String text) {
        StringBuilder out = new StringBuilder(text.length() + 16);
        text.codePoints().forEach(c -> {
            if (Labels.isInvisible(c)) {
                out.append('\uFFFD');
            } else if (c == '"' || c == '\\') {
                out.append('\\').appendCodePoint(c);
            } else if (c == '&') {
                out.append("&amp;");
            } else {
                out.appendCodePoint(c);
            }
        });
        return out.toString();
    }
}
