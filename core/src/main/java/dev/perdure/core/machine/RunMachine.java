package dev.perdure.core.machine;

import dev.perdure.core.Failure;
import dev.perdure.core.Path;
import dev.perdure.core.RunStatus;
import dev.perdure.core.StepStatus;
import dev.perdure.core.definition.Procedure;
import dev.perdure.core.definition.Workflow;
import dev.perdure.core.journal.Changes;
import dev.perdure.core.journal.Context;
import dev.perdure.core.journal.Entry;
import dev.perdure.core.journal.NodePlace;
import dev.perdure.core.journal.Payload;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
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
    private final ContextFrame root;
    private final Context recorded;
    private final RunLimit limit;
    private boolean hasBegun;
    private Entry.@Nullable CancelRequested cancel;
    private @Nullable Compensations compensations;
    private Entry.@Nullable RunEnded end;

    /**
     * @param context the newest snapshot of the run's context that is recorded, or the empty one
     * @param startedAt when the run was started; its timeout counts from there
     * @param deadline when the run has taken as long as it may, whatever its timeout; null for never
     */
    public RunMachine(Workflow<?, ?> workflow, Context context, Instant startedAt, @Nullable Instant deadline) {
        this.workflow = workflow;
        this.limit = new RunLimit(workflow.timeout(), startedAt, deadline);
        this.wiring = new Wiring();
        this.root = rootOf(workflow);
        this.recorded = context;
        root.register();
    }

    private ContextFrame rootOf(Workflow<?, ?> workflow) {
        Procedure code = workflow.code();
        return code == null
                ? new SequenceFrame(wiring, this, new SequenceFrame.Body("run", workflow.root()), Path.ROOT, Path.ROOT)
                : CodeFrame.ofNode(wiring, this, code, Path.ROOT, Path.ROOT);
    }

    /** Begins a run that has no journal yet and was never begun before. */
    public Transition start(Instant at) {
        wiring.goLive();
        limit.arm(wiring);
        hasBegun = true;
        root.takePlace(recorded, at);
        drain();
        return wiring.take();
    }

    /**
     * Applies a recorded entry.
     *
     * @param isInSnapshot whether the context that the machine was made with has what the entry changed
     * @throws IncompatibleJournalException when the definition cannot have produced it here
     */
    public void replay(Entry entry, boolean isInSnapshot) {
        beginReplay();
        wiring.setInSnapshot(isInSnapshot);
        if (entry instanceof Entry.RunRetried retried) {
            wiring.expect(new Entry.RunEnded(RunStatus.FAILED, null, null, retried.at()));
        } else {
            wiring.expect(entry);
        }
        apply(entry);
    }

    /** The run is where it was before its first row. */
    void beginReplay() {
        if (!hasBegun) {
            hasBegun = true;
            root.takePlace(recorded, limit.from());
        }
    }

    /**
     * Ends the replay of a journal that was made up for a run that never was live, and goes live: what is due has not started.
     *
     * @throws IncompatibleJournalException as {@link #recover}
     */
    public Transition startFrom(Instant at) {
        wiring.setUntouched(true);
        Transition transition = recover(at);
        wiring.setUntouched(false);
        return transition;
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
        wiring.setInSnapshot(false);
        wiring.goLive();
        Set<Frame> begun = Set.copyOf(wiring.frames());
        drain();
        if (end == null) {
            limit.arm(wiring);
        }
        for (Frame frame : wiring.frames()) {
            if (begun.contains(frame) && !(isOver() && frame instanceof CodeFrame)) {
                frame.recover(at);
                drain();
            }
        }
        if (compensations != null && end == null) {
            compensations.recover(at);
        }
        return wiring.take();
    }

    /** Whether the run's code, which a journal does not say the end of, has ended. */
    private boolean isOver() {
        return end != null || compensations != null;
    }

    /** Handles an event of a live run. An event that the run's state has overtaken leads to nothing. */
    public Transition on(Event event) {
        if (event instanceof Event.RetryAsked retry) {
            retry(retry.at());
        } else if (end == null) {
            handle(event);
        }
        drain();
        return wiring.take();
    }

    /**
     * What {@code ended} would first be recorded by if it completes its step, without changing anything: {@link #on} gives these
     * entries before all others, if it is the next event. Empty where it would not complete it.
     */
    public List<Entry> completion(Event.BodyEnded ended) {
        StepFrame step = end == null ? wiring.find(ended.path(), StepFrame.class) : null;
        return step == null ? List.of() : step.completion(ended);
    }

    private void retry(Instant at) {
        boolean isUndone = compensations != null && end != null && end.status() != RunStatus.COMPENSATION_FAILED;
        if (end != null && end.status() != RunStatus.COMPLETED && !isUndone) {
            wiring.emit(new Entry.RunRetried(at));
        }
    }

    private void handle(Event event) {
        if (event instanceof Event.BodyEnded ended) {
            with(ended.path(), Frame.class, frame -> frame.bodyEnded(ended));
        } else if (event instanceof Event.Asked asked) {
            with(asked.code(), CodeFrame.class, code -> code.asked(asked));
        } else if (event instanceof Event.GaveUp given) {
            with(given.code(), CodeFrame.class, code -> code.gaveUp(given));
        } else if (event instanceof Event.TimerFired timer) {
            timerFired(timer);
        } else if (event instanceof Event.SignalArrived signal) {
            wiring.inbox.arrived(signal);
        } else if (event instanceof Event.ChildStarted started) {
            with(started.path(), CallFrame.class, call -> call.childStarted(started));
        } else if (event instanceof Event.ChildEnded ended) {
            with(ended.path(), CallFrame.class, call -> call.childEnded(ended));
        } else if (event instanceof Event.TokenMade made) {
            with(made.path(), StepFrame.class, step -> step.tokenMade(made));
        } else if (event instanceof Event.CancelAsked asked) {
            askCancel(asked.reason(), null, asked.at());
        } else if (event instanceof Event.PauseAsked asked) {
            if (!wiring.isPaused() && cancel == null && compensations == null) {
                wiring.emit(new Entry.RunPaused(asked.reason(), asked.at()));
            }
        } else if (event instanceof Event.ResumeAsked asked) {
            if (wiring.isPaused()) {
                wiring.emit(new Entry.RunResumed(asked.at()));
            }
        } else {
            throw new IllegalStateException("unknown event " + event.getClass());
        }
    }

    private <F extends Frame> void with(Path path, Class<F> type, Consumer<F> action) {
        F frame = wiring.find(path, type);
        if (frame != null) {
            action.accept(frame);
        }
    }

    private void timerFired(Event.TimerFired timer) {
        if (timer.kind() == TimerKind.RUN_TIMEOUT) {
            if (limit.isOver(timer.at())) {
                askCancel("timed out", limit.exceeded(), timer.at());
            }
            return;
        }
        with(timer.path(), Frame.class, frame -> frame.timerFired(timer));
    }

    private void askCancel(String reason, @Nullable Failure failure, Instant at) {
        if (cancel == null && compensations == null) {
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
            wiring.setPaused(false);
            root.cancel(requested.at());
        } else if (entry instanceof Entry.RunRetried retried) {
            reopen(retried.at());
        } else if (entry instanceof Entry.RunEnded ended) {
            end = ended;
        } else if (entry instanceof Entry.CompensationStarted started) {
            compensations = new Compensations(wiring, root, started);
            compensations.begin(started.at());
        } else if (entry instanceof Entry.RunPaused) {
            wiring.setPaused(true);
        } else if (entry instanceof Entry.RunResumed resumed) {
            wiring.setPaused(false);
            wiring.frames().forEach(frame -> frame.onResumed(resumed.at()));
        } else if (!(entry instanceof Entry.Warned) && !(compensations != null && compensations.keep(entry))) {
            wiring.apply(entry);
        }
    }

    private void reopen(Instant at) {
        end = null;
        limit.restart(at);
        if (compensations != null) {
            compensations.begin(at);
            return;
        }
        cancel = null;
        root.park();
        root.takePlace(recorded, at);
        limit.arm(wiring);
    }

    /**
     * Makes sure that the journal that was applied has all that the definition calls for.
     *
     * @throws IncompatibleJournalException when nodes that were still to come are gone from the definition
     */
    public void requireComplete() {
        beginReplay();
        wiring.requireNothingExpected();
    }

    /** Steps and waits that the run has come to and that have no outcome, in the order in which it came to them. */
    public List<OpenNode> open() {
        List<OpenNode> open = new ArrayList<>();
        for (Frame frame : wiring.frames()) {
            OpenNode own = frame.open();
            if (own != null) {
                open.add(own);
            }
            open.addAll(isOver() ? List.of() : frame.openInside());
        }
        return open;
    }

    /** What a look at a node, kept while entries are applied, says of the context around it. */
    public interface NodeView {
        Around around();
    }

    /**
     * The context around a node.
     *
     * @param before as its bodies saw it when it began
     * @param after with what it changed; null while it has not ended
     */
    public record Around(Context before, @Nullable Context after) {}

    /** The node at a path, if the run is there. */
    public @Nullable NodeView view(Path path) {
        Frame frame = wiring.find(path, Frame.class);
        return frame == null || !frame.hasPlace() ? null : frame::around;
    }

    /**
     * Whether nothing goes on that will send an event by itself and soon: the run only waits.
     *
     * @return when it goes on by itself; null while it does not only wait
     */
    public @Nullable Rest rest() {
        if (end != null || cancel != null || compensations != null || wiring.isBusy()) {
            return null;
        }
        if (wiring.isPaused()) {
            return new Rest(true, null);
        }
        return new Rest(false, wiring.firstDue(limit.due()));
    }

    /**
     * A run that only waits.
     *
     * @param isPaused whether it waits for being resumed
     * @param wake when it goes on by itself; null for not by time
     */
    public record Rest(boolean isPaused, @Nullable Instant wake) {}

    @Override
    public void childEnded(Frame child, Ending ending) {
        Entry.RunEnded ended = RunEnding.of(ending, cancel, result());
        boolean isToBeUndone = ended.status() != RunStatus.COMPLETED && !wiring.undos.isEmpty();
        wiring.emitDerived(
                isToBeUndone ? new Entry.CompensationStarted(ended.status(), ended.failure(), ended.at()) : ended);
    }

    private Payload result() {
        Payload output = workflow.result() == null ? null : wiring.values.output(workflow.result());
        return output == null ? Payload.NULL : output;
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

    /** Whether what the run did is being undone, or was. */
    public boolean isCompensating() {
        return compensations != null;
    }

    /** Whether nothing of the run starts until it is resumed. */
    public boolean isPaused() {
        return wiring.isPaused();
    }

    /** Whether the run is being cancelled, or was. */
    public boolean isCancelling() {
        return cancel != null;
    }

    /** The run's context: what top-level nodes changed so far. */
    public Context context() {
        return root.context();
    }

    /** Where a node stands, be it of the definition or asked for by code. */
    public NodePlace place(Path path) {
        NodePlace asked = wiring.places.get(path);
        NodePlace place = asked == null ? workflow.places().get(path.inDefinition()) : asked;
        return place == null ? NodePlace.RUN : place;
    }

    /** Outputs and failures by path; safe to read from any thread. */
    public Values values() {
        return wiring.values;
    }

    /** How a frame ended, as its parent learns it. */
    record Ending(
            StepStatus status, Changes changes, @Nullable Failure failure, Instant at) {}
}
