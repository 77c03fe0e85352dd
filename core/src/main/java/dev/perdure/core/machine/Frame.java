package dev.perdure.core.machine;

import dev.perdure.core.Failure;
import dev.perdure.core.Path;
import dev.perdure.core.StepStatus;
import dev.perdure.core.definition.AwaitSignal;
import dev.perdure.core.definition.Call;
import dev.perdure.core.definition.Choose;
import dev.perdure.core.definition.Decide;
import dev.perdure.core.definition.ForEach;
import dev.perdure.core.definition.Node;
import dev.perdure.core.definition.Parallel;
import dev.perdure.core.definition.Procedure;
import dev.perdure.core.definition.RepeatUntil;
import dev.perdure.core.definition.Sequence;
import dev.perdure.core.definition.Sleep;
import dev.perdure.core.definition.Step;
import dev.perdure.core.journal.Changes;
import dev.perdure.core.journal.Context;
import dev.perdure.core.journal.Entry;
import dev.perdure.core.journal.Payload;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A node that is active in a run. Frames form the tree that their nodes form.
 *
 * <p>It is registered when its turn is certain, begins when it gets its place, and ends once; a retry parks one that ended
 * without success until it has its place again.
 */
abstract sealed class Frame
        permits StepFrame,
                ContextFrame,
                ParallelFrame,
                ForEachFrame,
                ChooseFrame,
                RepeatFrame,
                WaitFrame,
                CodeBlockFrame {
    final Wiring wiring;
    private final Parent parent;
    private final Path path;
    /** The block whose scope this node's bodies run in. */
    final Path scope;

    private @Nullable Context base;
    /** A retry waits for the place that it had before. */
    private boolean isParked;

    private boolean isCancelling;
    /** It is to end because it took too long; null where it is not to, or is cancelled. */
    private @Nullable Failure overdue;

    private @Nullable StepStatus endStatus;
    private @Nullable Changes endChanges;
    private @Nullable Payload output;
    /** Workflow code asked for it and is told what comes of it; nobody else can refer to it. */
    private boolean isOfCode;

    Frame(Wiring wiring, Parent parent, Path path, Path scope) {
        this.wiring = wiring;
        this.parent = parent;
        this.path = path;
        this.scope = scope;
    }

    static Frame of(Wiring wiring, Parent parent, Node node, Path path, Path scope) {
        return node.match(new Kinds(wiring, parent, path, scope));
    }

    /** The frame of each kind of node. */
    private record Kinds(Wiring wiring, Parent parent, Path path, Path scope) implements Node.Cases<Frame> {
        @Override
        public Frame step(Step step) {
            return new StepFrame(wiring, parent, step, path, scope);
        }

        @Override
        public Frame sequence(Sequence sequence) {
            return new SequenceFrame(wiring, parent, new SequenceFrame.Body("branch", sequence), path, scope);
        }

        @Override
        public Frame parallel(Parallel block) {
            return new ParallelFrame(wiring, parent, block, path, scope);
        }

        @Override
        public Frame forEach(ForEach loop) {
            return new ForEachFrame(wiring, parent, loop, path, scope);
        }

        @Override
        public Frame choose(Choose choose) {
            return new ChooseFrame(wiring, parent, choose, path, scope);
        }

        @Override
        public Frame decide(Decide decide) {
            throw new IllegalStateException("a decision is in a sequence, which makes its frame: " + path);
        }

        @Override
        public Frame repeatUntil(RepeatUntil loop) {
            return new RepeatFrame(wiring, parent, loop, path, scope);
        }

        @Override
        public Frame sleep(Sleep sleep) {
            return new SleepFrame(wiring, parent, sleep, path, scope);
        }

        @Override
        public Frame awaitSignal(AwaitSignal wait) {
            return new SignalFrame(wiring, parent, wait, path, scope);
        }

        @Override
        public Frame call(Call call) {
            return new CallFrame(wiring, parent, call, path, scope);
        }

        @Override
        public Frame procedure(Procedure procedure) {
            return CodeFrame.ofNode(wiring, parent, procedure, path, scope);
        }
    }

    final Path path() {
        return path;
    }

    final boolean isCancelling() {
        return isCancelling;
    }

    final boolean hasEnded() {
        return endStatus != null;
    }

    final boolean isCompleted() {
        return endStatus == StepStatus.COMPLETED;
    }

    final Frame ofCode() {
        isOfCode = true;
        return this;
    }

    final boolean isOfCode() {
        return isOfCode;
    }

    /** What a node yielded that code asked for; null for nothing. */
    final Payload yielded() {
        return output == null ? Payload.NULL : output;
    }

    final void completed(Payload yielded) {
        if (isOfCode) {
            output = yielded;
        } else {
            wiring.values.completed(path, yielded);
        }
    }

    /** The context as it was when the frame began. */
    final Context base() {
        return base == null ? Context.EMPTY : base;
    }

    final void register() {
        wiring.register(this);
    }

    /** The frame got its place: its bodies may start, with this snapshot of the context, or go on where a retry finds it. */
    final void takePlace(Context context, Instant at) {
        if (base == null) {
            base = context;
            onBegin(at);
        } else {
            isParked = false;
            onReopen(at);
        }
    }

    /** Everything in it is to end CANCELLED; idempotent. */
    final void cancel(Instant at) {
        overdue = null;
        stop(at);
    }

    /** A step or wait is to end TIMED_OUT, anything else CANCELLED, because of {@code why}. */
    final void expire(Failure why, Instant at) {
        if (!isCancelling) {
            overdue = why;
            stop(at);
        }
    }

    /** Asks a part of it to end in the way that it was asked itself. */
    final void stop(Frame part, Instant at) {
        if (overdue == null) {
            part.cancel(at);
        } else {
            part.expire(overdue, at);
        }
    }

    final @Nullable Failure overdue() {
        return overdue;
    }

    private void stop(Instant at) {
        if (hasEnded() || isCancelling) {
            return;
        }
        isCancelling = true;
        if (hasPlace()) {
            onCancel(at);
        } else if (wiring.isLive()) {
            cancelledInQueue(at);
        }
    }

    /** What ended without success waits for its place again. */
    final void park() {
        isParked = true;
        isCancelling = false;
        overdue = null;
        endStatus = null;
        wiring.values.reopened(path);
        register();
    }

    /** The replay is over: go on with what was due. */
    final void recover(Instant at) {
        if (hasEnded()) {
            return;
        }
        if (hasPlace()) {
            onRecover(at);
        } else if (isCancelling) {
            cancelledInQueue(at);
        }
    }

    final boolean hasPlace() {
        return base != null && !isParked;
    }

    final void end(StepStatus status, Changes changes, @Nullable Failure failure, Instant at) {
        endStatus = status;
        endChanges = changes;
        wiring.unregister(this);
        if (failure != null && !isOfCode) {
            wiring.values.failed(path, failure);
        }
        boolean isInSnapshot = wiring.isInSnapshot() && changesRunContext();
        parent.childEnded(this, new RunMachine.Ending(status, isInSnapshot ? Changes.NONE : changes, failure, at));
    }

    /** Whether its changes go into the run's own context, and so into its snapshots. */
    boolean changesRunContext() {
        Path holder = path.parent();
        return holder != null && holder.isRoot();
    }

    abstract void onBegin(Instant at);

    abstract void onCancel(Instant at);

    /** It was cancelled while it waited for its place: nothing of it is running. */
    abstract void cancelledInQueue(Instant at);

    abstract void onReopen(Instant at);

    abstract void onRecover(Instant at);

    /** Applies an entry of the journal that is about this node. */
    abstract void apply(Entry entry);

    /** A body of this node ended. */
    void bodyEnded(Event.BodyEnded event) {
        // Most have none.
    }

    /** A timer of this node came due. */
    void timerFired(Event.TimerFired timer) {
        // Most have none.
    }

    /** The run goes on after it was paused. */
    void onResumed(Instant at) {
        // Most hold nothing back.
    }

    /** What this node is doing; null for one that others do it in, or that has ended. */
    @Nullable
    OpenNode open() {
        return null;
    }

    /** What is open below this node without being active. */
    List<OpenNode> openInside() {
        return List.of();
    }

    /** The context before and after this node. */
    final RunMachine.Around around() {
        return new RunMachine.Around(base(), endChanges == null ? null : base().with(endChanges));
    }

    /** When this node goes on by itself; null for not by time. */
    @Nullable
    Instant due() {
        return null;
    }

    /** The entry that says how this block ended. */
    final Entry.BlockEnded requireEnd(Entry entry) {
        if (entry instanceof Entry.BlockEnded ended) {
            return ended;
        }
        throw misplaced(entry);
    }

    /** As {@link #requireEnd}, of a block whose end follows from that of a part of it, unless the block is cancelled. */
    final Entry.BlockEnded requireDueEnd(Entry entry) {
        Entry.BlockEnded ended = requireEnd(entry);
        if (ended.status() != StepStatus.CANCELLED && !wiring.isDue()) {
            throw new IncompatibleJournalException(
                    "the journal has the end of \"" + path + "\" where the definition would go on in it with "
                            + wiring.describeActive(path)
                            + ". Register a version of the workflow that has no more nodes there",
                    path);
        }
        return ended;
    }

    final IncompatibleJournalException misplaced(Entry entry) {
        String found = entry instanceof Entry.BlockEnded ended ? "the end of a " + ended.kind() : "an outcome";
        return new IncompatibleJournalException(
                "the journal has " + found + " at \"" + path
                        + "\", where the definition has another kind of node; register"
                        + " a version of the workflow that has this node in its place",
                path);
    }
}
