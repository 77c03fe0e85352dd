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
import dev.perdure.core.journal.SignalRecord;
import dev.perdure.core.machine.Action;
import dev.perdure.core.machine.BodyOutcome;
import dev.perdure.core.machine.Event;
import dev.perdure.core.machine.IncompatibleJournalException;
import dev.perdure.core.machine.RunMachine;
import dev.perdure.core.machine.Transition;
import dev.perdure.core.spi.BodyScopes;
import dev.perdure.core.spi.Write;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
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
    /** The run's own row as far as that is durable. */
    private RunRecord stored;

    private final Workflow<?, ?> workflow;
    private final RunMachine machine;
    private final JournalWriter journal;
    private final RunHost host;
    private final Strand strand;
    private final BodyScopeTree scopes;
    private final RunTimers timers = new RunTimers();
    private final RunBodies bodies;
    private final RunActions actions;
    private final RunRequests requests;
    private final Resting resting;
    private int uncommitted;
    private boolean isStopped;
    private boolean isSuspended;
    private boolean isVoid;
    private final CompletableFuture<Void> stopped = new CompletableFuture<>();

    RunDriver(Services services, Replay replay, RunHost host) {
        this.services = services;
        this.record = replay.record();
        this.stored = record;
        this.workflow = replay.workflow();
        this.machine = replay.machine();
        this.journal = replay.journal();
        this.host = host;
        BodyScopes bodyScopes = services.scopesFor(workflow.bodyType());
        this.strand = new Strand(services.poolFor(workflow), services.committer(), this::broken);
        this.scopes = new BodyScopeTree(bodyScopes.open(record.id(), workflow.name()));
        AttemptContext.RunIdentity identity = new AttemptContext.RunIdentity(
                record.id(), record.generation(), workflow.name(), new Payload(record.input()));
        this.requests = new RunRequests(this, machine, journal);
        this.bodies = new RunBodies(this, services, identity, machine.values(), scopes, timers);
        this.resting = new Resting(services, machine, journal, bodies);
        this.actions = new RunActions(this, services, host, bodies, scopes, timers);
    }

    String runId() {
        return record.id();
    }

    /** The run's own row as it was when the run was taken up. */
    RunRecord record() {
        return record;
    }

    /** Begins a run that has no journal. */
    void begin() {
        strand.execute(this::start);
    }

    /** As {@link #begin}, by a thread of the strand's pool that has nothing else to do. */
    void beginHere() {
        strand.executeHere(this::start);
    }

    private void start() {
        tell(new EngineEvent.RunStarted(record.id(), workflow.name(), now()));
        proceed(machine.start(now()), () -> {});
        requests.begun();
    }

    /** Begins a run whose journal was made up, so that nothing of it was ever started. */
    void beginFrom(int recordedRows) {
        strand.execute(() -> {
            try {
                tell(new EngineEvent.RunResumed(record.id(), workflow.name(), recordedRows, now()));
                proceed(machine.startFrom(now()), () -> {});
                requests.begun();
            } catch (PerdureException incompatible) {
                stopFor(RunStatus.INCOMPATIBLE, Failure.of(incompatible));
            }
        });
    }

    /**
     * Goes on from the journal.
     *
     * @param signals those that no wait has consumed
     */
    void resume(int recordedRows, List<SignalRecord> signals) {
        strand.execute(() -> {
            Transition recovered = recover(recordedRows);
            if (recovered != null) {
                if (record.status().isStopped()) {
                    submit(journal.resume(requests.statusOnTheWay(), now()), () -> {});
                }
                proceed(recovered, () -> {});
                signals.forEach(requests::arrived);
                requests.begun();
            }
        });
    }

    /** Reopens a run that ended, and goes on; completes once that is durable. */
    void retry(int recordedRows, CompletableFuture<Void> done) {
        strand.execute(() -> {
            if (recover(recordedRows) == null) {
                done.complete(null);
                return;
            }
            Transition transition = machine.on(new Event.RetryAsked(now()));
            if (transition.entries().isEmpty()) {
                done.completeExceptionally(Refusals.undone(record));
                letGo(LetGo.VOID);
                host.ended(this, stored);
            } else {
                proceed(transition, requests.owed(() -> done.complete(null), done::completeExceptionally));
                requests.begun();
            }
        });
    }

    /** What is to be done first; null where the journal does not fit, which stops the run. */
    private @Nullable Transition recover(int recordedRows) {
        try {
            tell(new EngineEvent.RunResumed(record.id(), workflow.name(), recordedRows, now()));
            return machine.recover(now());
        } catch (PerdureException incompatible) {
            stopFor(RunStatus.INCOMPATIBLE, Failure.of(incompatible));
            return null;
        }
    }

    /** Lets the run go without a change to it: its bodies are stopped, its journal stays. */
    void letGo(LetGo how) {
        strand.execute(() -> {
            if (how == LetGo.VOID) {
                isVoid = true;
                bodies.ownershipLost();
            }
            release();
        });
    }

    /** Completes when the run was let go and its bodies have ended. */
    CompletableFuture<Void> whenStopped() {
        return stopped.copy();
    }

    Strand strand() {
        return strand;
    }

    /** On the strand: nothing of the body runs any more. */
    void ended(BodyRun body, Event.BodyEnded end) {
        bodies.ended(body);
        boolean isUnrecorded = body.isCode() || end.outcome() instanceof BodyOutcome.Cancelled;
        if (!isVoid && !(isStopped && isUnrecorded)) {
            handle(services.settings().redaction().of(end));
        }
        completeStop();
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
        if (defect instanceof PerdureException unreadable && unreadable.code() == ErrorCode.UNREADABLE_PAYLOAD) {
            stopFor(RunStatus.BLOCKED, Failure.of(unreadable));
            return;
        }
        LOG.error("run {} met a defect of the engine; it is blocked, its journal is kept", record.id(), defect);
        try {
            Failure failure = Failure.of(defect);
            String message = "a defect of the engine stopped the run: " + failure.type() + ": " + failure.message();
            stopFor(RunStatus.BLOCKED, Failure.of(ErrorCode.INTERNAL, message, Path.ROOT));
        } catch (RuntimeException | Error again) {
            LOG.error("run {} could not be blocked either; it stays in the store", record.id(), again);
            host.ended(this, stored);
        }
    }

    /** What is asked of the run, or sent to it. */
    RunRequests requests() {
        return requests;
    }

    /** Whether the run was let out of memory because it only waits. */
    boolean isSuspended() {
        return isSuspended;
    }

    boolean isStopped() {
        return isStopped;
    }

    /** Whether whatever bodies still return is for nobody. */
    boolean isVoid() {
        return isVoid;
    }

    /** Runs something on the strand, unless the run is let go before. */
    void later(Runnable work) {
        strand.execute(() -> {
            if (!isStopped) {
                work.run();
            }
        });
    }

    void handle(Event event) {
        try {
            proceed(machine.on(event), () -> {});
        } catch (IncompatibleJournalException diverged) {
            stopFor(RunStatus.INCOMPATIBLE, Failure.of(diverged));
        }
    }

    /** Workflow code asks for something, or gives it up. */
    void onCode(CodeAttempt code, Function<Instant, Event> event) {
        strand.execute(() -> asked(code, event));
    }

    /** As {@link #onCode}, by a thread that has nothing else to do until {@code isOver}. */
    void onCodeHere(CodeAttempt code, Function<Instant, Event> event, BooleanSupplier isOver) {
        strand.executeUntil(isOver, () -> asked(code, event));
    }

    private void asked(CodeAttempt code, Function<Instant, Event> event) {
        if (isStopped) {
            code.leave();
        } else {
            handle(event.apply(now()));
        }
    }

    /** Has the transition committed and carried out, and then {@code afterwards}. */
    void proceed(Transition transition, Runnable afterwards) {
        if (transition.entries().isEmpty()) {
            perform(transition);
            afterwards.run();
            settle();
            return;
        }
        bodies.cutOff(transition.actions());
        submit(journal.write(transition.entries(), machine.context(), resting.toRecord()), () -> {
            transition.entries().forEach(entry -> EventTeller.tell(services.listeners(), this, entry));
            perform(transition);
            afterwards.run();
            finishIfEnded(transition);
        });
    }

    private void finishIfEnded(Transition transition) {
        Entry last = transition.entries().get(transition.entries().size() - 1);
        if (last instanceof Entry.RunEnded) {
            release();
            host.ended(this, stored);
        }
    }

    void submit(Write.Append write, Runnable then) {
        if (uncommitted == 0 && write.isEmpty()) {
            then.run();
            settle();
            return;
        }
        uncommitted++;
        services.committer()
                .prepare(write, Acknowledged.of(() -> strand.execute(() -> committed(write, then)), this::refused));
    }

    private void committed(Write.Append write, Runnable then) {
        uncommitted--;
        stored = write.update() == null ? stored : stored.with(write.update());
        then.run();
        settle();
    }

    /** A write that is refused leaves the run to the next engine. */
    private void refused(PerdureException why) {
        letGo(why.code() == ErrorCode.OWNERSHIP_LOST ? LetGo.VOID : LetGo.CLOSING);
        strand.execute(() -> requests.refused(why));
        host.refused(this);
    }

    /** A run that only waits, and for long, is recorded as that and let out of memory. */
    void settle() {
        if (isStopped || !requests.hasBegun() || uncommitted > 0) {
            return;
        }
        RunMachine.Rest rest = resting.now();
        if (rest == null) {
            return;
        }
        Write.Append unrecorded = journal.rest(machine.context(), rest, now());
        if (unrecorded != null) {
            submit(unrecorded, () -> {});
        } else if (resting.isToLeave(rest)) {
            isSuspended = true;
            release();
            host.suspended(this, rest.wake());
            tell(new EngineEvent.RunSuspended(record.id(), workflow.name(), rest.wake(), now()));
        }
    }

    private void perform(Transition transition) {
        for (Action action : transition.actions()) {
            if (!isStopped) {
                actions.perform(action);
            }
        }
    }

    private void stopFor(RunStatus status, Failure cause) {
        if (isStopped) {
            return;
        }
        Failure failure = services.settings().redaction().of(cause);
        release();
        submit(journal.stop(status, failure, now()), () -> {
            tell(new EngineEvent.RunEnded(record.id(), workflow.name(), status, failure, now()));
            host.ended(this, stored);
        });
    }

    private void release() {
        if (!isStopped) {
            isStopped = true;
            timers.cancelAll();
            bodies.cancelAll();
            scopes.cancel();
            requests.begun();
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

    Instant now() {
        return services.time().now();
    }
}
