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
import dev.perdure.core.spi.RunQuery;
import dev.perdure.core.spi.Write;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The runs of one engine: those that are active, those that wait for a place, and those who wait for the end of one. One lock
 * guards them; nothing slow happens under it.
 */
final class RunRegistry {
    private static final Logger LOG = LoggerFactory.getLogger(Engine.class);

    private final Services services;
    private final Registered workflows;
    private final Object lock = new Object();
    private final Map<String, RunDriver> active = new HashMap<>();
    /** Runs that are being loaded or started; they have a place already. */
    private final Map<String, CompletableFuture<@Nullable RunDriver>> arriving = new HashMap<>();

    private final LinkedHashSet<String> waiting = new LinkedHashSet<>();
    private final Outcomes outcomes;
    private @Nullable PerdureException closed;

    RunRegistry(Services services, Registered workflows) {
        this.services = services;
        this.workflows = workflows;
        this.outcomes = new Outcomes(services.store());
    }

    /** Takes up every run that has not ended, oldest first. */
    void recover() {
        List<String> unfinished = services.store().ids(RunQuery.unfinished());
        synchronized (lock) {
            waiting.addAll(unfinished);
        }
        admit();
    }

    /** Starts a run, or attaches to the one that has its id; completes once that is durable. */
    CompletableFuture<RunRecord> start(RunRecord run) {
        boolean hasPlace;
        synchronized (lock) {
            if (closed != null) {
                return CompletableFuture.failedFuture(closed);
            }
            hasPlace = !arriving.containsKey(run.id()) && waiting.isEmpty() && places() > 0;
            if (hasPlace) {
                arriving.put(run.id(), new CompletableFuture<>());
            }
        }
        RunRecord started = hasPlace ? run : run.pending();
        CompletableFuture<RunRecord> done = new CompletableFuture<>();
        services.committer().submit(new Write.StartRun(started), new StartRequest(this, started, hasPlace, done));
        return done;
    }

    /** The generation that the store gave a run is not known here, so a run whose id was used before is read again. */
    void begin(RunRecord run) {
        onPool(run.id(), () -> {
            RunRecord stored = services.store().find(run.id()).orElse(run);
            Workflow<?, ?> workflow = workflows.find(run.workflow(), run.version());
            if (workflow == null) {
                throw Registered.missing(run);
            }
            RunDriver driver = new RunDriver(services, Replay.fresh(stored, workflow), this::ended);
            arrived(run.id(), driver);
            driver.begin();
        });
    }

    void enqueue(String runId) {
        synchronized (lock) {
            if (!active.containsKey(runId) && !arriving.containsKey(runId)) {
                waiting.add(runId);
            }
        }
        admit();
    }

    private int places() {
        return services.settings().maxActiveRuns() - active.size() - arriving.size();
    }

    /** Gives free places to runs that wait. */
    private void admit() {
        List<String> admitted = new ArrayList<>();
        synchronized (lock) {
            var next = waiting.iterator();
            while (closed == null && next.hasNext() && places() > 0) {
                String runId = next.next();
                next.remove();
                if (!active.containsKey(runId) && !arriving.containsKey(runId)) {
                    arriving.put(runId, new CompletableFuture<>());
                    admitted.add(runId);
                }
            }
        }
        admitted.forEach(runId -> onPool(runId, () -> load(runId, false, new CompletableFuture<>())));
    }

    /** Loads a run from the store and goes on with it; the run has a place among the arriving. */
    private void load(String runId, boolean isRetry, CompletableFuture<Boolean> done) {
        RunRecord run = services.store().find(runId).orElse(null);
        boolean isOver = run == null || (run.status().isTerminal() && !isRetry);
        if (run == null || isOver) {
            arrived(runId, null);
            done.complete(false);
            return;
        }
        Workflow<?, ?> workflow = workflows.find(run.workflow(), run.version());
        if (workflow == null) {
            LOG.warn("{}", Registered.missing(run).getMessage());
            services.listeners().tell(new EngineEvent.RunUnresolved(runId, run.workflow(), run.version(), now()));
            arrived(runId, null);
            outcomes.fail(runId, Registered.missing(run));
            done.completeExceptionally(Registered.missing(run));
            return;
        }
        try {
            List<Row> rows = services.store().journal(runId);
            RunDriver driver = new RunDriver(services, Replay.of(run, workflow, rows), this::ended);
            arrived(runId, driver);
            if (run.status() == RunStatus.PENDING) {
                admitPending(driver, run);
                done.complete(true);
            } else {
                driver.resume(rows.size(), isRetry && run.status().isTerminal(), done);
            }
        } catch (PerdureException unreadable) {
            if (unreadable.code() == ErrorCode.STORE_UNAVAILABLE) {
                throw unreadable; // says nothing of the run
            }
            stopUnreadable(run, unreadable);
            done.completeExceptionally(unreadable);
        }
    }

    /** A run that never began: that it begins is recorded first, so that a crash can tell what may have run. */
    private void admitPending(RunDriver driver, RunRecord run) {
        RunUpdate running = RunUpdate.toStatus(RunStatus.RUNNING, null, now().toEpochMilli());
        services.committer()
                .submit(
                        Write.Append.of(run.id(), running),
                        Committer.Acknowledged.of(driver::begin, why -> driver.letGo(RunDriver.LetGo.VOID)));
    }

    private void stopUnreadable(RunRecord run, PerdureException why) {
        RunStatus status = why.code() == ErrorCode.INCOMPATIBLE ? RunStatus.INCOMPATIBLE : RunStatus.BLOCKED;
        Failure failure = Failure.of(why);
        LOG.warn("run {} is {}: {}", run.id(), status, why.getMessage());
        RunUpdate stopped = RunUpdate.toStatus(
                status, Json.write(failure.toPlain()), now().toEpochMilli());
        Runnable tell = () -> {
            arrived(run.id(), null);
            services.listeners().tell(new EngineEvent.RunEnded(run.id(), run.workflow(), status, failure, now()));
            outcomes.tell(run.id());
        };
        services.committer()
                .submit(
                        Write.Append.of(run.id(), stopped),
                        Committer.Acknowledged.of(() -> completeOnPool(tell), refusal -> arrived(run.id(), null)));
    }

    void arrived(String runId, @Nullable RunDriver driver) {
        CompletableFuture<@Nullable RunDriver> arrival;
        PerdureException refusal;
        synchronized (lock) {
            arrival = arriving.remove(runId);
            refusal = closed;
            if (driver != null && refusal == null) {
                active.put(runId, driver);
            }
        }
        if (driver != null && refusal != null) {
            driver.letGo(RunDriver.LetGo.VOID);
        }
        if (arrival != null) {
            arrival.complete(driver);
        }
        if (driver == null) {
            admit();
        }
    }

    private void ended(RunDriver driver, RunStatus status) {
        synchronized (lock) {
            active.remove(driver.runId(), driver);
        }
        outcomes.tell(driver.runId());
        admit();
    }

    /** Completes with the run's row once it has ended or stopped. */
    CompletableFuture<RunRecord> outcome(String runId) {
        synchronized (lock) {
            if (closed != null) {
                return CompletableFuture.failedFuture(closed);
            }
        }
        // Asked for first, then looked up: an end in between is seen by one of the two.
        CompletableFuture<RunRecord> outcome = outcomes.of(runId);
        if (isLive(runId)) {
            return outcome;
        }
        RunRecord run = services.store().find(runId).orElse(null);
        if (run == null || run.status().isTerminal() || run.status().isStopped()) {
            outcomes.tell(runId);
        } else if (workflows.find(run.workflow(), run.version()) == null) {
            outcomes.fail(runId, Registered.missing(run));
        }
        return outcome;
    }

    private boolean isLive(String runId) {
        synchronized (lock) {
            return active.containsKey(runId) || arriving.containsKey(runId) || waiting.contains(runId);
        }
    }

    CompletableFuture<Boolean> cancel(String runId, String reason) {
        return driverOf(runId)
                .thenCompose(
                        driver -> driver == null ? CompletableFuture.completedFuture(false) : driver.cancel(reason));
    }

    /** The run's driver, once it has arrived; a run that waits for a place is given one. Null for a run that is not live. */
    private CompletableFuture<@Nullable RunDriver> driverOf(String runId) {
        boolean isFetched;
        CompletableFuture<@Nullable RunDriver> arrival;
        synchronized (lock) {
            RunDriver driver = active.get(runId);
            if (driver != null) {
                return CompletableFuture.completedFuture(driver);
            }
            isFetched = waiting.remove(runId);
            if (isFetched) {
                arriving.put(runId, new CompletableFuture<>());
            }
            arrival = arriving.get(runId);
        }
        if (isFetched) {
            onPool(runId, () -> load(runId, false, new CompletableFuture<>()));
        }
        if (arrival == null) {
            return CompletableFuture.<@Nullable RunDriver>completedFuture(null);
        }
        return arrival;
    }

    CompletableFuture<Void> retry(String runId) {
        RunRecord run = services.store().find(runId).orElse(null);
        if (run == null) {
            return CompletableFuture.failedFuture(Engine.unknown(runId));
        }
        boolean isRefused;
        synchronized (lock) {
            boolean isLive = active.containsKey(runId) || arriving.containsKey(runId) || waiting.contains(runId);
            boolean isOpen = run.status() == RunStatus.FAILED
                    || run.status() == RunStatus.CANCELLED
                    || run.status().isStopped();
            isRefused = isLive || !isOpen || closed != null;
            if (!isRefused) {
                arriving.put(runId, new CompletableFuture<>());
            }
        }
        if (isRefused) {
            return CompletableFuture.failedFuture(new PerdureException(
                    ErrorCode.WRONG_STATUS,
                    "run \"" + runId + "\" is " + run.status()
                            + "; only a run that is FAILED, CANCELLED, INCOMPATIBLE or BLOCKED can be retried",
                    runId,
                    null,
                    null));
        }
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        onPool(runId, () -> load(runId, true, done));
        return done.thenApply(isResumed -> null);
    }

    /** Lets a run go that is about to be forgotten. */
    CompletableFuture<Void> forget(String runId) {
        return driverOf(runId).thenCompose(driver -> {
            synchronized (lock) {
                active.remove(runId);
            }
            outcomes.fail(runId, Engine.unknown(runId));
            admit();
            if (driver == null) {
                return CompletableFuture.completedFuture(null);
            }
            driver.letGo(RunDriver.LetGo.VOID);
            return within(driver.whenStopped(), services.settings().cancellationGrace());
        });
    }

    private static CompletableFuture<Void> within(CompletableFuture<Void> stopped, Duration grace) {
        return stopped.completeOnTimeout(null, grace.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Lets all runs go because the engine closes, and waits for their bodies. */
    void close(PerdureException why, Duration grace) {
        List<CompletableFuture<?>> stopping = new ArrayList<>();
        for (RunDriver driver : shut(why)) {
            driver.letGo(RunDriver.LetGo.CLOSING);
            stopping.add(driver.whenStopped());
        }
        synchronized (lock) {
            stopping.addAll(arriving.values());
        }
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
        shut(why).forEach(driver -> driver.letGo(RunDriver.LetGo.VOID));
        outcomes.failAll(why);
    }

    private List<RunDriver> shut(PerdureException why) {
        synchronized (lock) {
            if (closed == null) {
                closed = why;
            }
            List<RunDriver> drivers = List.copyOf(active.values());
            waiting.clear();
            return drivers;
        }
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

    private Instant now() {
        return services.time().now();
    }
}
