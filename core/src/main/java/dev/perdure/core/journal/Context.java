package dev.perdure.core.journal;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
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

    private final Map<String, Optional<Object>> layer;
    private final @Nullable Context below;

    /** In a layer, an absent optional marks a removed key; {@link #NULL} stands for a null value. */
    private Context(Map<String, Optional<Object>> layer, @Nullable Context below) {
        this.layer = layer;
        this.below = below;
    }

    private static final Object NULL = new Object();

    /** The context that holds exactly {@code values}, which are canonical plain data. */
    public static Context of(Map<String, ? extends @Nullable Object> values) {
        return EMPTY.with(Changes.puts(values));
    }

    /** Whether the key has a value, which may be null. */
    public boolean has(String key) {
        Optional<Object> found = find(key);
        return found != null && found.isPresent();
    }

    /** The key's value, null where it has none. */
    public @Nullable Object get(String key) {
        Optional<Object> found = find(key);
        Object value = found == null ? null : found.orElse(null);
        return value == NULL ? null : value;
    }

    @SuppressWarnings("OptionalAssignedToNull") // null: no layer knows the key
    private @Nullable Optional<Object> find(String key) {
        for (Context at = this; at != null; at = at.below) {
            Optional<Object> found = at.layer.get(key);
            if (found != null) {
                return found;
            }
        }
        return null;
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
        Map<String, Optional<Object>> top = new LinkedHashMap<>();
        changes.byKey().forEach((key, change) -> top.put(key, after(key, change)));
        return stack(top, this);
    }

    private Optional<Object> after(String key, Change change) {
        if (change instanceof Change.Remove) {
            return Optional.empty();
        }
        Object value = change.applyTo(has(key), get(key));
        return Optional.of(value == null ? NULL : value);
    }

    private static Context stack(Map<String, Optional<Object>> top, Context below) {
        Map<String, Optional<Object>> merged = top;
        @Nullable Context rest = below;
        while (rest != null && rest.layer.size() <= 2 * merged.size()) {
            Map<String, Optional<Object>> wider = new LinkedHashMap<>(rest.layer);
            wider.putAll(merged);
            merged = wider;
            rest = rest.below;
        }
        if (rest == null) {
            merged.values().removeIf(Optional::isEmpty);
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
            if (value.isEmpty()) {
                into.remove(key);
            } else {
                into.put(key, value.get() == NULL ? null : value.get());
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
