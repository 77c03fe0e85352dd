package dev.perdure.core.machine;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.Names;
import dev.perdure.core.PerdureException;
import dev.perdure.core.journal.Change;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One context key while branches are merged deeply. A map that a branch put is taken as the difference to the map that was
 * there before the block, so that what a branch carried along unchanged never overwrites what another one wrote.
 */
final class DeepValue {
    /** In place of a value where there is none. */
    private static final Object ABSENT = new Object();

    private final List<String> place;
    private final boolean isInBase;
    private final @Nullable Object base;
    private final Conflicts conflicts;
    private @Nullable Change merged;

    DeepValue(String key, boolean isInBase, @Nullable Object base, Conflicts conflicts) {
        this.place = List.of(key);
        this.isInBase = isInBase;
        this.base = base;
        this.conflicts = conflicts;
    }

    Change change() {
        return Objects.requireNonNull(merged, "a key without a change is not merged");
    }

    void apply(String branch, Change change) {
        if (change instanceof Change.Put put) {
            put(branch, put);
        } else if (change instanceof Change.Remove) {
            conflicts.written(place, branch, Conflicts.REMOVED);
            merged = change;
        } else {
            accumulate(branch, change);
        }
    }

    private void put(String branch, Change.Put put) {
        if (!(put.value() instanceof Map<?, ?> map)) {
            conflicts.written(place, branch, put.value());
            merged = put;
        } else if (!isInBase || !map.equals(base)) {
            merged = new Change.Put(mergeItem(branch, place, isInBase ? base : ABSENT, current(), map));
        } else if (merged == null) {
            merged = put; // carried along: whatever another branch does to the key comes on top of it
        }
    }

    /** The key's value as merged so far. */
    private @Nullable Object current() {
        if (merged == null) {
            return isInBase ? base : ABSENT;
        }
        return merged instanceof Change.Remove ? ABSENT : merged.applyTo(isInBase, base);
    }

    /** Appends and increments of several branches all count; one after a put changes what was put. */
    private void accumulate(String branch, Change change) {
        conflicts.written(place, branch, Conflicts.ADDED);
        try {
            Change both = merged == null ? change : merged.then(change);
            both.applyTo(isInBase, base);
            merged = both;
        } catch (PerdureException unfit) {
            throw new PerdureException(
                    ErrorCode.CONTEXT_TYPE,
                    "branch " + Names.quoted(branch) + " and those before it changed " + Names.quoted(place.get(0))
                            + " in ways that do not fit: " + unfit.getMessage());
        }
    }

    /** A map's value before the block, as merged so far, and as a branch left it. */
    private record Three(Map<?, ?> before, Map<?, ?> current, Map<?, ?> after) {}

    private @Nullable Object mergeItem(
            String branch, List<String> at, @Nullable Object before, @Nullable Object current, @Nullable Object after) {
        if (!(after instanceof Map<?, ?> map)) {
            conflicts.written(at, branch, after);
            return after;
        }
        if (before instanceof Map<?, ?> old && current instanceof Map<?, ?> now) {
            return mergeMaps(branch, at, new Three(old, now, map));
        }
        conflicts.written(at, branch, Conflicts.MAP);
        return mergeMaps(branch, at, new Three(Map.of(), current instanceof Map<?, ?> now ? now : Map.of(), map));
    }

    private Map<String, @Nullable Object> mergeMaps(String branch, List<String> at, Three maps) {
        Map<String, @Nullable Object> result = new LinkedHashMap<>();
        maps.current.forEach((key, value) -> result.put((String) key, value));
        for (Object key : maps.before.keySet()) {
            if (!maps.after.containsKey(key)) {
                conflicts.written(below(at, key), branch, Conflicts.REMOVED);
                result.remove(key);
            }
        }
        maps.after.forEach((key, value) -> {
            Object before = valueOf(maps.before, key);
            if (!Objects.equals(before, value)) {
                Object merged = mergeItem(branch, below(at, key), before, valueOf(maps.current, key), value);
                result.put((String) key, merged);
            }
        });
        return Collections.unmodifiableMap(result);
    }

    private static @Nullable Object valueOf(Map<?, ?> map, Object key) {
        return map.containsKey(key) ? map.get(key) : ABSENT;
    }

    private static List<String> below(List<String> at, Object key) {
        List<String> place = new ArrayList<>(at);
        place.add((String) key);
        return place;
    }
}
