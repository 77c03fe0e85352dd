package dev.perdure.core.definition;

import dev.perdure.core.Failure;
import dev.perdure.core.journal.Changes;
import org.jspecify.annotations.Nullable;

/**
 * How one branch of a parallel block ended.
 *
 * @param name the branch's name
 * @param completionOrder from 0; the recorded order in which the branches ended
 * @param changes what it did to the context; none unless it completed
 * @param failure why it failed; null unless it did
 */
public record BranchResult(
        String name,
        int completionOrder,
        Changes changes,
        @Nullable Failure failure) {}
