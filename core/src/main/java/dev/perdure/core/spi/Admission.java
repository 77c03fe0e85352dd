package dev.perdure.core.spi;

import java.util.List;
import java.util.Set;

/**
 * What an engine asks a store for when it looks for runs that may begin now.
 *
 * @param at runs that are not to begin before then, or an earlier time, may begin; in milliseconds since 1970
 * @param limit at most so many runs
 * @param workflows what the engine can run: no run of anything else is let begin
 * @param queues those that the engine serves, in the order in which they are looked at
 */
public record Admission(long at, int limit, Set<Claim.Version> workflows, List<String> queues) {
    public Admission {
        workflows = Set.copyOf(workflows);
        queues = List.copyOf(queues);
    }
}
