package dev.perdure.core.journal;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.Names;
import dev.perdure.core.PerdureException;
import dev.perdure.core.Plain;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A diff of a context: for each key touched, what happened to it. Its order is that of the stored form (puts, removes,
 * appends, increments, each in order of first touch), so that a diff that was read back equals the one that was written in
 * this too. Immutable.
 *
 * @param byKey the change of each key
 */
public record Changes(Map<String, Change> byKey) {
    /** No change. */
    public static final Changes NONE = new Changes(Map.of());

    private static final List<Class<? extends Change>> KINDS =
            List.of(Change.Put.class, Change.Remove.class, Change.Append.class, Change.Increment.class);
    private static final Set<String> VALUED = Set.of("put", "append", "increment");

    public Changes {
        byKey = byKey.isEmpty() ? Map.of() : Collections.unmodifiableMap(inStoredOrder(byKey));
    }

    private static Map<String, Change> inStoredOrder(Map<String, Change> byKey) {
        Map<String, Change> ordered = new LinkedHashMap<>(byKey.size() * 2);
        for (Class<? extends Change> kind : KINDS) {
            byKey.forEach((key, change) -> {
                if (kind.isInstance(change)) {
                    ordered.put(key, change);
                }
            });
        }
        return ordered;
    }

    /** One put for each entry. */
    public static Changes puts(Map<String, ? extends @Nullable Object> values) {
        Map<String, Change> changes = new LinkedHashMap<>();
        values.forEach((key, value) -> changes.put(key, new Change.Put(Plain.of(value))));
        return new Changes(changes);
    }

    public boolean isEmpty() {
        return byKey.isEmpty();
    }

    /** These changes followed by {@code next}, as one diff. */
    public Changes then(Changes next) {
        if (isEmpty()) {
            return next;
        }
        if (next.isEmpty()) {
            return this;
        }
        return all(List.of(this, next));
    }

    /** All of {@code diffs}, one after the other, as one. */
    public static Changes all(List<Changes> diffs) {
        Map<String, Change> all = new LinkedHashMap<>();
        for (Changes diff : diffs) {
            diff.byKey.forEach((key, change) -> all.merge(key, change, (first, next) -> compose(key, first, next)));
        }
        return all.isEmpty() ? NONE : new Changes(all);
    }

    private static Change compose(String key, Change first, Change next) {
        try {
            return first.then(next);
        } catch (PerdureException unfit) {
            throw new PerdureException(unfit.code(), "context key " + Names.quoted(key) + ": " + unfit.getMessage());
        }
    }

    /** The stored form: {@code {"put":{…},"remove":[…],"append":{…},"increment":{…}}}, empty parts left out. */
    public Map<String, @Nullable Object> toPlain() {
        Map<String, @Nullable Object> puts = new LinkedHashMap<>();
        Map<String, @Nullable Object> appends = new LinkedHashMap<>();
        Map<String, @Nullable Object> increments = new LinkedHashMap<>();
        List<@Nullable Object> removes = new java.util.ArrayList<>();
        byKey.forEach((key, change) -> {
            if (change instanceof Change.Put put) {
                puts.put(key, put.value());
            } else if (change instanceof Change.Append append) {
                appends.put(key, append.values());
            } else if (change instanceof Change.Increment increment) {
                increments.put(key, increment.by());
            } else {
                removes.add(key);
            }
        });
        Map<String, @Nullable Object> plain = new LinkedHashMap<>();
        putUnlessEmpty(plain, "put", puts, puts.isEmpty());
        putUnlessEmpty(plain, "remove", removes, removes.isEmpty());
        putUnlessEmpty(plain, "append", appends, appends.isEmpty());
        putUnlessEmpty(plain, "increment", increments, increments.isEmpty());
        return plain;
    }

    /**
     * The inverse of {@link #toPlain()}.
     *
     * @throws PerdureException NOT_DECODABLE when {@code plain} is not such a form
     */
    public static Changes fromPlain(@Nullable Object plain) {
        if (!(plain instanceof Map<?, ?> map)) {
            throw malformed();
        }
        Map<String, Change> changes = new LinkedHashMap<>();
        map.forEach((kind, part) -> readPart(String.valueOf(kind), part, changes));
        return new Changes(changes);
    }

    private static void readPart(String kind, @Nullable Object part, Map<String, Change> into) {
        if (kind.equals("remove") && part instanceof List<?> keys) {
            keys.forEach(key -> into.put(String.valueOf(key), new Change.Remove()));
        } else if (VALUED.contains(kind) && part instanceof Map<?, ?> values) {
            values.forEach((key, value) -> into.put(String.valueOf(key), readChange(kind, value)));
        } else {
            throw malformed();
        }
    }

    private static Change readChange(String kind, @Nullable Object value) {
        if (kind.equals("put")) {
            return new Change.Put(value);
        }
        if (kind.equals("append") && value instanceof List<?> values) {
            return new Change.Append(Collections.unmodifiableList(values));
        }
        if (kind.equals("increment") && value instanceof Number by) {
            return new Change.Increment(by);
        }
        throw malformed();
    }

    private static void putUnlessEmpty(
            Map<String, @Nullable Object> plain, String key, @Nullable Object part, boolean isEmpty) {
        if (!isEmpty) {
            plain.put(key, part);
        }
    }

    private static PerdureException malformed() {
        return new PerdureException(ErrorCode.NOT_DECODABLE, "recorded context changes are not in the expected form");
    }
}
