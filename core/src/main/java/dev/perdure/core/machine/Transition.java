package dev.perdure.core.machine;

import dev.perdure.core.journal.Entry;
import java.util.List;

/**
 * What an event led to.
 *
 * @param entries to be committed together, in order
 * @param actions to be carried out in order once the entries are durable
 */
public record Transition(List<Entry> entries, List<Action> actions) {
    /** Nothing to record and nothing to do. */
    public static final Transition NONE = new Transition(List.of(), List.of());

    public Transition {
        entries = List.copyOf(entries);
        actions = List.copyOf(actions);
    }
}
