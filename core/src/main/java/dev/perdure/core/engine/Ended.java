package dev.perdure.core.engine;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.Failure;
import dev.perdure.core.Json;
import dev.perdure.core.RunFailedException;
import dev.perdure.core.RunStatus;
import dev.perdure.core.journal.RunRecord;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** What came of runs that ended or stopped. */
final class Ended {
    private Ended() {}

    /** Waits, and throws what went wrong as it is. */
    static RunRecord get(CompletableFuture<RunRecord> outcome) throws InterruptedException {
        try {
            return outcome.get();
        } catch (ExecutionException failed) {
            throw failed.getCause() instanceof RuntimeException known
                    ? known
                    : new CompletionException(failed.getCause());
        }
    }

    /**
     * The output in plain data.
     *
     * @throws RunFailedException when the run has none
     */
    static @Nullable Object plain(RunRecord ended) {
        if (ended.status() != RunStatus.COMPLETED) {
            Failure failure = ended.error() == null
                    ? Failure.of(ErrorCode.WRONG_STATUS, "the run has not completed", null)
                    : Failure.fromPlain(Json.read(ended.error()));
            throw new RunFailedException(ended.id(), ended.status(), failure);
        }
        return ended.output() == null ? null : Json.read(ended.output());
    }
}
