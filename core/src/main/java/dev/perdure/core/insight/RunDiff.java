package dev.perdure.core.insight;

import dev.perdure.core.StepStatus;
import dev.perdure.core.journal.Row;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * In what two runs differ, node by node, in the order in which the first run came to them.
 *
 * @param differences empty for runs that did the same
 */
public record RunDiff(List<Difference> differences) {
    public RunDiff {
        differences = List.copyOf(differences);
    }

    /** What differs of a node. */
    public enum Aspect {
        /** Only one of the runs was there. */
        PRESENCE,
        STATUS,
        ATTEMPTS,
        OUTPUT,
        /** What it changed in the context. */
        CHANGES,
        ERROR
    }

    /**
     * One difference.
     *
     * @param path the node's
     * @param left what the first run has, as it is stored; null for nothing
     * @param right what the second run has
     */
    public record Difference(
            String path,
            Aspect aspect,
            @Nullable String left,
            @Nullable String right) {
        /** Without the values: no log ever shows one. */
        @Override
        public String toString() {
            return path + ": " + aspect;
        }
    }

    /** Compares two journals. */
    public static RunDiff of(List<Row> left, List<Row> right) {
        Map<String, Row> ofLeft = outcomes(left);
        Map<String, Row> ofRight = outcomes(right);
        Set<String> paths = new LinkedHashSet<>(ofLeft.keySet());
        paths.addAll(ofRight.keySet());
        List<Difference> differences = new ArrayList<>();
        paths.forEach(path -> compare(path, ofLeft.get(path), ofRight.get(path), differences));
        return new RunDiff(differences);
    }

    /** The last row of each node; remarks on the run are none. */
    private static Map<String, Row> outcomes(List<Row> rows) {
        Map<String, Row> byPath = new LinkedHashMap<>();
        for (Row row : rows) {
            if (row.status() != StepStatus.NOTED) {
                byPath.put(row.path(), row);
            }
        }
        return byPath;
    }

    private static void compare(String path, @Nullable Row left, @Nullable Row right, List<Difference> found) {
        if (left == null || right == null) {
            found.add(new Difference(path, Aspect.PRESENCE, status(left), status(right)));
            return;
        }
        add(found, path, Aspect.STATUS, status(left), status(right));
        add(found, path, Aspect.ATTEMPTS, Integer.toString(left.attempt()), Integer.toString(right.attempt()));
        add(found, path, Aspect.OUTPUT, left.output(), right.output());
        add(found, path, Aspect.CHANGES, left.changes(), right.changes());
        add(found, path, Aspect.ERROR, left.error(), right.error());
    }

    private static @Nullable String status(@Nullable Row row) {
        return row == null ? null : row.status().name();
    }

    private static void add(
            List<Difference> found, String path, Aspect aspect, @Nullable String left, @Nullable String right) {
        if (!Objects.equals(left, right)) {
            found.add(new Difference(path, aspect, left, right));
        }
    }
}
