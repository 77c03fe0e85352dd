package dev.perdure.core.engine;

import dev.perdure.core.PerdureException;
import dev.perdure.core.journal.RunRecord;
import dev.perdure.core.spi.Store;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Those who wait for the end of a run. A run may be tried again after its end, so an end counts for those alone who waited before it
 * was looked for. Thread-safe.
 */
final class Outcomes {
    private final Store store;
    /** By the run's id and by when they came. */
    private final Map<String, Map<Long, CompletableFuture<RunRecord>>> waiting = new ConcurrentHashMap<>();

    private final AtomicLong latest = new AtomicLong();

    Outcomes(Store store) {
        this.store = store;
    }

    /** What is said of the run next; the caller's own, who may cancel it. */
    CompletableFuture<RunRecord> of(String runId) {
        CompletableFuture<RunRecord> outcome = new CompletableFuture<>();
        long number = latest.incrementAndGet();
        waiting.compute(runId, (id, others) -> {
            Map<Long, CompletableFuture<RunRecord>> all = others == null ? new LinkedHashMap<>() : others;
            all.put(number, outcome);
            return all;
        });
        var unused = outcome.whenComplete((ended, why) -> waiting.computeIfPresent(runId, (id, all) -> {
            all.remove(number);
            return all.isEmpty() ? null : all;
        }));
        return outcome;
    }

    /** Those who wait for the end of one run at one moment. */
    record Waiters(List<CompletableFuture<RunRecord>> outcomes) {
        boolean isEmpty() {
            return outcomes.isEmpty();
        }

        /** The run ended or stopped, durably. */
        void tell(RunRecord run) {
            outcomes.forEach(outcome -> outcome.complete(run));
        }

        void fail(PerdureException why) {
            outcomes.forEach(outcome -> outcome.completeExceptionally(why));
        }
    }

    /** Those who wait now. */
    Waiters waiters(String runId) {
        List<CompletableFuture<RunRecord>> now = new ArrayList<>();
        waiting.computeIfPresent(runId, (id, all) -> {
            now.addAll(all.values());
            return all;
        });
        return new Waiters(now);
    }

    /** The runs whose ends somebody waits for. */
    List<String> awaited() {
        return List.copyOf(waiting.keySet());
    }

    /**
     * Tells those who wait now how the run ended or stopped, as the store has it.
     *
     * @return the run, where it is still to end and somebody waits for that; null otherwise
     */
    @Nullable
    RunRecord look(String runId) {
        Waiters now = waiters(runId);
        if (now.isEmpty()) {
            return null;
        }
        RunRecord run;
        try {
            run = store.find(runId).orElse(null);
        } catch (PerdureException unreadable) {
            now.fail(unreadable);
            return null;
        }
        if (run == null) {
            now.fail(Refusals.unknown(runId));
        } else if (run.status().isTerminal() || run.status().isStopped()) {
            now.tell(run);
        } else {
            return run;
        }
        return null;
    }

    void failAll(PerdureException why) {
        awaited().forEach(runId -> waiters(runId).fail(why));
    }
}
