package dev.perdure.core.engine;

import dev.perdure.core.journal.RunRecord;
import dev.perdure.core.machine.Action;
import dev.perdure.core.machine.Event;

/** Carries out what the machine of one run asks for. Confined to the run's strand. */
final class RunActions {
    private final RunDriver driver;
    private final Services services;
    private final RunHost host;
    private final RunBodies bodies;
    private final BodyScopeTree scopes;
    private final RunTimers timers;

    RunActions(
            RunDriver driver,
            Services services,
            RunHost host,
            RunBodies bodies,
            BodyScopeTree scopes,
            RunTimers timers) {
        this.driver = driver;
        this.services = services;
        this.host = host;
        this.bodies = bodies;
        this.scopes = scopes;
        this.timers = timers;
    }

    void perform(Action action) {
        RunRecord run = driver.record();
        if (action instanceof Action.StartBody start) {
            bodies.start(start);
        } else if (action instanceof Action.StartCode code) {
            bodies.startCode(code.start());
        } else if (action instanceof Action.Reply reply) {
            bodies.answer(reply);
        } else if (action instanceof Action.CancelBody cancel) {
            bodies.cancel(cancel);
        } else if (action instanceof Action.SetTimer timer) {
            setTimer(timer);
        } else if (action instanceof Action.OpenScope open) {
            scopes.open(open.block(), open.parent());
            driver.tell(new EngineEvent.BlockStarted(run.id(), open.block(), open.branches(), driver.now()));
        } else if (action instanceof Action.CloseScope close) {
            scopes.close(close.block());
        } else if (action instanceof Action.MakeToken make) {
            CallbackToken token = CallbackToken.make(run.id(), make.path());
            bodies.keepToken(make.path(), token.text());
            driver.handle(new Event.TokenMade(make.path(), make.attempt(), token.hash(), driver.now()));
        } else if (action instanceof Action.AttendChild attend) {
            driver.requests().calls(ChildRuns.idOf(run, attend.path()), attend.path(), attend.isRetry());
            host.attend(driver, run, attend);
        } else if (action instanceof Action.CancelChild cancel) {
            driver.requests().calls(ChildRuns.idOf(run, cancel.path()), cancel.path(), false);
            host.cancelChild(driver, run, cancel);
        } else {
            throw new IllegalStateException("unknown action " + action.getClass());
        }
    }

    private void setTimer(Action.SetTimer timer) {
        Runnable fired = () -> driver.later(
                () -> driver.handle(new Event.TimerFired(timer.path(), timer.attempt(), timer.kind(), driver.now())));
        timers.keep(timer.path(), services.time().schedule(timer.due(), fired));
    }
}
