package dev.perdure.core.engine;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.PerdureException;
import dev.perdure.core.journal.Row;
import dev.perdure.core.journal.RunRecord;
import dev.perdure.core.spi.PendingRun;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Records runs that are to begin: now, when there is a place, or when their time or turn comes. Thread-safe. */
final class Starts {
    private final Services services;
    private final RunRegistry registry;
    private final RunTable table;
    private final Fleet fleet;

    Starts(Services services, RunRegistry registry, RunTable table, Fleet fleet) {
        this.services = services;
        this.registry = registry;
        this.table = table;
        this.fleet = fleet;
    }

    /** Starts a run, or attaches to the one that has its id or its dedup key; completes once that is durable. */
    CompletableFuture<RunRecord> start(RunRecord run, boolean isImpatient) {
        return services.tenures().again(() -> startNow(run, isImpatient));
    }

    private CompletableFuture<RunRecord> startNow(RunRecord run, boolean isImpatient) {
        PerdureException closed = table.closed();
        if (closed != null) {
            return CompletableFuture.failedFuture(closed);
        }
        boolean mayBegin = !run.placement().isHeldBack()
                && (!fleet.isShared() || services.queues().servesOthers());
        return mayBegin
                ? table.place(run.id()).thenCompose(hasPlace -> record(run, hasPlace, isImpatient))
                : record(run, false, isImpatient);
    }

    private CompletableFuture<RunRecord> record(RunRecord run, boolean hasPlace, boolean isImpatient) {
        RunRecord asItBegins = hasPlace ? run : run.pending();
        return new StartRequest(registry, services.ofThisTenure(), asItBegins, hasPlace, isImpatient).submit(List.of());
    }

    /** A run that is PENDING was started: it waits for its turn, or for a place here, or anywhere where engines share the store. */
    void pending(RunRecord run) {
        if (run.placement().isHeldBack()) {
            fleet.admissions().entered(run);
        } else if (fleet.isShared()) {
            fleet.soon();
        } else {
            registry.begin(List.of(new PendingRun(run.id(), run.placement().priority())));
        }
    }

    /** Starts a run that is PENDING and has a journal already. */
    CompletableFuture<RunRecord> startForked(RunRecord run, List<Row> rows) {
        StartRequest request = new StartRequest(registry, services.ofThisTenure(), run, false, true);
        return request.submit(rows).thenApply(started -> {
            if (request.isAttached()) {
                throw Refusals.refusal(
                        ErrorCode.RUN_CONFLICT,
                        run.id(),
                        "run id \"" + run.id() + "\" is taken; fork under another id");
            }
            return started;
        });
    }
}
