package dev.perdure.core.engine;

import dev.perdure.core.EncodedText;
import dev.perdure.core.ErrorCode;
import dev.perdure.core.PerdureException;
import dev.perdure.core.RunStatus;
import dev.perdure.core.definition.Workflow;
import dev.perdure.core.journal.Payload;
import dev.perdure.core.journal.Row;
import dev.perdure.core.journal.RunRecord;
import dev.perdure.core.spi.Write;
import dev.perdure.core.spi.WriteResult;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * A start call that is being committed: the run begins, or the caller attaches to the one that has its id. Whoever is to work on
 * the run commits its start too, if nobody else is committing, and then goes on with it: one thread does it all.
 */
final class StartRequest implements Acknowledged {
    private final RunRegistry registry;
    private final Services under;
    private final RunRecord run;
    private final boolean hasPlace;
    private final boolean isImpatient;
    private volatile boolean isAttached;
    private final Executor pool;
    /** The thread that commits the start by itself; null while none does. */
    private volatile @Nullable Thread worker;
    /** What that thread is to begin; confined to it. */
    private @Nullable RunRecord toBegin;

    private final CompletableFuture<RunRecord> done = new CompletableFuture<>();

    /** @param under of the tenure in which the run is to be started */
    StartRequest(RunRegistry registry, Services under, RunRecord run, boolean hasPlace, boolean isImpatient) {
        this.registry = registry;
        this.under = under;
        this.run = run;
        this.hasPlace = hasPlace;
        this.isImpatient = isImpatient;
        this.pool = registry.poolFor(run);
    }

    /** Has it committed; the future completes with the run that is there then. */
    CompletableFuture<RunRecord> submit(List<Row> rows) {
        under.committer().prepare(new Write.StartRun(run, rows), this);
        onPool(this::work);
        return done;
    }

    private void work() {
        worker = Thread.currentThread();
        under.committer().work();
        worker = null;
        if (toBegin != null) {
            registry.begin(toBegin, under);
        }
    }

    private void begin(RunRecord started) {
        if (Thread.currentThread() == worker) {
            toBegin = started;
        } else {
            onPool(() -> registry.begin(started, under));
        }
    }

    private void onPool(Runnable task) {
        try {
            pool.execute(task);
        } catch (RejectedExecutionException closing) {
            giveUpPlace(); // what is queued is committed as the engine closes; the next one has the run
        }
    }

    @Override
    public void committed(WriteResult result) {
        RunRecord existing = result.run();
        if (existing != null) {
            giveUpPlace();
            attach(existing);
        } else {
            RunRecord started = run.inGeneration((int) result.seq());
            if (hasPlace) {
                begin(started);
            } else {
                registry.starts().pending(started);
            }
            registry.completeOnPool(() -> done.complete(started));
        }
    }

    /** Whether another run had the id already; known once the call is answered. */
    boolean isAttached() {
        return isAttached;
    }

    private void attach(RunRecord existing) {
        isAttached = true;
        PerdureException conflict = conflict(run, existing);
        if (conflict != null) {
            registry.completeOnPool(() -> done.completeExceptionally(conflict));
            return;
        }
        if (isToBeWorkedOn(existing.status())) {
            registry.enqueue(existing.id());
        } else {
            // Who asked for its end while this held a place for it was not told, as the run seemed to be on its way
            // here.
            registry.completeOnPool(() -> registry.lookForEnd(existing.id()));
        }
        registry.completeOnPool(() -> done.complete(existing));
    }

    private static boolean isToBeWorkedOn(RunStatus status) {
        boolean isLeftAlone = status == RunStatus.WAITING || status == RunStatus.PAUSED || status.isStopped();
        return !status.isTerminal() && !isLeftAlone;
    }

    /** Why {@code run} cannot attach to the one that has its id, or its dedup key; null where it can. */
    static @Nullable PerdureException conflict(RunRecord run, RunRecord existing) {
        if (!existing.id().equals(run.id())) {
            return conflictOfKey(run, existing);
        }
        if (EncodedText.isEncoded(existing.input())) {
            return Refusals.unreadable(existing, existing.input());
        }
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

    private static @Nullable PerdureException conflictOfKey(RunRecord run, RunRecord holder) {
        return holder.workflow().equals(run.workflow())
                ? null
                : new PerdureException(
                        ErrorCode.RUN_CONFLICT,
                        "the dedup key of run \"" + run.id() + "\" is taken in queue \""
                                + run.placement().queue() + "\" by run \"" + holder.id() + "\" of workflow \""
                                + holder.workflow() + "\", expected one of \"" + run.workflow()
                                + "\"; use keys that say what they are of, or another queue",
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
        return isImpatient;
    }

    /** A run that is to be started. */
    static RunRecord record(
            Workflow<?, ?> workflow, String runId, Payload input, @Nullable String parent, Instant now) {
        Duration timeout = workflow.timeout();
        return record(workflow, runId, input, parent, now, timeout == null ? null : now.plus(timeout));
    }

    /** A workflow that is known by name only, so that nobody can tell its definition's fingerprint. */
    record Named(String name, int version) {}

    static RunRecord record(Named workflow, String runId, Payload input, Instant now, @Nullable Instant deadline) {
        long at = now.toEpochMilli();
        return new RunRecord(
                runId,
                1,
                workflow.name(),
                workflow.version(),
                "",
                RunStatus.PENDING,
                input.text(),
                null,
                null,
                null,
                0,
                at,
                at,
                null,
                deadline == null ? null : (Long) deadline.toEpochMilli(),
                null,
                null);
    }

    /** A run that is to be started, and to end by {@code deadline}. */
    static RunRecord record(
            Workflow<?, ?> workflow,
            String runId,
            Payload input,
            @Nullable String parent,
            Instant now,
            @Nullable Instant deadline) {
        return new RunRecord(
                runId,
                1,
                workflow.name(),
                workflow.version(),
                workflow.fingerprint(),
                RunStatus.RUNNING,
                input.text(),
                null,
                null,
                null,
                0,
                now.toEpochMilli(),
                now.toEpochMilli(),
                null,
                deadline == null ? null : (Long) deadline.toEpochMilli(),
                parent,
                null);
    }
}
