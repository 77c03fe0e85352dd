package dev.perdure.core.engine;

import static dev.perdure.core.RunStatus.CANCELLING;
import static dev.perdure.core.RunStatus.COMPENSATING;
import static dev.perdure.core.RunStatus.PAUSED;
import static dev.perdure.core.RunStatus.PENDING;
import static dev.perdure.core.RunStatus.RUNNING;
import static dev.perdure.core.RunStatus.WAITING;

import dev.perdure.core.PerdureException;
import dev.perdure.core.RunStatus;
import dev.perdure.core.journal.RunRecord;
import dev.perdure.core.journal.SignalRecord;
import dev.perdure.core.machine.Action;
import dev.perdure.core.spi.PendingRun;
import dev.perdure.core.spi.RunQuery;
import dev.perdure.core.spi.StoreException;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The runs of one engine, and those who wait for the end of one. A run that only waits is in the store alone until it is due
 * or asked something. Thread-safe.
 */
final class RunRegistry implements RunHost {
    private static final Logger LOG = LoggerFactory.getLogger(Engine.class);
    /** What is in memory, unless it could not be taken up. */
    private static final Set<RunStatus> UNDER_WAY = Set.of(RUNNING, CANCELLING, COMPENSATING);

    private final Services services;
    private final RunTable table;
    private final RunLoader loader;
    private final LoadQueue toLoad;
    private final ChildRuns children;
    private final Alarm alarm;
    private final Outcomes outcomes;
    private final Fleet fleet;
    private final Questions questions;
    private final News news;
    private final Starts starts;
    private final Retries retries;

    /** @param everyLook is called whenever a store that engines share is looked at */
    RunRegistry(Services services, Registered workflows, Runnable everyLook) {
        this.services = services;
        this.table = new RunTable(services.settings().maxActiveRuns());
        this.fleet = new Fleet(services, workflows, this, everyLook);
        this.loader = new RunLoader(services, workflows, this, fleet);
        this.toLoad = new LoadQueue(services.pool(), loader::load, runId -> arrived(runId, null));
        this.children = new ChildRuns(services, workflows, this);
        this.alarm = new Alarm(services.store(), services.time(), services.pool(), this::takeUpDue);
        this.outcomes = new Outcomes(services.store());
        this.questions = new Questions(services, this);
        this.news = new News(services, this, children, outcomes);
        this.starts = new Starts(services, this, table, fleet);
        this.retries = new Retries(services.store(), this, loader);
    }

    /** Takes up every run that has not ended and does more than wait, oldest first, and those that are due or have news. */
    void recover() {
        if (fleet.isShared()) {
            fleet.open();
            alarm.ring();
            return;
        }
        EnumSet<RunStatus> open = EnumSet.allOf(RunStatus.class);
        open.removeIf(status ->
                status.isTerminal() || Set.of(WAITING, PAUSED, PENDING).contains(status));
        table.enqueueBegun(services.store().ids(RunQuery.of(open)));
        table.enqueuePending(services.store().pending());
        enqueueAll(services.store().unheard());
        alarm.ring();
    }

    private boolean takeUpDue(Instant now, int most) {
        if (fleet.isShared()) {
            fleet.soon();
            return false;
        }
        List<String> due = services.store().due(now.toEpochMilli(), most);
        enqueueAll(due);
        fleet.admissions().look();
        return due.size() == most;
    }

    /** Takes up runs that the store gave this engine. */
    void takeUp(List<String> runIds) {
        table.enqueueClaimed(runIds);
        admit();
    }

    RunTable table() {
        return table;
    }

    /** What records runs that are to begin. */
    Starts starts() {
        return starts;
    }

    /** What reopens runs that have ended. */
    Retries retries() {
        return retries;
    }

    /** Has runs wait for a place that may begin. */
    void begin(List<PendingRun> runs) {
        table.enqueuePending(runs);
        admit();
    }

    /** When something is to be looked for. */
    Alarm alarm() {
        return alarm;
    }

    /** How work is shared with other engines. */
    Fleet fleet() {
        return fleet;
    }

    /** By whom a run is to be worked on that is about to be started. */
    Executor poolFor(RunRecord run) {
        return loader.poolFor(run);
    }

    /** Begins a run that was just started, on a thread of {@link #poolFor}. */
    void begin(RunRecord run, Services under) {
        takingUp(run.id(), () -> loader.begin(run, under));
    }

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
        toLoad.add(table.admit());
        fleet.placeLeft();
    }

    void arrived(String runId, @Nullable RunDriver driver) {
        if (driver != null) {
            fleet.arrived(runId);
        }
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
        Outcomes.Waiters waiters = outcomes.waiters(runId);
        arrived(runId, null);
        waiters.fail(missing);
        lookForEnd(runId);
    }

    @Override
    public void ended(RunDriver driver, RunRecord run) {
        Outcomes.Waiters waiters = outcomes.waiters(run.id());
        table.leave(driver);
        waiters.tell(run);
        lookForEnd(run.id());
        if (run.parent() != null && run.status().isTerminal()) {
            children.ended(run);
        }
        admit();
        fleet.admissions().left(run);
    }

    @Override
    public void refused(RunDriver driver) {
        if (fleet.isShared()) {
            table.leave(driver); // whoever waits for its end hears of it from the store
            admit();
        }
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

    /** Completes with the run's row once it has ended or stopped. */
    CompletableFuture<RunRecord> outcome(String runId) {
        // Asked for first, then looked up: an end in between is seen by one of the two.
        CompletableFuture<RunRecord> outcome = outcomes.of(runId);
        PerdureException closed = table.closed();
        if (closed != null) {
            outcome.completeExceptionally(closed);
        }
        lookForEnd(runId);
        return outcome;
    }

    /** Sees to those who wait for the end of a run that may be in memory no more: it may have ended, or be left there for nobody. */
    void lookForEnd(String runId) {
        if (table.isLive(runId)) {
            return;
        }
        RunRecord run = outcomes.look(runId);
        if (run == null || fleet.isShared()) {
            return;
        }
        if (loader.isMissing(run)) {
            outcomes.waiters(runId).fail(Registered.missing(run));
        } else if (UNDER_WAY.contains(run.status())) {
            enqueue(runId); // it could not be taken up before
        }
    }

    /** Asks things of runs, wherever they are. */
    Questions questions() {
        return questions;
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

    /** What other processes did. */
    News news() {
        return news;
    }

    /** The run's driver, once it has arrived; a run that waits is taken up. Null for a run that has ended, is held back or elsewhere. */
    CompletableFuture<@Nullable RunDriver> driverOf(String runId) {
        boolean isInStore = services.store()
                .find(runId)
                .filter(run -> !run.status().isTerminal() && !run.isHeldBack() && !loader.isMissing(run))
                .isPresent();
        RunTable.Fetched fetched = table.fetch(runId, isInStore);
        if (fetched.isToLoad()) {
            onPool(runId, () -> loader.load(List.of(runId))); // what is asked does not wait for others
        }
        return fetched.found().future();
    }

    /** Lets a run go that is about to be forgotten. */
    CompletableFuture<Void> forget(String runId) {
        return table.withdraw(runId).future().thenCompose(found -> {
            table.forget(runId);
            outcomes.waiters(runId).fail(Refusals.unknown(runId));
            admit();
            if (found == null) {
                return CompletableFuture.completedFuture(null);
            }
            found.letGo(LetGo.VOID);
            return Stopping.within(found.whenStopped(), services.settings().cancellationGrace());
        });
    }

    /** Lets all runs go because the engine closes, and waits for their bodies. */
    void close(PerdureException why, Duration grace) {
        Map<String, CompletableFuture<?>> stopping = new HashMap<>();
        for (RunDriver driver : shut(why)) {
            driver.letGo(LetGo.CLOSING);
            stopping.put(driver.runId(), driver.whenStopped());
        }
        stopping.putAll(table.arrivals());
        Stopping.await(stopping, grace);
        outcomes.failAll(why);
    }

    /** Lets all runs go because the engine cannot record any more. */
    void stop(PerdureException why) {
        shut(why).forEach(driver -> driver.letGo(LetGo.VOID));
        outcomes.failAll(why);
    }

    /** Lets all runs go because the lease is lost; others have them, or will. Who waits for an end goes on waiting. */
    void lost() {
        table.clear().forEach(driver -> driver.letGo(LetGo.VOID));
    }

    /** The engine has a lease again. */
    void regained() {
        fleet.soon();
    }

    private List<RunDriver> shut(PerdureException why) {
        alarm.close();
        fleet.close();
        services.tenures().end(why);
        questions.failAll(why);
        return table.shut(why);
    }

    /** Does work for a run that has a place; without a pool, as the engine closes, frees the place. */
    void onPool(String runId, Runnable work) {
        try {
            services.pool().execute(() -> takingUp(runId, work));
        } catch (RejectedExecutionException closing) {
            arrived(runId, null);
        }
    }

    /** Work for a run that has a place; whatever goes wrong frees the place. */
    void takingUp(String runId, Runnable work) {
        try {
            work.run();
        } catch (RuntimeException failed) {
            notTakenUp(runId, failed);
        }
    }

    private void notTakenUp(String runId, RuntimeException failed) {
        boolean isPassing = failed instanceof StoreException met && (met.isTransient() || fleet.isShared());
        if (isPassing) {
            LOG.warn("run {} could not be taken up, and is tried again: {}", runId, failed.getMessage());
            news.later(() -> enqueue(runId)); // no other engine is given what this one claimed
        } else {
            LOG.error("run {} could not be taken up; it stays in the store", runId, failed);
        }
        Outcomes.Waiters waiters = outcomes.waiters(runId);
        arrived(runId, null);
        if (!isPassing) {
            waiters.fail(Refusals.notTakenUp(runId, failed));
            lookForEnd(runId);
        }
        if (failed instanceof StoreException) {
            alarm.ringSoon();
        }
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
