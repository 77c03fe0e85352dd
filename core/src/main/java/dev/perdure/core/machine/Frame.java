package dev.perdure.core.machine;

import dev.perdure.core.Failure;
import dev.perdure.core.Path;
import dev.perdure.core.StepStatus;
import dev.perdure.core.definition.Node;
import dev.perdure.core.definition.Parallel;
import dev.perdure.core.definition.Sequence;
import dev.perdure.core.definition.Step;
import dev.perdure.core.journal.Changes;
import dev.perdure.core.journal.Context;
import dev.perdure.core.journal.Entry;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A node that is active in a run. Frames form the tree that their nodes form.
 *
 * <p>It is registered when its turn is certain, begins when it gets its place, and ends once; a retry parks one that ended
 * without success until it has its place again.
 */
abstract sealed class Frame permits StepFrame, SequenceFrame, ParallelFrame {
    final Wiring wiring;
    private final Parent parent;
    private final Path path;
    /** The block whose scope this node's bodies run in. */
    final Path scope;

    private @Nullable Context base;
    /** A retry waits for the place that it had before. */
    private boolean isParked;

    private boolean isCancelling;
    private @Nullable StepStatus endStatus;

    Frame(Wiring wiring, Parent parent, Path path, Path scope) {
        this.wiring = wiring;
        this.parent = parent;
        this.path = path;
        this.scope = scope;
    }

    static Frame of(Wiring wiring, Parent parent, Node node, Path holder, Path scope) {
        Path path = holder.child(node.name());
        return node.match(new Node.Cases<>() {
            @Override
            public Frame step(Step step) {
                return new StepFrame(wiring, parent, step, path, scope, List.of());
            }

            @Override
            public Frame sequence(Sequence sequence) {
                return new SequenceFrame(wiring, parent, sequence, path, scope);
            }

            @Override
            public Frame parallel(Parallel block) {
                return new ParallelFrame(wiring, parent, block, path, scope);
            }

            @Override public Frame forEach(dev.perdure.core.definition.ForEach x) { throw new IllegalStateException(); }
            @Override public Frame choose(dev.perdure.core.definition.Choose x) { throw new IllegalStateException(); }
            @Override public Frame decide(dev.perdure.core.definition.Decide x) { throw new IllegalStateException(); }
            @Override public Frame repeatUntil(dev.perdure.core.definition.RepeatUntil x) { throw new IllegalStateException(); }
            @Override public Frame sleep(dev.perdure.core.definition.Sleep x) { throw new IllegalStateException(); }
            @Override public Frame awaitSignal(dev.perdure.core.definition.AwaitSignal x) { throw new IllegalStateException(); }
            @Override public Frame call(dev.perdure.core.definition.Call x) { throw new IllegalStateException(); }
        });
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

    private boolean hasPlace() {
        return base != null && !isParked;
    }

    final void end(StepStatus status, Changes changes, @Nullable Failure failure, Instant at) {
        endStatus = status;
        wiring.unregister(this);
        if (failure != null) {
            wiring.values.failed(path, failure);
        }
        parent.childEnded(this, new RunMachine.Ending(status, changes, failure, at));
    }

    abstract void onBegin(Instant at);

    abstract void onCancel(Instant at);

    /** It was cancelled while it waited for its place: nothing of it is running. */
    abstract void cancelledInQueue(Instant at);

    abstract void onReopen(Instant at);

    abstract void onRecover(Instant at);

    /** The journal says that this block or branch ended. */
    abstract void blockEnded(Entry.BlockEnded entry);
}
