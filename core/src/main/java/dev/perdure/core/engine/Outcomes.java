package dev.perdure.core.engine;

import dev.perdure.core.PerdureException;
import dev.perdure.core.journal.RunRecord;
import dev.perdure.core.spi.Store;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/** Those who wait for the end of a run. Thread-safe. */
final class Outcomes {
    private final Store store;
    private final Map<String, CompletableFuture<RunRecord>> waiting = new ConcurrentHashMap<>();

    Outcomes(Store store) {
        this.store = store;
    }

    /** What {@link #tell} or {@link #fail} says of the run next; a copy, so that one who waits cannot complete it for others. */
    CompletableFuture<RunRecord> of(String runId) {
        return waiting.computeIfAbsent(runId, id -> new CompletableFuture<>()).copy();
    }

    /** The run ended or stopped: what those who wait get is read from the store, so it is durable. */
    void tell(String runId) {
        CompletableFuture<RunRecord> waiter = waiting.remove(runId);
        if (waiter == null) {
            return;
        }
        try {
            store.find(runId)
                    .ifPresentOrElse(waiter::complete, () -> waiter.completeExceptionally(Refusals.unknown(runId)));
        } catch (PerdureException unreadable) {
            waiter.completeExceptionally(unreadable);
        }
    }

    void fail(String runId, PerdureException why) {
        CompletableFuture<RunRecord> waiter = waiting.remove(runId);
        if (waiter != null) {
            waiter.completeExceptionally(why);
        }
    }

    void failAll(PerdureException why) {
        List.copyOf(waiting.keySet()).forEach(runId -> fail(runId, why));
    }
}
