package dev.perdure.core.journal;

import org.jspecify.annotations.Nullable;

/**
 * Where a node stands, as its rows say it.
 *
 * @param kind the row's kind, see {@link Row}
 * @param branch the branch of the nearest enclosing parallel block; null outside of any
 */
public record NodePlace(String kind, @Nullable String branch) {
    /** The place of the run itself. */
    public static final NodePlace RUN = new NodePlace("run", null);
}
