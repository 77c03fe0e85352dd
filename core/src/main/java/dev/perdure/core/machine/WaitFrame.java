package dev.perdure.core.machine;

import dev.perdure.core.Failure;
import dev.perdure.core.Path;
import dev.perdure.core.StepStatus;
import dev.perdure.core.definition.Step;
import dev.perdure.core.journal.Changes;
import dev.perdure.core.journal.Entry;
import dev.perdure.core.journal.Payload;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A node during which nothing of the run has to run: first a step that says what to wait for, where there is one, then the
 * wait, whose begin is recorded with the time at which it ends by itself.
 */
abstract sealed class WaitFrame extends Frame implements Parent permits SleepFrame, SignalFrame, CallFrame {
    private final @Nullable StepFrame head;
    private @Nullable Instant begunAt;
    private @Nullable Instant due;
    private Changes changes = Changes.NONE;
    private boolean isReopened;

    WaitFrame(Wiring wiring, Parent parent, @Nullable Head head, Path path, Path scope) {
        super(wiring, parent, path, scope);
        this.head = head == null ? null : new StepFrame(wiring, this, head.step(), path.part(head.part()), scope);
    }

    /** The step before a wait, and the part of the node's path that it is recorded under. */
    record Head(String part, Step step) {}

    /** The step before the wait; null for none. */
    final @Nullable StepFrame head() {
        return head;
    }

    /** What the step before the wait yielded. */
    final Payload said() {
        StepFrame step = Objects.requireNonNull(head, "asked of a wait that begins with a step");
        return Objects.requireNonNull(wiring.values.output(step.path()), "the step has completed");
    }

    @Override
    void onBegin(Instant at) {
        if (head == null) {
            await(at);
        } else {
            head.register();
            head.takePlace(base(), at);
        }
    }

    @Override
    public void childEnded(Frame child, RunMachine.Ending ending) {
        if (ending.status() == StepStatus.COMPLETED) {
            changes = ending.changes();
            await(ending.at());
        } else if (ending.status() == StepStatus.CANCELLED) {
            wiring.emitDerived(new Entry.StepCancelled(path(), 0, ending.at()));
        } else {
            Failure why = Objects.requireNonNull(ending.failure(), "what fails says why");
            wiring.emitDerived(failed(StepStatus.FAILED, why, ending.at()));
        }
    }

    /** Not expected by a replay: the outcome takes the place of the row that says that the wait began. */
    private void await(Instant at) {
        wiring.emit(new Entry.WaitStarted(path(), dueFrom(at), detail(), at));
    }

    /** When a wait that begins at {@code at} ends by itself; null for never. */
    abstract @Nullable Instant dueFrom(Instant at);

    /** What the wait is for, in plain data. */
    abstract Map<String, @Nullable Object> detail();

    /** The wait's begin is recorded, for a retry if {@code isAgain}; or the run was taken up again during it. */
    abstract void waiting(boolean isAgain, Instant at);

    /** The wait is over by itself. */
    abstract void timedOut(Instant at);

    /** Whether it has to hear from outside before it can end CANCELLED. */
    boolean cancelOutside(Instant at) {
        return false;
    }

    /** Nothing is waited for any more. */
    void waitEnded() {
        // Most have told nobody that they wait.
    }

    /** What kind of wait it is. */
    abstract OpenNode.State waitState();

    @Override
    final @Nullable OpenNode open() {
        boolean isHeadOpen = head != null && !head.hasEnded() && hasPlace();
        if (isHeadOpen) {
            return null; // it is what is open
        }
        OpenNode.State state = hasPlace() ? waitState() : OpenNode.State.QUEUED;
        return new OpenNode(path(), state, 0, begunAt, due, begunAt == null ? new LinkedHashMap<>() : detail());
    }

    final boolean isWaiting() {
        return begunAt != null
                && hasPlace(); // a retry may have it wait for its place with the begin of the wait before
    }

    @Override
    final @Nullable Instant due() {
        return isWaiting() ? due : null;
    }

    @Override
    void apply(Entry entry) {
        if (entry instanceof Entry.WaitStarted started) {
            begunAt = started.at();
            due = started.due();
            if (wiring.isLive()) {
                arm();
                waiting(isReopened, started.at());
            }
        } else if (entry instanceof Entry.WaitCompleted done) {
            wiring.inbox.consumed(done.signals());
            completed(done.output());
            waitEnded();
            end(StepStatus.COMPLETED, changes, null, done.at());
        } else if (entry instanceof Entry.StepFailed failed) {
            waitEnded();
            end(failed.status(), Changes.NONE, failed.failure(), failed.at());
        } else if (entry instanceof Entry.StepCancelled cancelled) {
            waitEnded();
            end(StepStatus.CANCELLED, Changes.NONE, null, cancelled.at());
        } else {
            throw misplaced(entry);
        }
    }

    private void arm() {
        if (due != null) {
            wiring.act(new Action.SetTimer(path(), 1, TimerKind.WAIT, due));
        }
    }

    @Override
    void timerFired(Event.TimerFired timer) {
        Instant end = due();
        if (end != null && !timer.at().isBefore(end)) {
            timedOut(timer.at());
        }
    }

    final void emitCompleted(Payload output, List<Long> signals, boolean isTimedOut, Instant at) {
        wiring.emit(new Entry.WaitCompleted(path(), output, signals, isTimedOut, begunAt(at), at));
    }

    final void emitFailed(StepStatus status, Failure failure, Instant at) {
        wiring.emit(failed(status, failure, at));
    }

    private Entry.StepFailed failed(StepStatus status, Failure failure, Instant at) {
        return new Entry.StepFailed(path(), 1, status, failure.at(path(), 1), null, begunAt(at), at);
    }

    private Instant begunAt(Instant otherwise) {
        return begunAt == null ? otherwise : begunAt;
    }

    @Override
    void onCancel(Instant at) {
        if (head != null && !head.hasEnded()) {
            stop(head, at);
        } else if (!isWaiting() || !cancelOutside(at)) {
            emitStopped(at);
        }
    }

    /** It was asked to end and has. */
    final void emitStopped(Instant at) {
        Failure why = overdue();
        if (why == null) {
            wiring.emit(new Entry.StepCancelled(path(), isWaiting() ? 1 : 0, at));
        } else {
            emitFailed(StepStatus.TIMED_OUT, why, at);
        }
    }

    @Override
    void cancelledInQueue(Instant at) {
        wiring.emit(new Entry.StepCancelled(path(), 0, at));
    }

    @Override
    void onReopen(Instant at) {
        isReopened = true;
        begunAt = null;
        if (head != null && !head.isCompleted()) {
            head.park();
            head.takePlace(base(), at);
        } else {
            await(at);
        }
    }

    @Override
    void onRecover(Instant at) {
        if (head != null && !head.hasEnded()) {
            return;
        }
        if (isCancelling()) {
            onCancel(at);
        } else if (isWaiting()) {
            arm();
            waiting(false, at);
        } else {
            await(at);
        }
    }
}
