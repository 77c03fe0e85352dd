package dev.perdure.core.engine;

import dev.perdure.core.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request that somebody has to answer before its run goes on.
 *
 * @param path of the approval in its run; together with the run's id, what an answer names
 * @param prompt the question
 * @param metadata what helps to answer it, in plain data
 * @param choices what can be answered
 * @param requestedAt since when
 * @param due when the request times out; null for never
 */
public record PendingApproval(
        String runId,
        Path path,
        String prompt,
        Map<String, @Nullable Object> metadata,
        List<String> choices,
        Instant requestedAt,
        @Nullable Instant due) {
    /** Where it is only: no log ever shows what is asked. */
    @Override
    public String toString() {
        return "PendingApproval[" + runId + " " + path + "]";
    }
}
