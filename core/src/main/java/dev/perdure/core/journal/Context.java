package dev.perdure.core.journal;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A run's key-value data at one point: an immutable snapshot that shares what it can with the snapshot it came from.
 *
 * <p>It is a chain of layers, newest first, each about half the size of the next or less, so taking a snapshot is free, a
 * change costs what it changes (amortised times the logarithm of the size), and a read looks at few layers.
 */
public final class Context {
    /** The empty context. */
    public static final Context EMPTY = new Context(Map.of(), null);

    /** In a layer, marks a key as removed. */
    private static final Object GONE = new Object();
    /** In a layer, stands for a null value. */
    private static final Object NULL = new Object();

    private final Map<String, Object> layer;
    private final @Nullable Context below;

    private Context(Map<String, Object> layer, @Nullable Context below) {
        this.layer = layer;
        this.below = below;
    }

    /** The context that holds exactly {@code values}, which are canonical plain data. */
    public static Context of(Map<String, ? extends @Nullable Object> values) {
        return EMPTY.with(Changes.puts(values));
    }

    /** Whether the key has a value, which may be null. */
    public boolean has(String key) {
        return find(key) != GONE;
    }

    /** The key's value, null where it has none. */
    public @Nullable Object get(String key) {
        Object found = find(key);
        return found == GONE || found == NULL ? null : found;
    }

    private Object find(String key) {
        for (Context at = this; at != null; at = at.below) {
            Object found = at.layer.get(key);
            if (found != null) {
                return found;
            }
        }
        return GONE;
    }

    /**
     * This context after {@code changes}.
     *
     * @throws dev.perdure.core.PerdureException CONTEXT_TYPE when a value cannot be appended to or incremented
     */
    public Context with(Changes changes) {
        if (changes.isEmpty()) {
            return this;
        }
        Map<String, Object> top = new LinkedHashMap<>();
        changes.byKey().forEach((key, change) -> top.put(key, after(key, change)));
        return stack(top, this);
    }

    private Object after(String key, Change change) {
        if (change instanceof Change.Remove) {
            return GONE;
        }
        Object value = change.applyTo(has(key), get(key));
        return value == null ? NULL : value;
    }

    private static Context stack(Map<String, Object> top, Context below) {
        Map<String, Object> merged = top;
        @Nullable Context rest = below;
        while (rest != null && rest.layer.size() <= 2 * merged.size()) {
            Map<String, Object> wider = new LinkedHashMap<>(rest.layer);
            wider.putAll(merged);
            merged = wider;
            rest = rest.below;
        }
        if (rest == null) {
            merged.values().removeIf(value -> value == GONE);
        }
        return new Context(merged, rest);
    }

    /** All keys and values, in order of first write, unmodifiable. Costs the size of the context. */
    public Map<String, @Nullable Object> toMap() {
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        collect(all);
        return Collections.unmodifiableMap(all);
    }

    private void collect(Map<String, @Nullable Object> into) {
        if (below != null) {
            below.collect(into);
        }
        layer.forEach((key, value) -> {
            if (value == GONE) {
                into.remove(key);
            } else {
                into.put(key, value == NULL ? null : value);
            }
        });
    }

    /** The number of layers only: a log never shows a value. */
    @Override
    public String toString() {
        int layers = 0;
        for (Context at = this; at != null; at = at.below) {
            layers++;
        }
        return "Context[" + layers + " layers]";
    }
}
