package dev.perdure.core.machine;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.Failure;
import dev.perdure.core.Path;
import dev.perdure.core.StepStatus;
import dev.perdure.core.definition.RepeatUntil;
import dev.perdure.core.journal.BlockSummary;
import dev.perdure.core.journal.Changes;
import dev.perdure.core.journal.Context;
import dev.perdure.core.journal.Entry;
import dev.perdure.core.journal.Payload;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A body that runs until a condition holds: an iteration, its condition, and so on. */
final class RepeatFrame extends Frame implements Parent {
    private final RepeatUntil loop;
    private final List<Changes> diffs = new ArrayList<>();
    private Context context = Context.EMPTY;
    private Instant begunAt = Instant.EPOCH;
    private int iteration;
    /** A retry of a run whose loop met its limit gives it as many iterations again. */
    private int limit;

    private @Nullable SequenceFrame body;
    private @Nullable StepFrame until;

    RepeatFrame(Wiring wiring, Parent parent, RepeatUntil loop, Path path, Path scope) {
        super(wiring, parent, path, scope);
        this.loop = loop;
        this.limit = loop.maxIterations();
    }

    @Override
    void onBegin(Instant at) {
        context = base();
        begunAt = at;
        iterate(at);
    }

    private void iterate(Instant at) {
        if (iteration == limit) {
            Failure failure = Failure.of(
                    ErrorCode.LIMIT_EXCEEDED,
                    "loop \"" + path() + "\" did not end within its " + loop.maxIterations()
                            + " iterations (maxIterations)",
                    path());
            finish(StepStatus.FAILED, null, failure, at);
            return;
        }
        SequenceFrame frame = new SequenceFrame(
                wiring, this, new SequenceFrame.Body("iteration", loop.body()), path().item(iteration), scope);
        body = frame;
        until = null;
        frame.register();
        frame.takePlace(context, at);
    }

    @Override
    public void childEnded(Frame child, RunMachine.Ending ending) {
        if (ending.status() != StepStatus.COMPLETED) {
            boolean isCancelled = ending.status() == StepStatus.CANCELLED;
            finish(isCancelled ? StepStatus.CANCELLED : StepStatus.FAILED, null, ending.failure(), ending.at());
            return;
        }
        context = context.with(ending.changes());
        if (!ending.changes().isEmpty()) {
            diffs.add(ending.changes());
        }
        if (child == body) {
            ask(ending.at());
        } else {
            answered(ending.at());
        }
    }

    private void ask(Instant at) {
        Path where = path().item(iteration).part(RepeatUntil.UNTIL);
        StepFrame frame = new StepFrame(wiring, this, loop.until(), where, scope);
        until = frame;
        frame.register();
        frame.takePlace(context, at);
    }

    private void answered(Instant at) {
        StepFrame condition = Objects.requireNonNull(until, "it has just completed");
        Payload answer = Objects.requireNonNull(wiring.values.output(condition.path()), "what completes has an output");
        if (Boolean.TRUE.equals(answer.plain())) {
            finish(StepStatus.COMPLETED, Objects.requireNonNull(body).output(), null, at);
        } else {
            iteration++;
            body = null;
            until = null;
            iterate(at);
        }
    }

    private void finish(StepStatus status, @Nullable Payload output, @Nullable Failure failure, Instant at) {
        int ended = status == StepStatus.COMPLETED ? iteration + 1 : iteration;
        boolean isFailed = status == StepStatus.FAILED && body != null;
        BlockSummary summary = new BlockSummary(ended, isFailed ? 1 : 0, status == StepStatus.CANCELLED ? 1 : 0);
        wiring.emitDerived(new Entry.BlockEnded(
                path(), loop.kind(), status, output, Changes.NONE, failure, summary, null, begunAt, at));
    }

    @Override
    void apply(Entry entry) {
        Entry.BlockEnded ended = requireDueEnd(entry);
        if (ended.output() != null) {
            wiring.values.completed(path(), ended.output());
        }
        boolean isDone = ended.status() == StepStatus.COMPLETED;
        end(ended.status(), isDone ? Changes.all(diffs) : Changes.NONE, ended.failure(), ended.at());
    }

    @Override
    void onCancel(Instant at) {
        Objects.requireNonNull(current(), "between two iterations nothing else happens")
                .cancel(at);
    }

    private @Nullable Frame current() {
        return until == null ? body : until;
    }

    @Override
    void cancelledInQueue(Instant at) {
        finish(StepStatus.CANCELLED, null, null, at);
    }

    @Override
    void onReopen(Instant at) {
        Frame frame = current();
        if (frame == null) {
            limit = iteration + loop.maxIterations();
            iterate(at);
        } else {
            frame.park();
            frame.takePlace(context, at);
        }
    }

    @Override
    void onRecover(Instant at) {
        // Its iteration or condition recovers by itself.
    }
}
