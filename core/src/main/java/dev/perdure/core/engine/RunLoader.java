package dev.perdure.core.engine;

import dev.perdure.core.EncodedText;
import dev.perdure.core.ErrorCode;
import dev.perdure.core.Failure;
import dev.perdure.core.Json;
import dev.perdure.core.PerdureException;
import dev.perdure.core.RunStatus;
import dev.perdure.core.definition.Workflow;
import dev.perdure.core.journal.Row;
import dev.perdure.core.journal.RunRecord;
import dev.perdure.core.journal.RunUpdate;
import dev.perdure.core.journal.SignalRecord;
import dev.perdure.core.spi.Lease;
import dev.perdure.core.spi.Write;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes runs up from the store, each of which has a place among the arriving. Thread-safe. */
final class RunLoader {
    private static final Logger LOG = LoggerFactory.getLogger(Engine.class);

    private final Services services;
    private final Registered workflows;
    private final RunRegistry registry;
    private final Fleet fleet;

    RunLoader(Services services, Registered workflows, RunRegistry registry, Fleet fleet) {
        this.services = services;
        this.workflows = workflows;
        this.registry = registry;
        this.fleet = fleet;
    }

    /** Begins a run that was just started, on this thread of the pool that it is to be worked on by. */
    void begin(RunRecord run, Services under) {
        Workflow<?, ?> workflow = workflows.find(run);
        if (workflow == null) {
            throw Registered.missing(run);
        }
        RunDriver driver = new RunDriver(under, Replay.fresh(run, workflow), registry);
        registry.arrived(run.id(), driver);
        driver.beginHere();
    }

    /** By whom a run is to be worked on. */
    Executor poolFor(RunRecord run) {
        Workflow<?, ?> workflow = workflows.find(run);
        return workflow == null ? services.pool() : services.poolFor(workflow);
    }

    /** Whether no workflow for the run is registered here. */
    boolean isMissing(RunRecord run) {
        return workflows.find(run) == null;
    }

    /** Goes on with a run that has not ended, if this engine has it or can have it. */
    void load(String runId) {
        Services under = services.ofThisTenure();
        boolean isOwn =
                !fleet.isShared() || fleet.wasClaimed(runId, under.tenure().lease());
        RunRecord run = services.store().find(runId).orElse(null);
        if (run != null && !run.status().isTerminal() && !isOwn) {
            if (isMissing(run) || !claims(runId, under)) {
                registry.arrived(runId, null); // the engine that has it, or can have it, sees to it
                return;
            }
            run = services.store().find(runId).orElse(null);
        }
        if (run == null || run.status().isTerminal()) {
            registry.arrived(runId, null);
            registry.tellOutcome(runId); // who asked while it was on its way here waits for an end that has been
            return;
        }
        resume(run, under, null);
    }

    private boolean claims(String runId, Services under) {
        Lease lease = under.tenure().lease();
        return !services.store().claim(lease, List.of(runId)).isEmpty();
    }

    /** Goes on with a run that ended or stopped; completes once that is durable. */
    void retry(RunRecord run, CompletableFuture<Void> done) {
        try {
            retryNow(run, done);
        } catch (RuntimeException failed) {
            registry.arrived(run.id(), null); // whoever hears of it may ask again at once
            done.completeExceptionally(Refusals.notTakenUp(run.id(), failed));
            throw failed;
        }
    }

    private void retryNow(RunRecord run, CompletableFuture<Void> done) {
        Services under = services.ofThisTenure();
        if (fleet.isShared() && !claims(run.id(), under)) {
            registry.arrived(run.id(), null);
            done.completeExceptionally(Refusals.elsewhere(run));
            return;
        }
        resume(services.store().find(run.id()).orElse(run), under, done);
    }

    private void resume(RunRecord run, Services under, @Nullable CompletableFuture<Void> retried) {
        Workflow<?, ?> workflow = workflows.find(run);
        if (workflow == null) {
            unresolved(run, retried);
            return;
        }
        try {
            requireReadable(run);
            List<Row> rows = services.store().journal(run.id());
            RunDriver driver = new RunDriver(under, Replay.of(run, workflow, rows), registry);
            registry.arrived(run.id(), driver);
            if (run.status() == RunStatus.PENDING) {
                admitPending(driver, under, rows.isEmpty() ? driver::begin : () -> driver.beginFrom(rows.size()));
            } else if (retried != null && run.status().isTerminal()) {
                driver.retry(rows.size(), retried);
            } else {
                // After it arrived, so that a signal is either read here or passed on to the driver.
                driver.resume(rows.size(), signals(driver));
                complete(retried, null);
            }
        } catch (PerdureException unreadable) {
            if (unreadable.code() == ErrorCode.STORE_UNAVAILABLE) {
                throw unreadable; // says nothing of the run
            }
            stopUnreadable(run, under, unreadable);
            complete(retried, unreadable);
        }
    }

    private List<SignalRecord> signals(RunDriver driver) {
        try {
            return services.store().signals(driver.runId());
        } catch (RuntimeException unavailable) {
            registry.table().leave(driver); // it has not begun, and would not be taken up again beside itself
            driver.letGo(LetGo.VOID);
            throw unavailable;
        }
    }

    private static void requireReadable(RunRecord run) {
        Stream.of(run.input(), run.output(), run.context())
                .filter(text -> text != null && EncodedText.isEncoded(text))
                .findFirst()
                .ifPresent(text -> {
                    throw Refusals.unreadable(run, text);
                });
    }

    private static void complete(@Nullable CompletableFuture<Void> done, @Nullable PerdureException why) {
        if (done == null) {
            return;
        }
        if (why == null) {
            done.complete(null);
        } else {
            done.completeExceptionally(why);
        }
    }

    private void unresolved(RunRecord run, @Nullable CompletableFuture<Void> retried) {
        PerdureException missing = Registered.missing(run);
        if (Registered.isAdHoc(run)) {
            registry.arrived(run.id(), null); // it waits for somebody who brings its code
            complete(retried, missing);
            return;
        }
        LOG.warn("{}", missing.getMessage());
        services.listeners()
                .tell(new EngineEvent.RunUnresolved(
                        run.id(), run.workflow(), run.version(), services.time().now()));
        registry.unresolved(run.id(), missing);
        complete(retried, missing);
    }

    /** A run that never began: that it begins is recorded first, so that a crash can tell what may have run. */
    private void admitPending(RunDriver driver, Services under, Runnable begin) {
        RunRecord run = driver.record();
        RunUpdate running = RunUpdate.toStatus(
                RunStatus.RUNNING, null, services.time().now().toEpochMilli());
        Runnable begun = () -> {
            begin.run();
            if (run.wakeAt() != null) {
                registry.news().nudge(run.id()); // something was sent to it before it began
            }
        };
        under.committer().submit(Write.Append.of(run.id(), running), Acknowledged.of(begun, why -> {
            driver.letGo(LetGo.VOID);
            registry.refused(driver);
        }));
    }

    private void stopUnreadable(RunRecord run, Services under, PerdureException why) {
        RunStatus status = why.code() == ErrorCode.INCOMPATIBLE ? RunStatus.INCOMPATIBLE : RunStatus.BLOCKED;
        Failure failure = services.settings().redaction().of(Failure.of(why));
        LOG.warn("run {} is {}: {}", run.id(), status, failure.message());
        RunUpdate stopped = RunUpdate.toStatus(
                status, Json.write(failure.toPlain()), services.time().now().toEpochMilli());
        Runnable tell = () -> {
            registry.arrived(run.id(), null);
            services.listeners()
                    .tell(new EngineEvent.RunEnded(
                            run.id(),
                            run.workflow(),
                            status,
                            failure,
                            services.time().now()));
            registry.tellOutcome(run.id());
        };
        under.committer()
                .submit(
                        Write.Append.of(run.id(), stopped),
                        Acknowledged.of(
                                () -> registry.completeOnPool(tell), refusal -> registry.arrived(run.id(), null)));
    }
}
