package dev.perdure.core.engine;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes that are committed together.
 *
 * @param trouble what somebody met who tried; null for nobody did
 */
record CommitBatch(List<PendingWrite> requests, @Nullable Throwable trouble) {
    CommitBatch met(Throwable what) {
        return new CommitBatch(requests, what);
    }
}
