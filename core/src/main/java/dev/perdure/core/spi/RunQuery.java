package dev.perdure.core.spi;

import dev.perdure.core.RunStatus;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which runs to list.
 *
 * @param statuses those wanted
 * @param workflow the workflow's name; null for all
 * @param limit at most so many
 * @param offset skip so many first
 */
public record RunQuery(Set<RunStatus> statuses, @Nullable String workflow, int limit, int offset) {
    public RunQuery {
        statuses = Set.copyOf(statuses);
    }

    /** All runs but those that were reset. */
    public static RunQuery all() {
        return of(EnumSet.complementOf(EnumSet.of(RunStatus.RESET)));
    }

    /** Runs that have not ended, stopped ones included. */
    public static RunQuery unfinished() {
        EnumSet<RunStatus> open = EnumSet.allOf(RunStatus.class);
        open.removeIf(RunStatus::isTerminal);
        return of(open);
    }

    public static RunQuery of(Set<RunStatus> statuses) {
        return new RunQuery(statuses, null, Integer.MAX_VALUE, 0);
    }

    public RunQuery ofWorkflow(String name) {
        return new RunQuery(statuses, name, limit, offset);
    }

    public RunQuery page(int size, int skip) {
        return new RunQuery(statuses, workflow, size, skip);
    }
}
