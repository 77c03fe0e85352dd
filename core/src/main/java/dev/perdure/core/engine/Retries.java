package dev.perdure.core.engine;

import dev.perdure.core.PerdureException;
import dev.perdure.core.journal.RunRecord;
import dev.perdure.core.spi.Store;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** Reopens runs that have ended. Thread-safe. */
final class Retries {
    private final Store store;
    private final RunRegistry registry;
    private final RunLoader loader;

    Retries(Store store, RunRegistry registry, RunLoader loader) {
        this.store = store;
        this.registry = registry;
        this.loader = loader;
    }

    /**
     * Reopens a run, and has it go on; completes once that is durable.
     *
     * @throws PerdureException STORE_UNAVAILABLE; all else that is in the way is in the future
     */
    CompletableFuture<Void> retry(String runId) {
        return retry(runId, run -> CompletableFuture.failedFuture(Refusals.atWork(run)));
    }

    /** As {@link #retry}, of a run whose end may be durable and not have been dealt with here yet: that is waited for. */
    CompletableFuture<Void> retryOnceLeft(String runId) {
        return retry(runId, run -> {
            CompletableFuture<Void> left = new CompletableFuture<>();
            registry.news().later(() -> left.complete(null));
            return left.thenCompose(then -> Futures.of(() -> retryOnceLeft(runId)));
        });
    }

    /** @param ofOneAtWork what to do with a run that this engine is at work on */
    private CompletableFuture<Void> retry(String runId, Function<RunRecord, CompletableFuture<Void>> ofOneAtWork) {
        RunRecord run = store.find(runId).orElse(null);
        PerdureException refusal = run == null ? Refusals.unknown(runId) : Refusals.ofRetry(run);
        if (run == null || refusal != null) {
            return CompletableFuture.failedFuture(refusal);
        }
        RunTable table = registry.table();
        if (table.placeRetried(runId)) {
            CompletableFuture<Void> done = new CompletableFuture<>();
            registry.onPool(runId, () -> loader.retry(run, done));
            return done;
        }
        PerdureException closed = table.closed();
        if (closed != null) {
            return CompletableFuture.failedFuture(closed);
        }
        RunTable.Found found = table.find(runId);
        return found.driver() != null
                ? ofOneAtWork.apply(run)
                : found.future()
                        .thenCompose(
                                left -> retry(runId, ofOneAtWork)); // here for something else, it leaves: it has ended
    }
}
