package dev.perdure.core.engine;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Runs that wait for a place among the active ones: highest priority first, then in the order in which they came. Guarded by its owner. */
final class WaitingRuns {
    /** Before everything that has not begun. */
    static final int FIRST = Integer.MAX_VALUE;

    private record Place(String runId, int priority, long number) {}

    private final TreeSet<Place> inOrder = new TreeSet<>(
            Comparator.<Place>comparingInt(place -> -place.priority).thenComparingLong(place -> place.number));

    private final Map<String, Place> places = new HashMap<>();
    private long last;

    /** One that waits already keeps its place. */
    void add(String runId, int priority) {
        if (!places.containsKey(runId)) {
            Place place = new Place(runId, Math.max(priority, -FIRST), ++last);
            places.put(runId, place);
            inOrder.add(place);
        }
    }

    boolean remove(String runId) {
        Place place = places.remove(runId);
        return place != null && inOrder.remove(place);
    }

    /** Takes out the one that is the next to get a place; null when none waits. */
    @Nullable
    String poll() {
        Place first = inOrder.pollFirst();
        if (first != null) {
            places.remove(first.runId);
        }
        return first == null ? null : first.runId;
    }

    boolean contains(String runId) {
        return places.containsKey(runId);
    }

    boolean isEmpty() {
        return places.isEmpty();
    }

    int size() {
        return places.size();
    }

    void clear() {
        inOrder.clear();
        places.clear();
    }
}
