package dev.perdure.core.engine;

import dev.perdure.core.Path;
import dev.perdure.core.definition.ApprovalRequest;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A request that somebody has to answer before its run goes on.
 *
 * @param path of the approval in its run; together with the run's id, what an answer names
 * @param request what is asked
 * @param requestedAt since when
 * @param due when the request times out; null for never
 */
public record PendingApproval(
        String runId,
        Path path,
        ApprovalRequest request,
        Instant requestedAt,
        @Nullable Instant due) {
    /** Where it is only: no log ever shows what is asked. */
    @Override
    public String toString() {
        return "PendingApproval[" + runId + " " + path + "]";
    }
}
