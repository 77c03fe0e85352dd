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
import dev.perdure.core.spi.Lease;
import dev.perdure.core.spi.Recorded;
import dev.perdure.core.spi.Store;
import dev.perdure.core.spi.Write;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.stream.Collectors;
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
        RunDriver driver = new RunDriver(under, Replay.fresh(run, workflows.require(run)), registry);
        registry.arrived(run.id(), driver);
        driver.beginHere();
    }

    /** By whom a run is to be worked on. */
    Executor poolFor(RunRecord run) {
        Workflow<?, ?> workflow = workflows.find(run);
        return workflow == null ? services.strands() : services.poolFor(workflow);
    }

    /** Whether no workflow for the run is registered here. */
    boolean isMissing(RunRecord run) {
        return workflows.find(run) == null;
    }

    /** Goes on with those of the runs that have not ended, and that this engine has or can have. */
    void load(List<String> runIds) {
        Services under = services.ofThisTenure();
        Set<String> own = runIds.stream().filter(runId -> isOwn(runId, under)).collect(Collectors.toSet());
        Map<String, Recorded> found = recorded(own);
        for (String runId : runIds) {
            registry.takingUp(runId, () -> resumeOrLeave(runId, found.get(runId), own.contains(runId), under));
        }
    }

    /** Whether nobody else can have the run, or the engine was just given it. */
    private boolean isOwn(String runId, Services under) {
        return !fleet.isShared() || fleet.wasClaimed(runId, under.tenure().lease());
    }

    /** Where one of them cannot be read, or the store not now, none: each is then read by itself, and answers for itself. */
    private Map<String, Recorded> recorded(Set<String> runIds) {
        Map<String, Recorded> found = new HashMap<>();
        try {
            services.store()
                    .recorded(List.copyOf(runIds))
                    .forEach(each -> found.put(each.run().id(), each));
        } catch (RuntimeException unreadable) {
            LOG.debug("{} runs could not be read at once, and are read one by one", runIds.size(), unreadable);
        }
        return found;
    }

    /** Goes on with a run that was read with others, or could not be. */
    private void resumeOrLeave(String runId, @Nullable Recorded read, boolean isOwn, Services under) {
        RunRecord run = read == null ? services.store().find(runId).orElse(null) : read.run();
        if (run == null || run.status().isTerminal()) {
            registry.arrived(runId, null);
            registry.lookForEnd(runId); // who asked while it was on its way here waits for an end that has been
        } else if (run.isHeldBack()) {
            registry.arrived(runId, null); // it is taken up when it is let begin, and reads then what was sent to it
        } else if (isOwn) {
            resume(run, read, under, null);
        } else if (isMissing(run) || !claims(runId, under)) {
            registry.arrived(runId, null); // the engine that has it, or can have it, sees to it
        } else {
            resumeOrLeave(runId, null, true, under);
        }
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
        resume(services.store().find(run.id()).orElse(run), null, under, done);
    }

    /**
     * @param read what is recorded of it, if it was read already
     * @param retried completes once it goes on durably, if it had ended or stopped
     */
    private void resume(
            RunRecord run, @Nullable Recorded read, Services under, @Nullable CompletableFuture<Void> retried) {
        Workflow<?, ?> workflow = workflows.find(run);
        if (workflow == null) {
            unresolved(run, retried);
            return;
        }
        try {
            requireReadable(run);
            Recorded recorded = read == null ? read(run) : read;
            List<Row> rows = recorded.rows();
            RunDriver driver = new RunDriver(under, Replay.of(run, workflow, rows), registry);
            registry.arrived(run.id(), driver);
            if (run.status() == RunStatus.PENDING) {
                admitPending(driver, under, rows.isEmpty() ? driver::begin : () -> driver.beginFrom(rows.size()));
                // An engine that had the run before may have been told of them, and have died before it began.
                recorded.signals().forEach(signal -> registry.signalled(run.id(), signal));
            } else if (retried != null && run.status().isTerminal()) {
                driver.retry(rows.size(), retried);
            } else {
                driver.resume(rows.size(), recorded.signals());
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

    /** A signal that becomes durable later than this finds the run on its way here, and is passed on to it. */
    private Recorded read(RunRecord run) {
        Store store = services.store();
        return new Recorded(run, store.journal(run.id()), store.signals(run.id()));
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
            registry.lookForEnd(run.id());
        };
        under.committer()
                .submit(
                        Write.Append.of(run.id(), stopped),
                        Acknowledged.of(
                                () -> registry.completeOnPool(tell), refusal -> registry.arrived(run.id(), null)));
    }
}
