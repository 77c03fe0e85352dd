package dev.perdure.core.spi;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an engine asks a store for when it looks for work.
 *
 * @param at runs that wait until then or less are due, in milliseconds since 1970
 * @param limit at most so many runs
 * @param workflows what the engine can run: it is given no run of anything else; null for whatever there is
 */
public record Claim(long at, int limit, @Nullable Set<Version> workflows) {
    public Claim {
        workflows = workflows == null ? null : Set.copyOf(workflows);
    }

    /** A claim on runs of any workflow. */
    public static Claim of(long at, int limit) {
        return new Claim(at, limit, null);
    }

    /** A version of a workflow. */
    public record Version(String workflow, int version) {}
}
