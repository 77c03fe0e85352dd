package dev.perdure.core.spi;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an engine asks a store for when it looks for work.
 *
 * @param at runs that wait until then or less are due, in milliseconds since 1970
 * @param limit at most so many runs
 * @param workflows what the engine can run: it is given no run of anything else; null for whatever there is
 * @param queues of which queues it takes runs that have begun, {@link #NO_QUEUE} for those that are in none; null for all
 */
public record Claim(
        long at,
        int limit,
        @Nullable Set<Version> workflows,
        @Nullable Set<String> queues) {
    /** Stands for runs that are in no queue. */
    public static final String NO_QUEUE = "";

    public Claim {
        workflows = workflows == null ? null : Set.copyOf(workflows);
        queues = queues == null ? null : Set.copyOf(queues);
    }

    /** A claim on runs of these workflows, in any queue or none. */
    public Claim(long at, int limit, @Nullable Set<Version> workflows) {
        this(at, limit, workflows, null);
    }

    /** A claim on runs of any workflow, in any queue or none. */
    public static Claim of(long at, int limit) {
        return new Claim(at, limit, null, null);
    }

    /** A version of a workflow. */
    public record Version(String workflow, int version) {}
}
