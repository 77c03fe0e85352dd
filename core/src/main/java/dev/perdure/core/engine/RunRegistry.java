package dev.perdure.core.engine;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.PerdureException;
import dev.perdure.core.RunStatus;
import dev.perdure.core.journal.Row;
import dev.perdure.core.journal.RunRecord;
import dev.perdure.core.journal.SignalRecord;
import dev.perdure.core.machine.Action;
import dev.perdure.core.spi.RunQuery;
import dev.perdure.core.spi.StoreException;
import dev.perdure.core.spi.Write;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The runs of one engine, and those who wait for the end of one. A run that only waits is in the store alone until it is due
 * or asked something. Thread-safe.
 */
final class RunRegistry implements RunHost {
    private static final Logger LOG = LoggerFactory.getLogger(Engine.class);

    private final Services services;
    private final RunTable table;
    private final RunLoader loader;
    private final ChildRuns children;
    private final Alarm alarm;
    private final Outcomes outcomes;

    RunRegistry(Services services, Registered workflows) {
        this.services = services;
        this.table = new RunTable(services.settings().maxActiveRuns());
        this.loader = new RunLoader(services, workflows, this);
        this.children = new ChildRuns(services, workflows, this);
        this.alarm = new Alarm(services.store(), services.time(), services.pool(), this::enqueueAll);
        this.outcomes = new Outcomes(services.store());
    }

    /** Takes up every run that has not ended and does more than wait, oldest first, and those that are due. */
    void recover() {
        EnumSet<RunStatus> open = EnumSet.allOf(RunStatus.class);
        open.removeIf(status -> status.isTerminal() || status == RunStatus.WAITING || status == RunStatus.PAUSED);
        enqueueAll(services.store().ids(RunQuery.of(open)));
        alarm.ring();
    }

    /** Starts a run, or attaches to the one that has its id; completes once that is durable. */
    CompletableFuture<RunRecord> start(RunRecord run, boolean isImpatient) {
        PerdureException closed = table.closed();
        if (closed != null) {
            return CompletableFuture.failedFuture(closed);
        }
        boolean hasPlace = table.place(run.id());
        RunRecord started = hasPlace ? run : run.pending();
        CompletableFuture<RunRecord> done = new CompletableFuture<>();
        StartRequest request = new StartRequest(this, started, hasPlace, isImpatient, done);
        services.committer().submit(new Write.StartRun(started), request);
        return done;
    }

    /** Starts a run that is PENDING and has a journal already. */
    CompletableFuture<RunRecord> startForked(RunRecord run, List<Row> rows) {
        CompletableFuture<RunRecord> done = new CompletableFuture<>();
        StartRequest request = new StartRequest(this, run, false, true, done);
        services.committer().submit(new Write.StartRun(run, rows), request);
        return done.thenApply(started -> {
            if (request.isAttached()) {
                throw Refusals.refusal(
                        ErrorCode.RUN_CONFLICT,
                        run.id(),
                        "run id \"" + run.id() + "\" is taken; fork under another id");
            }
            return started;
        });
    }

    void begin(RunRecord run) {
        onPool(run.id(), () -> loader.begin(run));
    }

    /** Whether a run is in memory, or about to be. */
    boolean isLive(String runId) {
        return table.isLive(runId);
    }

    /** Takes a run up from the store, unless it is in memory. */
    void enqueue(String runId) {
        enqueueAll(List.of(runId));
    }

    private void enqueueAll(List<String> runIds) {
        table.enqueue(runIds);
        admit();
    }

    private void admit() {
        table.admit().forEach(runId -> onPool(runId, () -> loader.load(runId)));
    }

    void arrived(String runId, @Nullable RunDriver driver) {
        CompletableFuture<@Nullable RunDriver> arrival = table.arrived(runId, driver);
        if (driver != null && table.closed() != null) {
            driver.letGo(LetGo.VOID);
        }
        if (arrival != null) {
            arrival.complete(driver);
        }
        if (driver == null) {
            admit();
        }
    }

    /** No workflow for the run is registered here. */
    void unresolved(String runId, PerdureException missing) {
        table.unresolved(runId);
        arrived(runId, null);
        outcomes.fail(runId, missing);
    }

    @Override
    public void ended(RunDriver driver, RunRecord run) {
        table.leave(driver);
        outcomes.tell(run);
        if (run.parent() != null && run.status().isTerminal()) {
            children.ended(run);
        }
        admit();
    }

    @Override
    public void suspended(RunDriver driver, @Nullable Instant wake) {
        table.leave(driver);
        if (wake != null) {
            alarm.setFor(wake);
        }
        admit();
    }

    @Override
    public void attend(RunDriver driver, RunRecord parent, Action.AttendChild action) {
        children.attend(driver, parent, action);
    }

    @Override
    public void cancelChild(RunDriver driver, RunRecord parent, Action.CancelChild action) {
        children.cancel(driver, parent, action);
    }

    void tellOutcome(String runId) {
        outcomes.tell(runId);
    }

    /** Completes with the run's row once it has ended or stopped. */
    CompletableFuture<RunRecord> outcome(String runId) {
        PerdureException closed = table.closed();
        if (closed != null) {
            return CompletableFuture.failedFuture(closed);
        }
        // Asked for first, then looked up: an end in between is seen by one of the two.
        CompletableFuture<RunRecord> outcome = outcomes.of(runId);
        if (table.isLive(runId)) {
            return outcome;
        }
        RunRecord run = services.store().find(runId).orElse(null);
        if (run == null || run.status().isTerminal() || run.status().isStopped()) {
            outcomes.tell(runId);
        } else if (loader.isMissing(run)) {
            outcomes.fail(runId, Registered.missing(run));
        }
        return outcome;
    }

    CompletableFuture<Boolean> cancel(String runId, String reason) {
        return ask(runId, driver -> driver.requests().cancel(reason));
    }

    /** Asks a run something, which is taken up for that if need be; false where it means nothing to the run. */
    CompletableFuture<Boolean> ask(String runId, Function<RunDriver, CompletableFuture<RunRequests.Reply>> question) {
        return driverOf(runId)
                .thenCompose(driver -> driver == null
                        ? CompletableFuture.completedFuture(RunRequests.Reply.REFUSED)
                        : question.apply(driver))
                .thenCompose(reply -> reply == RunRequests.Reply.GONE
                        ? ask(runId, question)
                        : CompletableFuture.completedFuture(reply == RunRequests.Reply.DONE));
    }

    /** A signal for a run is durable: the run gets it now, or when it is taken up for it. */
    void signalled(String runId, SignalRecord signal) {
        withDriver(runId, driver -> driver.requests().signalled(signal, () -> enqueue(runId)), () -> enqueue(runId));
    }

    /** Does something with a run's driver, if it has one or is about to. */
    void withDriver(String runId, Consumer<RunDriver> action, Runnable otherwise) {
        var unused = table.find(runId).future().thenAccept(driver -> {
            if (driver == null) {
                otherwise.run();
            } else {
                action.accept(driver);
            }
        });
    }

    /** The run's driver, once it has arrived; a run that waits is taken up. Null for a run that has ended. */
    private CompletableFuture<@Nullable RunDriver> driverOf(String runId) {
        boolean isInStore = services.store()
                .find(runId)
                .filter(run -> !run.status().isTerminal() && !loader.isMissing(run))
                .isPresent();
        boolean isFetched = table.fetch(runId, isInStore);
        CompletableFuture<@Nullable RunDriver> driver = table.find(runId).future();
        if (isFetched) {
            onPool(runId, () -> loader.load(runId));
        }
        return driver;
    }

    CompletableFuture<Void> retry(String runId) {
        RunRecord run = services.store().find(runId).orElse(null);
        if (run == null) {
            return CompletableFuture.failedFuture(Refusals.unknown(runId));
        }
        boolean isOpen = run.status() == RunStatus.FAILED
                || run.status() == RunStatus.CANCELLED
                || run.status() == RunStatus.COMPENSATION_FAILED
                || run.status().isStopped();
        if (!isOpen || !table.placeRetried(runId)) {
            boolean isUndone = run.status() == RunStatus.COMPENSATED;
            return CompletableFuture.failedFuture(isUndone ? Refusals.undone(run) : Refusals.notRetryable(run));
        }
        CompletableFuture<Void> done = new CompletableFuture<>();
        onPool(runId, () -> loader.retry(run, done));
        return done;
    }

    /** Lets a run go that is about to be forgotten. */
    CompletableFuture<Void> forget(String runId) {
        return table.withdraw(runId).future().thenCompose(found -> {
            table.forget(runId);
            outcomes.fail(runId, Refusals.unknown(runId));
            admit();
            if (found == null) {
                return CompletableFuture.completedFuture(null);
            }
            found.letGo(LetGo.VOID);
            return within(found.whenStopped(), services.settings().cancellationGrace());
        });
    }

    private static CompletableFuture<Void> within(CompletableFuture<Void> stopped, Duration grace) {
        return stopped.completeOnTimeout(null, grace.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Lets all runs go because the engine closes, and waits for their bodies. */
    void close(PerdureException why, Duration grace) {
        List<CompletableFuture<?>> stopping = new ArrayList<>();
        for (RunDriver driver : shut(why)) {
            driver.letGo(LetGo.CLOSING);
            stopping.add(driver.whenStopped());
        }
        stopping.addAll(table.arrivals());
        CompletableFuture<?>[] stops = stopping.toArray(CompletableFuture<?>[]::new);
        try {
            CompletableFuture.allOf(stops).get(grace.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException abandoned) {
            LOG.warn("bodies did not end within {} of the engine's close; they are abandoned", grace);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException impossible) {
            throw new IllegalStateException("stopping a run never fails", impossible);
        }
        outcomes.failAll(why);
    }

    /** Lets all runs go because the engine cannot record any more. */
    void stop(PerdureException why) {
        shut(why).forEach(driver -> driver.letGo(LetGo.VOID));
        outcomes.failAll(why);
    }

    private List<RunDriver> shut(PerdureException why) {
        alarm.close();
        return table.shut(why);
    }

    /** Work for a run that has a place; whatever goes wrong frees the place. */
    private void onPool(String runId, Runnable work) {
        try {
            services.pool().execute(() -> {
                try {
                    work.run();
                } catch (RuntimeException failed) {
                    LOG.error("run {} could not be taken up; it stays in the store", runId, failed);
                    arrived(runId, null);
                    outcomes.fail(runId, asPerdure(runId, failed));
                    if (failed instanceof StoreException) {
                        alarm.ringSoon();
                    }
                }
            });
        } catch (RejectedExecutionException closing) {
            arrived(runId, null);
        }
    }

    private static PerdureException asPerdure(String runId, RuntimeException failed) {
        return failed instanceof PerdureException known
                ? known
                : new PerdureException(
                        ErrorCode.INTERNAL, "run \"" + runId + "\" could not be taken up", runId, null, failed);
    }

    /** Callers' continuations must not hold up the committing thread. */
    void completeOnPool(Runnable completion) {
        try {
            services.pool().execute(completion);
        } catch (RejectedExecutionException closing) {
            completion.run();
        }
    }
}
