package dev.perdure.core.machine;

import dev.perdure.core.Names;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Who wrote what where while branches are merged, and where two of them disagreed. */
final class Conflicts {
    /** The place was made a map; what is in it are places of their own. */
    static final Object MAP = new Object();
    /** The place was removed. */
    static final Object REMOVED = new Object();
    /** The place was appended to or incremented, which any number of branches may do. */
    static final Object ADDED = new Object();

    /** Values are compared, never shown: a journal's warning must not repeat what may be secret. */
    private record Written(String branch, @Nullable Object value) {}

    /** A place and those below it; deep ones only exist where a branch wrote. */
    private static final class Place {
        private final Map<String, Place> below = new LinkedHashMap<>();
        private @Nullable Written last;

        /** A branch other than {@code branch} that wrote here or below; null for none. */
        @Nullable
        String otherThan(String branch) {
            if (last != null && !last.branch.equals(branch)) {
                return last.branch;
            }
            for (Place place : below.values()) {
                String other = place.otherThan(branch);
                if (other != null) {
                    return other;
                }
            }
            return null;
        }
    }

    private final Place root = new Place();
    private final List<String> found = new ArrayList<>();

    /**
     * A branch gave the place (key, then keys of nested maps) this value, or a marker for what it did to it. Above a place that
     * is written in there is a map, or it was written as one before, so only the place itself and those below can disagree.
     */
    void written(List<String> where, String branch, @Nullable Object value) {
        Place place = root;
        for (String key : where) {
            place = place.below.computeIfAbsent(key, absent -> new Place());
        }
        String other = disagreeing(place, branch, value);
        if (other != null) {
            found.add("branches " + Names.quoted(other) + " and " + Names.quoted(branch) + " both changed "
                    + Names.quoted(String.join(".", where)) + ", to different values");
        }
        place.last = new Written(branch, value);
        if (value != MAP) {
            place.below.clear();
        }
    }

    private static @Nullable String disagreeing(Place place, String branch, @Nullable Object value) {
        Written before = place.last;
        if (before != null && !before.branch.equals(branch) && !Objects.equals(before.value, value)) {
            return before.branch;
        }
        if (value == MAP) {
            return null;
        }
        for (Place below : place.below.values()) {
            String other = below.otherThan(branch);
            if (other != null) {
                return other;
            }
        }
        return null;
    }

    List<String> found() {
        return List.copyOf(found);
    }
}
