package dev.perdure.core.engine;

import dev.perdure.core.Path;
import dev.perdure.core.machine.Action;
import dev.perdure.core.machine.Event;
import dev.perdure.core.machine.TimerKind;
import dev.perdure.core.machine.Values;
import dev.perdure.core.spi.BodyScope;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The bodies of one run that are alive, with what watches over them. Confined to the run's strand. */
final class RunBodies {
    private final RunDriver driver;
    private final Services services;
    private final AttemptContext.RunIdentity identity;
    private final Values values;
    private final BodyScopeTree scopes;
    private final RunTimers timers;
    private final Map<Path, BodyRun> alive = new HashMap<>();
    /** Tokens that were made for requests whose bodies have not started. */
    private final Map<Path, String> tokens = new HashMap<>();

    private boolean hasAtomic;
    private @Nullable Runnable longRunningTimer;

    RunBodies(
            RunDriver driver,
            Services services,
            AttemptContext.RunIdentity identity,
            Values values,
            BodyScopeTree scopes,
            RunTimers timers) {
        this.driver = driver;
        this.services = services;
        this.identity = identity;
        this.values = values;
        this.scopes = scopes;
        this.timers = timers;
    }

    boolean isEmpty() {
        return alive.isEmpty();
    }

    /** Whether the run may be let out of memory: all that is alive is code that waits and has nothing else going on. */
    boolean mayLeave() {
        return alive.values().stream().allMatch(BodyRun::mayLeave);
    }

    /** The token of a request whose body is about to start. */
    void keepToken(Path path, String token) {
        tokens.put(path, token);
    }

    void start(Action.StartBody start) {
        Instant now = now();
        AttemptContext context = new AttemptContext(identity, start, values, tokens.remove(start.path()));
        int most = services.settings().maxPayloadLength();
        BodyRun body = start.step().isAtomic()
                ? new AtomicRun(driver, start, context, now, new AtomicRun.Means(services, this, most))
                : new BodyRun(driver, start, context, now, most);
        alive.put(start.path(), body);
        driver.tell(new EngineEvent.StepStarted(identity.runId(), start.path(), start.attempt(), now));
        watchLongRunning(now);
        BodyScope scope = scopes.of(start.scope());
        if (start.step().isAtomic()) {
            hasAtomic = true;
            body.launchIn(scope);
        } else {
            limit(start, now);
            driver.strand().give(new Launch(body, scope));
        }
    }

    private void limit(Action.StartBody start, Instant from) {
        if (start.step().timeout() != null) {
            Instant due = from.plus(start.step().timeout());
            Runnable fired = () -> driver.later(() -> driver.handle(
                    new Event.TimerFired(start.path(), start.attempt(), TimerKind.STEP_TIMEOUT, driver.now())));
            timers.keep(start.path(), services.time().schedule(due, fired));
        }
    }

    /** An atomic body has its transaction: its time counts from here, and what it waited before does not. */
    void hasTransaction(AtomicRun body) {
        if (alive.get(body.start().path()) == body) {
            timers.cancel(body.start().path());
            limit(body.start(), now());
        }
    }

    /** Runs workflow code. */
    void startCode(Action.StartBody start) {
        CodeAttempt context = new CodeAttempt(driver, identity, start, values);
        CodeRun body =
                new CodeRun(driver, start, context, now(), services.settings().maxPayloadLength());
        alive.put(start.path(), body);
        body.launchIn(scopes.of(start.scope()));
    }

    void answer(Action.Reply reply) {
        if (alive.get(reply.code()) instanceof CodeRun code && code.start().attempt() == reply.life()) {
            code.answer(reply);
        }
    }

    private record Launch(BodyRun body, BodyScope scope) implements Strand.Errand {
        @Override
        public void handOver() {
            body.launchIn(scope);
        }

        @Override
        public boolean doHere() {
            return body.runIn(scope);
        }
    }

    /** One timer for all bodies of the run: most are over long before it fires. */
    private void watchLongRunning(Instant now) {
        if (longRunningTimer == null) {
            Instant due = now.plus(services.settings().longRunningAfter());
            longRunningTimer = services.time().schedule(due, () -> driver.later(this::recordLongRunning));
        }
    }

    private void recordLongRunning() {
        longRunningTimer = null;
        Instant now = now();
        Instant limit = now.minus(services.settings().longRunningAfter());
        boolean isAnyYoung = false;
        for (BodyRun body : List.copyOf(alive.values())) {
            if (body.isCode()) {
                continue;
            }
            if (body.startedAt().isAfter(limit)) {
                isAnyYoung = true;
            } else {
                Action.StartBody start = body.start();
                driver.handle(new Event.TimerFired(start.path(), start.attempt(), TimerKind.LONG_RUNNING, now));
            }
        }
        if (isAnyYoung) {
            watchLongRunning(now);
        }
    }

    /**
     * Atomic bodies that are to be cancelled are so at once, before that is recorded: they may be what holds up the record, and
     * nothing of them is durable.
     */
    void cutOff(List<Action> actions) {
        if (!hasAtomic) {
            return;
        }
        for (Action action : actions) {
            if (action instanceof Action.CancelBody cancel && alive.get(cancel.path()) instanceof AtomicRun) {
                cancel(cancel);
            }
        }
    }

    void cancel(Action.CancelBody cancel) {
        BodyRun body = alive.get(cancel.path());
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
            driver.tell(new EngineEvent.BodyAbandoned(identity.runId(), start.path(), start.attempt(), now()));
        }
    }

    void ended(BodyRun body) {
        alive.remove(body.start().path(), body);
        if (!body.isCode()) {
            timers.cancel(body.start().path());
        }
    }

    void remove(Path path) {
        alive.remove(path);
    }

    void ownershipLost() {
        alive.values().forEach(BodyRun::ownershipLost);
    }

    /** Asks all of them to end, and watches none any more. */
    void cancelAll() {
        if (longRunningTimer != null) {
            longRunningTimer.run();
            longRunningTimer = null;
        }
        List.copyOf(alive.values()).forEach(BodyRun::letGo);
    }

    private Instant now() {
        return services.time().now();
    }
}
