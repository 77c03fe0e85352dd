package dev.perdure.core.graph;

import dev.perdure.core.Json;
import dev.perdure.core.Plain;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes a graph as JSON. */
final class JsonText {
    private JsonText() {}

    static String write(WorkflowGraph graph) {
        Map<String, @Nullable Object> plain = new LinkedHashMap<>();
        plain.put("workflow", graph.workflow());
        plain.put("version", graph.version());
        plain.put("nodes", graph.nodes().stream().map(JsonText::node).toList());
        plain.put("edges", graph.edges().stream().map(JsonText::edge).toList());
        plain.put("clusters", graph.clusters().stream().map(JsonText::cluster).toList());
        return Json.write(Plain.of(plain));
    }

    private static Map<String, @Nullable Object> node(GraphNode node) {
        Map<String, @Nullable Object> plain = new LinkedHashMap<>();
        plain.put("id", node.id());
        plain.put("kind", lower(node.kind()));
        plain.put("path", node.path().toString());
        plain.put("name", node.name());
        plain.put("notes", node.notes());
        plain.put("cluster", node.cluster());
        NodeState state = node.state();
        if (state != null) {
            plain.put("state", state(state));
        }
        return plain;
    }

    private static Map<String, @Nullable Object> state(NodeState state) {
        Map<String, @Nullable Object> plain = new LinkedHashMap<>();
        plain.put("status", lower(state.status()));
        plain.put("attempts", state.attempts());
        plain.put("ended", state.ended());
        plain.put("failed", state.failed());
        plain.put("total", state.total());
        return plain;
    }

    private static Map<String, @Nullable Object> edge(GraphEdge edge) {
        Map<String, @Nullable Object> plain = new LinkedHashMap<>();
        plain.put("from", edge.from());
        plain.put("to", edge.to());
        plain.put("kind", lower(edge.kind()));
        plain.put("label", edge.label());
        return plain;
    }

    private static Map<String, @Nullable Object> cluster(GraphCluster cluster) {
        Map<String, @Nullable Object> plain = new LinkedHashMap<>();
        plain.put("id", cluster.id());
        plain.put("kind", cluster.kind());
        plain.put("path", cluster.path().toString());
        plain.put("name", cluster.name());
        plain.put("parent", cluster.parent());
        return plain;
    }

    private static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
