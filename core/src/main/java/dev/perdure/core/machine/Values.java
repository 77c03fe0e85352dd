package dev.perdure.core.machine;

import dev.perdure.core.Failure;
import dev.perdure.core.Path;
import dev.perdure.core.definition.ForEach;
import dev.perdure.core.journal.Payload;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What a run's nodes yielded so far. Of a node that the run came back to, the newest. Written by the strand; read by bodies,
 * which only ever ask for what was recorded before they started.
 *
 * <p>Thread-safe.
 */
public final class Values {
    private final Map<Path, Payload> outputs = new ConcurrentHashMap<>();
    private final Map<Path, Failure> failures = new ConcurrentHashMap<>();
    /** What steps yielded that may have to be undone, each repetition's own. */
    private final Map<Path, Payload> undoable = new ConcurrentHashMap<>();

    private final Map<Path, List<?>> items = new ConcurrentHashMap<>();

    Values() {}

    /** Whether a node has a recorded output; {@code node} without repetitions. */
    public boolean has(Path node) {
        return outputs.containsKey(node) || itemsOf(node) != null;
    }

    /** A node's recorded output, or a loop's item, in plain data; meaningless where it has none. */
    public @Nullable Object plain(Path node) {
        List<?> whole = wholeListOf(node);
        if (whole != null) {
            return whole; // a loop's bodies may all look at its list, which would take a parse for each
        }
        Payload output = outputs.get(node);
        if (output != null) {
            return output.plain();
        }
        List<?> list = itemsOf(node);
        Integer index = node.index();
        return list == null || index == null ? null : list.get(index);
    }

    private @Nullable List<?> itemsOf(Path node) {
        Path item = node.toString().endsWith("#" + ForEach.ITEM) ? node.parent() : null;
        Path loop = item == null ? null : item.parent();
        return loop == null ? null : items.get(loop);
    }

    private @Nullable List<?> wholeListOf(Path node) {
        Path loop = node.toString().endsWith("#" + ForEach.ITEMS) ? node.parent() : null;
        return loop == null ? null : items.get(loop);
    }

    /** A node's recorded output; null where it has none. */
    public @Nullable Payload output(Path node) {
        return outputs.get(node.withoutRepetitions());
    }

    /** Why a node failed; null where it did not. */
    public @Nullable Failure failure(Path node) {
        return failures.get(node.withoutRepetitions());
    }

    void completed(Path node, Payload output) {
        outputs.put(node.withoutRepetitions(), output);
    }

    void undoable(Path step, Payload output) {
        undoable.put(step, output);
    }

    /** What a step yielded that may have to be undone; null for any other. */
    public @Nullable Payload undoable(Path step) {
        return undoable.get(step);
    }

    void failed(Path node, Failure failure) {
        failures.put(node.withoutRepetitions(), failure);
    }

    void reopened(Path node) {
        failures.remove(node.withoutRepetitions());
    }

    /** The list that a loop goes over. */
    void items(Path loop, List<?> list) {
        items.put(loop.withoutRepetitions(), list);
    }
}
