package dev.perdure.core.machine;

import dev.perdure.core.Failure;
import dev.perdure.core.Path;
import dev.perdure.core.StepStatus;
import dev.perdure.core.definition.Sequence;
import dev.perdure.core.journal.BlockSummary;
import dev.perdure.core.journal.Changes;
import dev.perdure.core.journal.Context;
import dev.perdure.core.journal.Entry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Nodes one after the other: the run's root, or a branch. The root's end is the run's; a branch has a row of its own. */
final class SequenceFrame extends Frame implements Parent {
    private static final BlockSummary NOTHING = new BlockSummary(0, 0, 0);

    private final Sequence sequence;
    private Context context = Context.EMPTY;
    private Instant begunAt = Instant.EPOCH;
    private final List<Changes> diffs = new ArrayList<>();
    private int next;
    private @Nullable Frame current;

    SequenceFrame(Wiring wiring, Parent parent, Sequence sequence, Path path, Path scope) {
        super(wiring, parent, path, scope);
        this.sequence = sequence;
    }

    Context context() {
        return context;
    }

    @Override
    void onBegin(Instant at) {
        context = base();
        begunAt = at;
        advance(at);
    }

    private void advance(Instant at) {
        if (next == sequence.nodes().size()) {
            finish(StepStatus.COMPLETED, null, at);
            return;
        }
        current = Frame.of(wiring, this, sequence.nodes().get(next), path(), scope);
        current.register();
        current.takePlace(context, at);
    }

    @Override
    public void childEnded(Frame child, RunMachine.Ending ending) {
        if (ending.status() == StepStatus.COMPLETED) {
            context = context.with(ending.changes());
            if (!path().isRoot() && !ending.changes().isEmpty()) {
                diffs.add(ending.changes());
            }
            next++;
            current = null;
            if (isCancelling()) {
                finish(StepStatus.CANCELLED, null, ending.at());
            } else {
                advance(ending.at());
            }
        } else {
            finish(ending.status(), ending.failure(), ending.at());
        }
    }

    private void finish(StepStatus status, @Nullable Failure failure, Instant at) {
        if (path().isRoot()) {
            end(status, Changes.NONE, failure, at);
            return;
        }
        StepStatus seen = status == StepStatus.TIMED_OUT ? StepStatus.FAILED : status;
        wiring.emitDerived(
                new Entry.BlockEnded(path(), "branch", seen, null, Changes.NONE, failure, NOTHING, null, begunAt, at));
    }

    @Override
    void blockEnded(Entry.BlockEnded entry) {
        boolean isDone = entry.status() == StepStatus.COMPLETED;
        end(entry.status(), isDone ? Changes.all(diffs) : Changes.NONE, entry.failure(), entry.at());
    }

    @Override
    void onCancel(Instant at) {
        if (current != null) {
            current.cancel(at);
        }
    }

    @Override
    void cancelledInQueue(Instant at) {
        finish(StepStatus.CANCELLED, null, at);
    }

    @Override
    void onReopen(Instant at) {
        if (current == null) {
            advance(at);
        } else {
            current.park();
            current.takePlace(context, at);
        }
    }

    @Override
    void onRecover(Instant at) {
        // Its current node recovers by itself.
    }
}
