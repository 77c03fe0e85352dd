package dev.perdure.core.machine;

import dev.perdure.core.Names;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Who wrote what where while branches are merged, and where two of them disagreed. */
final class Conflicts {
    /** Values are compared, never shown: a journal's warning must not repeat what may be secret. */
    private record Written(String branch, @Nullable Object value) {}

    private final Map<List<String>, Written> last = new HashMap<>();
    private final List<String> found = new ArrayList<>();

    /** A branch gave the place (key, then keys of nested maps) this value, or a marker for what it did to it. */
    void written(List<String> place, String branch, @Nullable Object value) {
        Written before = last.put(place, new Written(branch, value));
        if (before != null && !before.branch.equals(branch) && !Objects.equals(before.value, value)) {
            found.add("branches " + Names.quoted(before.branch) + " and " + Names.quoted(branch)
                    + " both changed " + Names.quoted(String.join(".", place)) + ", to different values");
        }
    }

    List<String> found() {
        return List.copyOf(found);
    }
}
