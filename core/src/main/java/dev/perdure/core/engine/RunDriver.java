package dev.perdure.core.engine;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.Failure;
import dev.perdure.core.Path;
import dev.perdure.core.PerdureException;
import dev.perdure.core.RunStatus;
import dev.perdure.core.definition.Workflow;
import dev.perdure.core.journal.Entry;
import dev.perdure.core.journal.Payload;
import dev.perdure.core.journal.RunRecord;
import dev.perdure.core.machine.Action;
import dev.perdure.core.machine.BodyOutcome;
import dev.perdure.core.machine.Event;
import dev.perdure.core.machine.RunMachine;
import dev.perdure.core.machine.TimerKind;
import dev.perdure.core.machine.Transition;
import dev.perdure.core.spi.WriteResult;
import dev.perdure.core.spi.BodyScope;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One live run: feeds its machine with events, has the entries committed, and then carries out the actions.
 *
 * <p>Everything but the public queue-like methods is confined to the run's strand. The machine is ahead of the store by what
 * is being committed; since commits are acknowledged in order and actions wait for theirs, no body starts before all that it
 * depends on is durable.
 */
final class RunDriver {
    private static final Logger LOG = LoggerFactory.getLogger(Engine.class);

    private final Services services;
    private final RunRecord record;
    private final Workflow<?, ?> workflow;
    private final RunMachine machine;
    private final JournalWriter journal;
    private final Ended ended;
    private final Strand strand;
    private final BodyScopeTree scopes;
    private final AttemptContext.RunIdentity identity;
    private final Map<Path, BodyRun> bodies = new HashMap<>();
    private final RunTimers timers = new RunTimers();
    private @Nullable Runnable longRunningTimer;
    private final List<Runnable> early = new ArrayList<>();
    private boolean hasBegun;
    private boolean isStopped;
    private boolean isVoid;
    private final CompletableFuture<Void> stopped = new CompletableFuture<>();

    /** Hears that a run ended or stopped, once that is durable; called on the strand. */
    interface Ended {
        void ended(RunDriver driver, RunStatus status);
    }

    RunDriver(Services services, Replay replay, Ended ended) {
        this.services = services;
        this.record = replay.record();
        this.workflow = replay.workflow();
        this.machine = replay.machine();
        this.journal = replay.journal();
        this.ended = ended;
        this.strand = new Strand(services.pool(), this::broken);
        this.scopes = new BodyScopeTree(services.scopesFor(workflow.bodyType()).open(record.id(), workflow.name()));
        this.identity = new AttemptContext.RunIdentity(
                record.id(), record.generation(), workflow.name(), new Payload(record.input()));
    }

    String runId() {
        return record.id();
    }

    /** Begins a run that has no journal. */
    void begin() {
        strand.execute(() -> {
            tell(new EngineEvent.RunStarted(record.id(), workflow.name(), now()));
            proceed(machine.start(now()));
            begun();
        });
    }

    /** Goes on from the journal; {@code isRetry} first reopens a run that ended. */
    void resume(int recordedRows, boolean isRetry, CompletableFuture<Boolean> done) {
        strand.execute(() -> {
            try {
                tell(new EngineEvent.RunResumed(record.id(), workflow.name(), recordedRows, now()));
                Transition recovered = machine.recover(now());
                Transition transition = isRetry ? machine.on(new Event.RetryAsked(now())) : recovered;
                if (record.status() != RunStatus.RUNNING && !isRetry && machine.end() == null) {
                    RunStatus next = machine.isCancelling() ? RunStatus.CANCELLING : RunStatus.RUNNING;
                    services.committer().submit(journal.resume(next, now()), new Acknowledgement(() -> {}));
                }
                proceed(transition, () -> done.complete(true));
                begun();
            } catch (PerdureException incompatible) {
                stopFor(RunStatus.INCOMPATIBLE, Failure.of(incompatible));
                done.complete(false);
            }
        });
    }

    /** Asks the run to end CANCELLED; completes with whether that was recorded, which it is not for a run that ended. */
    CompletableFuture<Boolean> cancel(String reason) {
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        onceBegun(() -> {
            Transition transition = isStopped ? Transition.NONE : machine.on(new Event.CancelAsked(reason, now()));
            boolean isAccepted = !transition.entries().isEmpty() || (machine.isCancelling() && machine.end() == null);
            proceed(transition, () -> done.complete(isAccepted));
        });
        return done;
    }

    /** The registry shows a run a moment before it begins; what is asked of it in between waits for that. */
    private void onceBegun(Runnable asked) {
        strand.execute(() -> {
            if (hasBegun || isStopped) {
                asked.run();
            } else {
                early.add(asked);
            }
        });
    }

    private void begun() {
        hasBegun = true;
        early.forEach(Runnable::run);
        early.clear();
    }

    /** How a run is let go. */
    enum LetGo {
        /** The engine closes: what bodies still return is recorded. */
        CLOSING,
        /** Another engine owns the run, or it is forgotten: whatever bodies still return is void. */
        VOID
    }

    /** Lets the run go without a change to it: its bodies are stopped, its journal stays. */
    void letGo(LetGo how) {
        strand.execute(() -> {
            if (how == LetGo.VOID) {
                isVoid = true;
                bodies.values().forEach(BodyRun::ownershipLost);
            }
            release();
        });
    }

    /** Completes when the run was let go and its bodies have ended. */
    CompletableFuture<Void> whenStopped() {
        return stopped.copy();
    }

    void bodyEnded(BodyRun body, BodyOutcome outcome) {
        strand.execute(() -> {
            Action.StartBody start = body.start();
            bodies.remove(start.path(), body);
            timers.cancel(start.path());
            boolean isForNobody = isVoid || (isStopped && outcome instanceof BodyOutcome.Cancelled);
            if (!isForNobody) {
                double draw = ThreadLocalRandom.current().nextDouble();
                handle(new Event.BodyEnded(start.path(), start.attempt(), outcome, body.startedAt(), now(), draw));
            }
            completeStop();
        });
    }

    /** A recorded value cannot be read: the run stops until that is mended. */
    void block(PerdureException unreadable, Path path) {
        strand.execute(() -> {
            bodies.remove(path);
            stopFor(RunStatus.BLOCKED, Failure.of(unreadable));
            completeStop();
        });
    }

    /** Something that cannot happen did: the run stops where it is recorded to be, instead of hanging. */
    private void broken(Throwable defect) {
        LOG.error("run {} met a defect of the engine; it is blocked, its journal is kept", record.id(), defect);
        try {
            Failure failure = Failure.of(defect);
            String message = "a defect of the engine stopped the run: " + failure.type() + ": " + failure.message();
            stopFor(RunStatus.BLOCKED, Failure.of(ErrorCode.INTERNAL, message, Path.ROOT));
        } catch (RuntimeException | Error again) {
            LOG.error("run {} could not be blocked either; it stays in the store", record.id(), again);
            ended.ended(this, RunStatus.BLOCKED);
        }
    }

    private void handle(Event event) {
        proceed(machine.on(event));
    }

    private void proceed(Transition transition) {
        proceed(transition, () -> {});
    }

    private void proceed(Transition transition, Runnable afterwards) {
        if (transition.entries().isEmpty()) {
            perform(transition);
            afterwards.run();
            return;
        }
        services.committer().submit(journal.write(transition.entries(), machine.context()), new Acknowledgement(() -> {
            transition.entries().forEach(entry -> EventTeller.tell(services.listeners(), this, entry));
            perform(transition);
            afterwards.run();
            finishIfEnded(transition);
        }));
    }

    private void finishIfEnded(Transition transition) {
        Entry last = transition.entries().get(transition.entries().size() - 1);
        if (last instanceof Entry.RunEnded end) {
            release();
            ended.ended(this, end.status());
        }
    }

    /** Continues on the strand once a write is durable; one that is refused leaves the run to the next engine. */
    private final class Acknowledgement implements Committer.Acknowledged {
        private final Runnable then;

        Acknowledgement(Runnable then) {
            this.then = then;
        }

        @Override
        public void committed(WriteResult result) {
            strand.execute(then);
        }

        @Override
        public void refused(PerdureException why) {
            letGo(why.code() == ErrorCode.OWNERSHIP_LOST ? LetGo.VOID : LetGo.CLOSING);
        }
    }

    private void perform(Transition transition) {
        for (Action action : transition.actions()) {
            if (!isStopped) {
                perform(action);
            }
        }
    }

    private void perform(Action action) {
        if (action instanceof Action.StartBody start) {
            startBody(start);
        } else if (action instanceof Action.CancelBody cancel) {
            cancelBody(cancel);
        } else if (action instanceof Action.SetTimer timer) {
            setTimer(timer.path(), timer.attempt(), timer.kind(), timer.due());
        } else if (action instanceof Action.OpenScope open) {
            scopes.open(open.block(), open.parent());
            tell(new EngineEvent.BlockStarted(record.id(), open.block(), open.branches(), now()));
        } else if (action instanceof Action.CloseScope close) {
            scopes.close(close.block());
        } else {
            throw new IllegalStateException("unknown action " + action.getClass());
        }
    }

    private void startBody(Action.StartBody start) {
        Instant now = now();
        AttemptContext context = new AttemptContext(identity, start, machine.values());
        BodyRun body =
                new BodyRun(this, start, context, now, services.settings().maxPayloadLength());
        bodies.put(start.path(), body);
        tell(new EngineEvent.StepStarted(record.id(), start.path(), start.attempt(), now));
        if (start.step().timeout() != null) {
            setTimer(
                    start.path(),
                    start.attempt(),
                    TimerKind.STEP_TIMEOUT,
                    now.plus(start.step().timeout()));
        }
        watchLongRunning(now);
        BodyScope scope = scopes.of(start.scope());
        try {
            body.launchIn(scope);
        } catch (RuntimeException | Error noThread) { // no memory for a thread, or a scope of the user's that is broken
            body.failed(noThread);
        }
    }

    /** One timer for all bodies of the run: most are over long before it fires. */
    private void watchLongRunning(Instant now) {
        if (longRunningTimer == null) {
            Instant due = now.plus(services.settings().longRunningAfter());
            longRunningTimer = services.time().schedule(due, () -> strand.execute(this::recordLongRunning));
        }
    }

    private void recordLongRunning() {
        longRunningTimer = null;
        Instant now = now();
        Instant limit = now.minus(services.settings().longRunningAfter());
        boolean isAnyYoung = false;
        for (BodyRun body : List.copyOf(bodies.values())) {
            if (body.startedAt().isAfter(limit)) {
                isAnyYoung = true;
            } else {
                Action.StartBody start = body.start();
                handle(new Event.TimerFired(start.path(), start.attempt(), TimerKind.LONG_RUNNING, now));
            }
        }
        if (isAnyYoung && !isStopped) {
            watchLongRunning(now);
        }
    }

    private void cancelBody(Action.CancelBody cancel) {
        BodyRun body = bodies.get(cancel.path());
        if (body == null) {
            return;
        }
        body.cancel();
        Instant limit = now().plus(services.settings().cancellationGrace());
        timers.keep(cancel.path(), services.time().schedule(limit, () -> abandon(body)));
    }

    private void abandon(BodyRun body) {
        if (body.abandon()) {
            Action.StartBody start = body.start();
            tell(new EngineEvent.BodyAbandoned(record.id(), start.path(), start.attempt(), now()));
        }
    }

    private void setTimer(Path path, int attempt, TimerKind kind, Instant due) {
        Runnable fired = () -> strand.execute(() -> {
            if (!isStopped) {
                handle(new Event.TimerFired(path, attempt, kind, now()));
            }
        });
        timers.keep(path, services.time().schedule(due, fired));
    }

    private void stopFor(RunStatus status, Failure failure) {
        if (isStopped) {
            return;
        }
        release();
        services.committer().submit(journal.stop(status, failure, now()), new Acknowledgement(() -> {
            tell(new EngineEvent.RunEnded(record.id(), workflow.name(), status, failure, now()));
            ended.ended(this, status);
        }));
    }

    private void release() {
        if (!isStopped) {
            isStopped = true;
            timers.cancelAll();
            if (longRunningTimer != null) {
                longRunningTimer.run();
            }
            List.copyOf(bodies.values()).forEach(BodyRun::cancel);
            scopes.cancel();
            begun();
        }
        completeStop();
    }

    private void completeStop() {
        if (isStopped && bodies.isEmpty()) {
            scopes.close();
            stopped.complete(null);
        }
    }

    void tell(EngineEvent event) {
        services.listeners().tell(event);
    }

    String workflowName() {
        return workflow.name();
    }

    private Instant now() {
        return services.time().now();
    }
}
