package dev.perdure.core.machine;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.Failure;
import dev.perdure.core.Path;
import dev.perdure.core.RunStatus;
import dev.perdure.core.StepStatus;
import dev.perdure.core.definition.Workflow;
import dev.perdure.core.journal.Changes;
import dev.perdure.core.journal.Context;
import dev.perdure.core.journal.Entry;
import dev.perdure.core.journal.Payload;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One run as a state machine: its state is the fold of its journal's entries, in order.
 *
 * <p>Live, an event is turned into entries, each entry is applied, and applying it may call for further ones and for
 * actions. On a resume the recorded entries are applied in the same way, without events: what they call for is in the
 * journal already, and what was called for and has not come is what the resume goes on with ({@link #recover}).
 *
 * <p>Confined to the run's strand; only what {@link #values()} returns may be read by other threads.
 */
public final class RunMachine implements Parent {
    private final Workflow<?, ?> workflow;
    private final Wiring wiring;
    private final SequenceFrame root;
    private final Context recorded;
    private Instant timeoutFrom;
    private boolean hasBegun;
    private Entry.@Nullable CancelRequested cancel;
    private Entry.@Nullable RunEnded end;

    /**
     * @param context the newest snapshot of the run's context that is recorded, or the empty one
     * @param startedAt when the run was started; its timeout counts from there
     */
    public RunMachine(Workflow<?, ?> workflow, Context context, Instant startedAt) {
        this.workflow = workflow;
        this.timeoutFrom = startedAt;
        this.wiring = new Wiring();
        this.root = new SequenceFrame(wiring, this, workflow.root(), Path.ROOT, Path.ROOT);
        this.recorded = context;
        root.register();
    }

    /** Begins a run that has no journal yet and was never begun before. */
    public Transition start(Instant at) {
        wiring.goLive();
        setRunTimer();
        hasBegun = true;
        root.takePlace(recorded, at);
        drain();
        return wiring.take();
    }

    /**
     * Applies a recorded entry.
     *
     * @throws IncompatibleJournalException when the definition cannot have produced it here
     */
    public void replay(Entry entry) {
        beginReplay();
        if (entry instanceof Entry.RunRetried retried) {
            wiring.expect(new Entry.RunEnded(RunStatus.FAILED, null, null, retried.at()));
        } else {
            wiring.expect(entry);
        }
        apply(entry);
    }

    private void beginReplay() {
        if (!hasBegun) {
            hasBegun = true;
            root.takePlace(recorded, timeoutFrom);
        }
    }

    /**
     * Ends the replay and goes live: what was due and may have been started is recorded as interrupted and due again, what
     * was being cancelled is cancelled, timers are set again.
     *
     * @throws IncompatibleJournalException when the definition calls for entries that a journal of its own would have
     */
    public Transition recover(Instant at) {
        beginReplay();
        wiring.requireNothingExpected();
        wiring.goLive();
        setRunTimer();
        for (Frame frame : wiring.frames()) {
            frame.recover(at);
            drain();
        }
        return wiring.take();
    }

    /** Handles an event of a live run. An event that the run's state has overtaken leads to nothing. */
    public Transition on(Event event) {
        if (event instanceof Event.RetryAsked retry) {
            if (end != null && end.status() != RunStatus.COMPLETED) {
                wiring.emit(new Entry.RunRetried(retry.at()));
            }
        } else if (end != null) {
            return Transition.NONE;
        } else if (event instanceof Event.CancelAsked asked) {
            askCancel(asked.reason(), null, asked.at());
        } else if (event instanceof Event.BodyEnded ended) {
            StepFrame step = wiring.step(ended.path());
            if (step != null) {
                step.bodyEnded(ended);
            }
        } else if (event instanceof Event.TimerFired timer) {
            timerFired(timer);
        }
        drain();
        return wiring.take();
    }

    private void timerFired(Event.TimerFired timer) {
        if (timer.kind() == TimerKind.RUN_TIMEOUT) {
            Duration limit = workflow.timeout();
            Failure failure =
                    Failure.of(ErrorCode.TIMED_OUT, "the run took longer than its timeout of " + limit, Path.ROOT);
            askCancel("timed out", failure, timer.at());
            return;
        }
        StepFrame step = wiring.step(timer.path());
        if (step != null) {
            step.timerFired(timer);
        }
    }

    private void askCancel(String reason, @Nullable Failure failure, Instant at) {
        if (cancel == null) {
            wiring.emit(new Entry.CancelRequested(reason, failure, at));
        }
    }

    /** Applies what is emitted, in order, until nothing more is: a queue, so that no run can overflow the stack. */
    private void drain() {
        for (Entry entry = wiring.next(); entry != null; entry = wiring.next()) {
            apply(entry);
        }
    }

    private void apply(Entry entry) {
        if (entry instanceof Entry.CancelRequested requested) {
            cancel = requested;
            root.cancel(requested.at());
        } else if (entry instanceof Entry.RunRetried retried) {
            cancel = null;
            end = null;
            timeoutFrom = retried.at();
            root.park();
            root.takePlace(recorded, retried.at());
            setRunTimer();
        } else if (entry instanceof Entry.RunEnded ended) {
            end = ended;
        } else if (entry instanceof Entry.BlockEnded block) {
            wiring.requireFrame(block.path(), Frame.class).blockEnded(block);
        } else if (!(entry instanceof Entry.Warned)) {
            wiring.requireFrame(entry.path(), StepFrame.class).apply(entry);
        }
    }

    private void setRunTimer() {
        Duration limit = workflow.timeout();
        if (limit != null && end == null) {
            wiring.act(new Action.SetTimer(Path.ROOT, 0, TimerKind.RUN_TIMEOUT, timeoutFrom.plus(limit)));
        }
    }

    @Override
    public void childEnded(Frame child, Ending ending) {
        Entry.RunEnded ended = switch (ending.status()) {
            case COMPLETED -> new Entry.RunEnded(RunStatus.COMPLETED, result(), null, ending.at());
            case CANCELLED -> cancelled(ending.at());
            default -> new Entry.RunEnded(RunStatus.FAILED, null, ending.failure(), ending.at());
        };
        wiring.emitDerived(ended);
    }

    private Payload result() {
        Path result = workflow.result();
        Payload output = result == null ? null : wiring.values.output(result);
        return output == null ? Payload.NULL : output;
    }

    private Entry.RunEnded cancelled(Instant at) {
        Failure failure = cancel == null ? null : cancel.failure();
        if (failure != null) {
            return new Entry.RunEnded(RunStatus.FAILED, null, failure, at);
        }
        String reason = cancel == null ? "" : cancel.reason();
        Failure why = Failure.of(ErrorCode.RUN_CANCELLED, "cancelled: " + reason, Path.ROOT);
        return new Entry.RunEnded(RunStatus.CANCELLED, null, why, at);
    }

    /** Applies a run's recorded end, which is in its own row, so that a retry can follow. */
    public void replayEnd(Entry.RunEnded ended) {
        beginReplay();
        wiring.expect(ended);
        apply(ended);
    }

    /** How the run ended; null while it has not. */
    public Entry.@Nullable RunEnded end() {
        return end;
    }

    /** Whether the run is being cancelled, or was. */
    public boolean isCancelling() {
        return cancel != null;
    }

    /** The run's context: what top-level nodes changed so far. */
    public Context context() {
        return root.context();
    }

    /** Outputs and failures by path; safe to read from any thread. */
    public Values values() {
        return wiring.values;
    }

    /** How a frame ended, as its parent learns it. */
    record Ending(
            StepStatus status, Changes changes, @Nullable Failure failure, Instant at) {}
}
