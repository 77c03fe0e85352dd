package dev.perdure.core.engine;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.Failure;
import dev.perdure.core.Json;
import dev.perdure.core.PerdureException;
import dev.perdure.core.RunStatus;
import dev.perdure.core.definition.Workflow;
import dev.perdure.core.journal.Row;
import dev.perdure.core.journal.RunRecord;
import dev.perdure.core.journal.RunUpdate;
import dev.perdure.core.spi.Write;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes runs up from the store, each of which has a place among the arriving. Thread-safe. */
final class RunLoader {
    private static final Logger LOG = LoggerFactory.getLogger(Engine.class);

    private final Services services;
    private final Registered workflows;
    private final RunRegistry registry;

    RunLoader(Services services, Registered workflows, RunRegistry registry) {
        this.services = services;
        this.workflows = workflows;
        this.registry = registry;
    }

    /** Begins a run that was just started. */
    void begin(RunRecord run) {
        Workflow<?, ?> workflow = workflows.find(run);
        if (workflow == null) {
            throw Registered.missing(run);
        }
        RunDriver driver = new RunDriver(services, Replay.fresh(run, workflow), registry);
        registry.arrived(run.id(), driver);
        driver.begin();
    }

    /** Whether no workflow for the run is registered here. */
    boolean isMissing(RunRecord run) {
        return workflows.find(run) == null;
    }

    /** Goes on with a run that has not ended. */
    void load(String runId) {
        RunRecord run = services.store().find(runId).orElse(null);
        if (run == null || run.status().isTerminal()) {
            registry.arrived(runId, null);
            registry.tellOutcome(runId); // who asked while it was on its way here waits for an end that has been
            return;
        }
        resume(run, null);
    }

    /** Goes on with a run that ended or stopped; completes once that is durable. */
    void retry(RunRecord run, CompletableFuture<Void> done) {
        resume(run, done);
    }

    private void resume(RunRecord run, @Nullable CompletableFuture<Void> retried) {
        Workflow<?, ?> workflow = workflows.find(run);
        if (workflow == null) {
            unresolved(run, retried);
            return;
        }
        try {
            List<Row> rows = services.store().journal(run.id());
            RunDriver driver = new RunDriver(services, Replay.of(run, workflow, rows), registry);
            registry.arrived(run.id(), driver);
            if (run.status() == RunStatus.PENDING) {
                admitPending(driver, run, rows.isEmpty() ? driver::begin : () -> driver.beginFrom(rows.size()));
            } else if (retried != null && run.status().isTerminal()) {
                driver.retry(rows.size(), retried);
            } else {
                // After it arrived, so that a signal is either read here or passed on to the driver.
                driver.resume(rows.size(), services.store().signals(run.id()));
                complete(retried, null);
            }
        } catch (PerdureException unreadable) {
            if (unreadable.code() == ErrorCode.STORE_UNAVAILABLE) {
                throw unreadable; // says nothing of the run
            }
            stopUnreadable(run, unreadable);
            complete(retried, unreadable);
        }
    }

    private static void complete(@Nullable CompletableFuture<Void> done, @Nullable PerdureException why) {
        if (done != null && why != null) {
            done.completeExceptionally(why);
        } else if (done != null) {
            done.complete(null);
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
    private void admitPending(RunDriver driver, RunRecord run, Runnable begin) {
        RunUpdate running = RunUpdate.toStatus(
                RunStatus.RUNNING, null, services.time().now().toEpochMilli());
        services.committer()
                .submit(Write.Append.of(run.id(), running), Acknowledged.of(begin, why -> driver.letGo(LetGo.VOID)));
    }

    private void stopUnreadable(RunRecord run, PerdureException why) {
        RunStatus status = why.code() == ErrorCode.INCOMPATIBLE ? RunStatus.INCOMPATIBLE : RunStatus.BLOCKED;
        Failure failure = Failure.of(why);
        LOG.warn("run {} is {}: {}", run.id(), status, why.getMessage());
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
        services.committer()
                .submit(
                        Write.Append.of(run.id(), stopped),
                        Acknowledged.of(
                                () -> registry.completeOnPool(tell), refusal -> registry.arrived(run.id(), null)));
    }
}
