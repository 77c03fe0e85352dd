package dev.perdure.core.machine;

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
    private static final Object REMOVED = new Object();

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
            put(branch, put.value());
        } else if (change instanceof Change.Remove) {
            conflicts.written(place, branch, REMOVED);
            merged = change;
        } else {
            accumulate(branch, change);
        }
    }

    private void put(String branch, @Nullable Object value) {
        if (!(value instanceof Map<?, ?> map)) {
            conflicts.written(place, branch, value);
            merged = new Change.Put(value);
            return;
        }
        Object current = merged == null ? base : present(merged);
        Map<?, ?> before = base instanceof Map<?, ?> mapBefore ? mapBefore : Map.of();
        if (current != null && !(current instanceof Map<?, ?>) && merged != null) {
            conflicts.written(place, branch, value);
        } else if (merged instanceof Change.Remove) {
            conflicts.written(place, branch, value);
        }
        Map<?, ?> target = current instanceof Map<?, ?> currentMap ? currentMap : Map.of();
        merged = new Change.Put(mergeMaps(branch, place, new Three(before, target, map)));
    }

    private static @Nullable Object present(Change change) {
        return change instanceof Change.Put put ? put.value() : null;
    }

    /** Appends and increments of several branches all count; one after a put changes what was put. */
    private void accumulate(String branch, Change change) {
        if (merged instanceof Change.Put || merged instanceof Change.Remove) {
            conflicts.written(place, branch, change);
        }
        change.applyTo(isInBase, base);
        merged = merged == null ? change : merged.then(change);
    }

    /** A place's value before the block, as merged so far, and as a branch left it. */
    private record Three(Map<?, ?> before, Map<?, ?> current, Map<?, ?> after) {}

    private Map<String, @Nullable Object> mergeMaps(String branch, List<String> at, Three maps) {
        Map<String, @Nullable Object> result = new LinkedHashMap<>();
        maps.current.forEach((key, value) -> result.put((String) key, value));
        for (Object key : maps.before.keySet()) {
            if (!maps.after.containsKey(key)) {
                conflicts.written(below(at, key), branch, REMOVED);
                result.remove(key);
            }
        }
        maps.after.forEach((key, value) -> {
            boolean isNew = !maps.before.containsKey(key);
            Object before = maps.before.get(key);
            if (isNew || !Objects.equals(before, value)) {
                Object current = result.get(key);
                result.put((String) key, mergeItem(branch, below(at, key), before, current, value));
            }
        });
        return Collections.unmodifiableMap(result);
    }

    private @Nullable Object mergeItem(
            String branch, List<String> at, @Nullable Object before, @Nullable Object current, @Nullable Object after) {
        if (after instanceof Map<?, ?> map && (current == null || current instanceof Map<?, ?>)) {
            Map<?, ?> old = before instanceof Map<?, ?> mapBefore ? mapBefore : Map.of();
            Map<?, ?> target = current instanceof Map<?, ?> mapNow ? mapNow : Map.of();
            return mergeMaps(branch, at, new Three(old, target, map));
        }
        conflicts.written(at, branch, after);
        return after;
    }

    private static List<String> below(List<String> at, Object key) {
        List<String> place = new ArrayList<>(at);
        place.add((String) key);
        return place;
    }
}
