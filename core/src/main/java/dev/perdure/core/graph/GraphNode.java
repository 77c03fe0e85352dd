package dev.perdure.core.graph;

import dev.perdure.core.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One shape of a picture. A parallel block has two, its fork and its join; everything else has one.
 *
 * @param id its own in its graph: a letter and a number, whatever the name is
 * @param path the node's path in the definition; the root's for the start and the end
 * @param name the node's name as it was given, so maybe anything
 * @param notes what else is to be known of it, each a few words: {@code 8 at once}
 * @param cluster the id of the innermost cluster that it lies in; null for none
 * @param state how far a run has come with it; null where the graph shows no run
 */
public record GraphNode(
        String id,
        Kind kind,
        Path path,
        String name,
        List<String> notes,
        @Nullable String cluster,
        @Nullable NodeState state) {
    public GraphNode {
        notes = List.copyOf(notes);
    }

    /** What a shape stands for. */
    public enum Kind {
        START,
        END,
        STEP,
        /** Where the branches of a parallel block begin. */
        FORK,
        /** Where they meet. */
        JOIN,
        /** Where a loop over items takes the next one. */
        FOR_EACH,
        CHOOSE,
        DECIDE,
        /** The condition of a loop that repeats. */
        REPEAT_UNTIL,
        SLEEP,
        SIGNAL,
        APPROVAL,
        CALLBACK,
        CALL,
        /** Workflow code: what it does is known when it does it. */
        PROCEDURE,
        /** What undoes a step. */
        COMPENSATION;

        String words() {
            return name().toLowerCase(Locale.ROOT).replace('_', ' ');
        }
    }

    GraphNode with(NodeState reached) {
        return new GraphNode(id, kind, path, name, notes, cluster, reached);
    }

    /** The lines of its label: name, notes, state. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add(name);
        lines.addAll(notes);
        if (state != null && !state.describe().isEmpty()) {
            lines.add(state.describe());
        }
        return lines;
    }
}
