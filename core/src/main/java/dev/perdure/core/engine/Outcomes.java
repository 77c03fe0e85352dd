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

    /** The run ended or stopped, durably. */
    void tell(RunRecord run) {
        CompletableFuture<RunRecord> waiter = waiting.remove(run.id());
        if (waiter != null) {
            waiter.complete(run);
        }
    }

    /** The run ended or stopped, as the store has it. */
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

    /** The runs whose ends somebody waits for. */
    List<String> awaited() {
        return List.copyOf(waiting.keySet());
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
