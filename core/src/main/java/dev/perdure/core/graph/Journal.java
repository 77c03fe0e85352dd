package dev.perdure.core.graph;

import dev.perdure.core.Json;
import dev.perdure.core.Path;
import dev.perdure.core.PerdureException;
import dev.perdure.core.RunStatus;
import dev.perdure.core.graph.NodeState.Status;
import dev.perdure.core.journal.Row;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The newest that a journal says of each node, by its path without repetitions. Confined to its caller. */
final class Journal {
    private static final Set<String> REMARKS =
            Set.of("warning", "token", "cancel", "retry", "pause", "resume", "compensate");
    private static final Set<String> PARTS =
            Set.of("join", "merge", "items", "choice", "until", "time", "request", "input");

    private final Map<Path, Recorded> nodes = new HashMap<>();
    private final Map<Path, Recorded> parts = new HashMap<>();
    private final Map<Path, Integer> itemCounts = new HashMap<>();
    private final boolean isRunOver;

    Journal(List<Row> rows, RunStatus run) {
        isRunOver = run.isTerminal();
        for (Row row : rows) {
            if (row.kind().equals("retry")) {
                nodes.values().removeIf(node -> node.hasEnded() && node.status() != Status.COMPLETED);
            } else if (!REMARKS.contains(row.kind())) {
                add(row, Path.parse(row.path()).withoutRepetitions());
            }
        }
        parts.forEach((path, part) ->
                nodes.computeIfPresent(Progress.holder(path), (holder, node) -> node.withAttempts(part.attempts())));
    }

    private void add(Row row, Path path) {
        Recorded recorded = Recorded.of(row, isRunOver, way(row));
        if (PARTS.contains(row.kind())) {
            parts.put(path, recorded);
            if (row.kind().equals("items") && row.output() != null && read(row.output()) instanceof List<?> items) {
                itemCounts.put(Progress.holder(path), items.size());
            }
        } else {
            nodes.put(path, recorded);
        }
    }

    private static @Nullable String way(Row row) {
        if (row.branchTaken() != null) {
            return row.branchTaken();
        }
        boolean isChoice = row.kind().equals("choice") || row.kind().equals("decide");
        return isChoice && row.output() != null && read(row.output()) instanceof String name ? name : null;
    }

    /** A picture of a run is drawn although a value of it is damaged. */
    private static @Nullable Object read(String json) {
        try {
            return Json.read(json);
        } catch (PerdureException damaged) {
            return null;
        }
    }

    /** What is known of a node, if the journal says it behind row {@code since}. */
    @Nullable
    Recorded node(Path path, long since) {
        return newer(nodes.get(path), since);
    }

    /** As {@link #node} for a part of one. */
    @Nullable
    Recorded part(Path path, long since) {
        return newer(parts.get(path), since);
    }

    private static @Nullable Recorded newer(@Nullable Recorded found, long since) {
        return found != null && found.seq() > since ? found : null;
    }

    /** Notes what follows from the rows but is in none. */
    void infer(Path path, Status status) {
        Recorded known = nodes.get(path);
        nodes.put(path, new Recorded(status, known == null ? 0 : known.attempts(), 0, null));
    }

    /** How many items a loop goes over; null where that is not recorded. */
    @Nullable
    Integer itemCount(Path loop) {
        return itemCounts.get(loop);
    }

    Map<Path, Integer> itemCounts() {
        return Collections.unmodifiableMap(itemCounts);
    }

    Map<Path, Recorded> nodes() {
        return Collections.unmodifiableMap(nodes);
    }
}
