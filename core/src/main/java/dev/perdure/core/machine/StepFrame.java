package dev.perdure.core.machine;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.Failure;
import dev.perdure.core.Path;
import dev.perdure.core.StepStatus;
import dev.perdure.core.definition.AtomicBody;
import dev.perdure.core.definition.BranchResult;
import dev.perdure.core.definition.Retry;
import dev.perdure.core.definition.Step;
import dev.perdure.core.journal.Changes;
import dev.perdure.core.journal.Entry;
import dev.perdure.core.journal.Payload;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A step and its attempts. At any time it waits for its place, or for the end of a back-off, or an attempt is due; whether a
 * body of a due attempt is alive only the live machine knows, which is why a resume has to call it interrupted.
 */
final class StepFrame extends Frame {
    private final Step step;
    private List<BranchResult> branches = List.of();
    private @Nullable Function<Payload, @Nullable Failure> outputCheck;
    private boolean hasToken;
    private boolean isOfRun;
    private int attempt = 1;
    private int failures;
    private int interruptions;
    /** The present attempt may have been started. */
    private boolean isDue;

    private boolean isAwaitingToken;
    /** Its start is in the journal. */
    private boolean isStartRecorded;
    /** Its body was started by this machine and has not ended. */
    private boolean isAlive;

    private boolean isTimedOut;
    private @Nullable Instant retryAt;

    /** The run is paused: the attempt has not started, and will when the run is resumed. */
    private boolean isHeld;

    StepFrame(Wiring wiring, Parent parent, Step step, Path path, Path scope) {
        super(wiring, parent, path, scope);
        this.step = step;
    }

    /** A merge function sees the branches that it merges. */
    StepFrame seeing(List<BranchResult> merged) {
        branches = merged;
        return this;
    }

    /** The step fails instead of completing with an output that {@code check} finds something wrong with. */
    StepFrame checkedBy(Function<Payload, @Nullable Failure> check) {
        outputCheck = check;
        return this;
    }

    /** The body hands out a token, by which its start is known. */
    StepFrame withToken() {
        hasToken = true;
        return this;
    }

    /** It is recorded as what the whole run did, not a node: its changes go into the run's context. */
    StepFrame ofRun() {
        isOfRun = true;
        return this;
    }

    @Override
    boolean changesRunContext() {
        return isOfRun || super.changesRunContext();
    }

    @Override
    void onBegin(Instant at) {
        begin(at);
    }

    private void begin(Instant at) {
        isHeld = wiring.isPaused();
        if (isHeld) {
            return;
        }
        if (hasToken) {
            askForToken();
        } else if (step.isAtMostOnce()) {
            wiring.emit(new Entry.StepStarted(path(), attempt, at));
        } else {
            startBody();
        }
    }

    @Override
    void onResumed(Instant at) {
        if (isHeld) {
            begin(at);
        } else {
            setBackoffTimer();
        }
    }

    @Override
    @Nullable
    Instant due() {
        return retryAt;
    }

    private void askForToken() {
        if (wiring.isLive()) {
            isAwaitingToken = true;
            wiring.busier();
            wiring.act(new Action.MakeToken(path(), attempt));
        }
    }

    @Override
    OpenNode open() {
        OpenNode.State state = retryAt != null ? OpenNode.State.BACKING_OFF : OpenNode.State.DUE;
        if (!hasPlace()) {
            state = OpenNode.State.QUEUED;
        } else if (isHeld) {
            state = OpenNode.State.HELD;
        }
        return new OpenNode(path(), state, attempt, null, retryAt, Map.of());
    }

    void tokenMade(Event.TokenMade made) {
        if (made.attempt() == attempt && isAwaitingToken) {
            isAwaitingToken = false;
            wiring.lessBusy();
            if (isCancelling()) {
                wiring.emit(stopped(0, made.at(), made.at()));
            } else {
                wiring.emit(new Entry.TokenIssued(path(), attempt, made.hash(), made.at()));
            }
        }
    }

    private void startBody() {
        isDue = true;
        isTimedOut = false;
        if (wiring.isLive()) {
            isAlive = true;
            wiring.busier();
            wiring.act(new Action.StartBody(path(), scope, attempt, step, base(), branches));
        }
    }

    @Override
    void bodyEnded(Event.BodyEnded event) {
        if (!isAlive || event.attempt() != attempt) {
            return;
        }
        BodyOutcome outcome = event.outcome();
        if (isCancelling()) {
            dead();
            wiring.emit(stopped(attempt, event.startedAt(), event.at()));
        } else if (isTimedOut) {
            dead();
            Failure failure = Failure.of(
                    ErrorCode.TIMED_OUT, "the attempt took longer than its timeout of " + step.timeout(), path());
            fail(StepStatus.TIMED_OUT, failure, true, event);
        } else if (outcome instanceof BodyOutcome.Completed done) {
            dead();
            completed(done, event);
        } else if (outcome instanceof BodyOutcome.Failed failed) {
            dead();
            fail(StepStatus.FAILED, failed.failure(), failed.isRetryable(), event);
        }
        // A body that was cancelled by nobody here belongs to an engine that is closing: it stays due.
    }

    private void dead() {
        isAlive = false;
        wiring.lessBusy();
    }

    private void completed(BodyOutcome.Completed done, Event.BodyEnded event) {
        Failure refused = outputCheck == null ? null : outputCheck.apply(done.output());
        if (refused == null) {
            completion(done, event).forEach(wiring::emit);
        } else {
            fail(StepStatus.FAILED, refused, false, event);
        }
    }

    private List<Entry> completion(BodyOutcome.Completed done, Event.BodyEnded event) {
        List<Entry> entries = new ArrayList<>();
        done.warnings().forEach(warning -> entries.add(new Entry.Warned(path(), warning, event.at())));
        boolean isUndoable = isOfCode() && step.compensation() != null;
        entries.add(new Entry.StepCompleted(
                path(), attempt, done.output(), done.changes(), isUndoable, event.startedAt(), event.at()));
        return entries;
    }

    /** What {@link #bodyEnded} would emit for a body of an atomic step that completes it; empty where it would not. */
    List<Entry> completion(Event.BodyEnded event) {
        boolean isWanted = isAlive && event.attempt() == attempt && !isCancelling() && !isTimedOut;
        return isWanted && event.outcome() instanceof BodyOutcome.Completed done ? completion(done, event) : List.of();
    }

    private void fail(StepStatus status, Failure failure, boolean isRetryable, Event.BodyEnded event) {
        Retry retry = step.retry();
        boolean isAgain = isRetryable && failures + 1 < retry.maxAttempts();
        Instant due = isAgain ? event.at().plus(retry.delayAfter(failures + 1, event.draw())) : null;
        wiring.emit(new Entry.StepFailed(
                path(), attempt, status, failure.at(path(), attempt), due, event.startedAt(), event.at()));
    }

    @Override
    void timerFired(Event.TimerFired timer) {
        if (timer.attempt() != attempt) {
            return;
        }
        switch (timer.kind()) {
            case BACKOFF -> {
                if (retryAt != null && !wiring.isPaused()) {
                    startAgain(timer.at());
                }
            }
            case STEP_TIMEOUT -> {
                if (isAlive && !isCancelling() && !isTimedOut) {
                    isTimedOut = true;
                    wiring.act(new Action.CancelBody(path(), attempt));
                }
            }
            case LONG_RUNNING -> {
                if (isAlive && !isStartRecorded && !isCancelling()) {
                    wiring.emit(new Entry.StepStarted(path(), attempt, timer.at()));
                }
            }
            case RUN_TIMEOUT, SEQUENCE_TIMEOUT, WAIT ->
                throw new IllegalStateException("not a step's timer: " + timer.kind());
        }
    }

    private void startAgain(Instant at) {
        if (hasToken) {
            retryAt = null;
            askForToken();
        } else {
            wiring.emit(new Entry.StepStarted(path(), attempt, at));
        }
    }

    @Override
    void apply(Entry entry) {
        if (entry instanceof Entry.StepStarted started) {
            requireAttempt(started.attempt());
            isStartRecorded = true;
            retryAt = null;
            if (!isDue) {
                startBody();
            }
        } else if (entry instanceof Entry.TokenIssued issued) {
            requireAttempt(issued.attempt());
            retryAt = null;
            startBody();
        } else if (entry instanceof Entry.StepCompleted done) {
            requireAttempt(done.attempt());
            completed(done.output());
            if (step.compensation() != null) {
                wiring.undo(path(), step.compensation());
                wiring.values.undoable(path(), done.output());
            }
            if (step.body() instanceof AtomicBody) {
                wiring.recordedAhead();
            }
            end(StepStatus.COMPLETED, done.changes(), null, done.at());
        } else if (entry instanceof Entry.StepFailed failed) {
            requireAttempt(failed.attempt());
            failed(failed);
        } else if (entry instanceof Entry.StepInterrupted interrupted) {
            requireAttempt(interrupted.attempt());
            interruptions++;
            nextAttempt();
            begin(interrupted.at());
        } else if (entry instanceof Entry.StepCancelled cancelled) {
            end(StepStatus.CANCELLED, Changes.NONE, null, cancelled.at());
        } else {
            throw misplaced(entry);
        }
    }

    private void failed(Entry.StepFailed failed) {
        failures++;
        retryAt = failed.retryAt();
        if (retryAt == null) {
            end(failed.status(), Changes.NONE, failed.failure(), failed.at());
            return;
        }
        nextAttempt();
        if (retryAt.isAfter(failed.at()) || step.isAtMostOnce()) {
            setBackoffTimer();
        } else {
            retryAt = null;
            begin(failed.at());
        }
    }

    private void nextAttempt() {
        attempt++;
        isDue = false;
        isStartRecorded = false;
    }

    private void setBackoffTimer() {
        if (retryAt != null) {
            wiring.act(new Action.SetTimer(path(), attempt, TimerKind.BACKOFF, retryAt));
        }
    }

    private void requireAttempt(int recorded) {
        if (recorded != attempt) {
            throw new IncompatibleJournalException(
                    "the journal has an outcome of attempt " + recorded + " of \"" + path() + "\" where attempt "
                            + attempt + " was due; rows of it are missing or were changed",
                    path());
        }
    }

    @Override
    void onCancel(Instant at) {
        if (isAlive) {
            wiring.act(new Action.CancelBody(path(), attempt));
        } else if (!isAwaitingToken) {
            wiring.emit(stopped(isDue ? attempt : 0, at, at));
        }
    }

    /** What was asked to end has; {@code begun} is the attempt that was under way, 0 for none. */
    private Entry stopped(int begun, Instant startedAt, Instant at) {
        Failure why = overdue();
        if (why == null) {
            return new Entry.StepCancelled(path(), begun, at);
        }
        return new Entry.StepFailed(
                path(), attempt, StepStatus.TIMED_OUT, why.at(path(), attempt), null, startedAt, at);
    }

    @Override
    void cancelledInQueue(Instant at) {
        wiring.emit(stopped(0, at, at));
    }

    @Override
    void onReopen(Instant at) {
        failures = 0;
        interruptions = 0;
        retryAt = null;
        if (isDue) {
            nextAttempt();
        }
        onBegin(at);
    }

    @Override
    void onRecover(Instant at) {
        if (isCancelling()) {
            wiring.emit(stopped(isDue ? attempt : 0, at, at));
        } else if (isDue && wiring.isUntouched()) {
            isDue = false;
            begin(at);
        } else if (isDue) {
            interrupted(at);
        } else if (retryAt != null) {
            setBackoffTimer();
        } else if (!isHeld) {
            begin(at); // an atMostOnce step whose start was never recorded, so it never started
        }
    }

    private void interrupted(Instant at) {
        Failure parked = Interruptions.problem(step, interruptions + 1, path());
        wiring.emit(
                parked == null
                        ? new Entry.StepInterrupted(path(), attempt, at)
                        : new Entry.StepFailed(
                                path(), attempt, StepStatus.FAILED, parked.at(path(), attempt), null, at, at));
    }
}
