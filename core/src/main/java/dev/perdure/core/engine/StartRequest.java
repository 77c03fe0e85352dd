package dev.perdure.core.engine;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.PerdureException;
import dev.perdure.core.journal.RunRecord;
import dev.perdure.core.spi.WriteResult;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A start call that is being committed: the run begins, or the caller attaches to the one that has its id. */
final class StartRequest implements Committer.Acknowledged {
    private final RunRegistry registry;
    private final RunRecord run;
    private final boolean hasPlace;
    private final CompletableFuture<RunRecord> done;

    StartRequest(RunRegistry registry, RunRecord run, boolean hasPlace, CompletableFuture<RunRecord> done) {
        this.registry = registry;
        this.run = run;
        this.hasPlace = hasPlace;
        this.done = done;
    }

    @Override
    public void committed(WriteResult result) {
        RunRecord existing = result.run();
        if (existing != null) {
            giveUpPlace();
            attach(existing);
        } else {
            if (hasPlace) {
                registry.begin(run);
            } else {
                registry.enqueue(run.id());
            }
            registry.completeOnPool(() -> done.complete(run));
        }
    }

    private void attach(RunRecord existing) {
        PerdureException conflict = conflict(existing);
        if (conflict != null) {
            registry.completeOnPool(() -> done.completeExceptionally(conflict));
            return;
        }
        if (!existing.status().isTerminal() && !existing.status().isStopped()) {
            registry.enqueue(existing.id());
        }
        registry.completeOnPool(() -> done.complete(existing));
    }

    private @Nullable PerdureException conflict(RunRecord existing) {
        String found = null;
        if (!existing.workflow().equals(run.workflow())) {
            found = "a run of workflow \"" + existing.workflow() + "\"";
        } else if (!existing.input().equals(run.input())) {
            found = "a run of the same workflow with another input";
        }
        return found == null
                ? null
                : new PerdureException(
                        ErrorCode.RUN_CONFLICT,
                        "run id \"" + run.id() + "\" is taken by " + found
                                + "; start the run under another id, or reset the other one first",
                        run.id(),
                        null,
                        null);
    }

    @Override
    public void refused(PerdureException why) {
        giveUpPlace();
        registry.completeOnPool(() -> done.completeExceptionally(why));
    }

    private void giveUpPlace() {
        if (hasPlace) {
            registry.arrived(run.id(), null);
        }
    }

    @Override
    public boolean isImpatient() {
        return true;
    }
}
