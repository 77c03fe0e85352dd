package dev.perdure.core.machine;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.Failure;
import dev.perdure.core.Path;
import dev.perdure.core.StepStatus;
import dev.perdure.core.definition.Decide;
import dev.perdure.core.definition.Node;
import dev.perdure.core.definition.Sequence;
import dev.perdure.core.journal.BlockSummary;
import dev.perdure.core.journal.Changes;
import dev.perdure.core.journal.Entry;
import dev.perdure.core.journal.Payload;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Nodes one after the other: the run's root, a branch, a clause, or the body of a loop. The root's end is the run's; any other
 * has a row of its own. Where a decision goes back, the nodes from there on have paths of their own, by repetition.
 */
final class SequenceFrame extends ContextFrame {
    private static final BlockSummary NOTHING = new BlockSummary(0, 0, 0);

    private final Body body;
    private final Jumps jumps;
    private Instant begunAt = Instant.EPOCH;
    private int next;
    private @Nullable Frame current;
    /** When it has taken as long as it may; null for never. */
    private @Nullable Instant deadline;
    /** Why it fails, once it has taken longer. */
    private @Nullable Failure late;

    /** What a sequence is the body of, as its row says it. */
    record Body(String kind, Sequence sequence) {}

    SequenceFrame(Wiring wiring, Parent parent, Body body, Path path, Path scope) {
        super(wiring, parent, path, scope);
        this.body = body;
        this.jumps = new Jumps(body.sequence().nodes());
    }

    /** The output of the node that the sequence yields; null where that has none. */
    @Nullable
    Payload output() {
        Path result = body.sequence().result();
        return result == null ? null : wiring.values.output(result.asSeenFrom(path()));
    }

    @Override
    void onBegin(Instant at) {
        beginContext();
        begunAt = at;
        limitFrom(at);
        advance(at);
    }

    private void limitFrom(Instant at) {
        Duration limit = body.sequence().timeout();
        deadline = limit == null ? null : at.plus(limit);
        late = null;
        arm();
    }

    private void arm() {
        if (deadline != null) {
            wiring.act(new Action.SetTimer(path(), 0, TimerKind.SEQUENCE_TIMEOUT, deadline));
        }
    }

    @Override
    @Nullable
    Instant due() {
        return late == null && hasPlace() ? deadline : null;
    }

    @Override
    void timerFired(Event.TimerFired timer) {
        expireIfLate(timer.at());
    }

    private void expireIfLate(Instant at) {
        boolean isLate = deadline != null && !at.isBefore(deadline);
        if (isLate && late == null && current != null && !isCancelling()) {
            String message = "\"" + path() + "\" took longer than its timeout of "
                    + body.sequence().timeout();
            late = Failure.of(ErrorCode.TIMED_OUT, message, path());
            current.expire(late, at);
        }
    }

    private void advance(Instant at) {
        if (next == body.sequence().nodes().size()) {
            finish(StepStatus.COMPLETED, null, at);
            return;
        }
        Frame frame = frameOf(body.sequence().nodes().get(next), next);
        current = frame;
        frame.register();
        frame.takePlace(context(), at);
    }

    private Frame frameOf(Node node, int index) {
        Path where = path().child(node.name()).repetition(jumps.visit(index));
        if (node instanceof Decide decide) {
            return new StepFrame(wiring, this, decide.choice(), where, scope)
                    .checkedBy(output -> problemOf(decide, index, output));
        }
        return Frame.of(wiring, this, node, where, scope);
    }

    private @Nullable Failure problemOf(Decide decide, int index, Payload output) {
        String problem = jumps.problem(decide, index, output.plain());
        return problem == null
                ? null
                : Failure.of(ErrorCode.INVALID_TARGET, "\"" + path().child(decide.name()) + "\" " + problem, path());
    }

    @Override
    public void childEnded(Frame child, RunMachine.Ending ending) {
        if (ending.status() != StepStatus.COMPLETED) {
            boolean isLate = late != null && !isCancelling();
            finish(isLate ? StepStatus.FAILED : ending.status(), isLate ? late : ending.failure(), ending.at());
            return;
        }
        absorb(ending);
        next = following(child);
        current = null;
        if (isCancelling()) {
            finish(StepStatus.CANCELLED, null, ending.at());
        } else {
            advance(ending.at());
        }
    }

    private int following(Frame ended) {
        Payload output =
                body.sequence().nodes().get(next) instanceof Decide ? wiring.values.output(ended.path()) : null;
        if (output == null || !(output.plain() instanceof String target)) {
            return next + 1;
        }
        int found = jumps.go(next, target);
        if (found < 0) {
            throw new IncompatibleJournalException(
                    "the journal has that \"" + ended.path() + "\" decided to go to \"" + target
                            + "\", which the definition does not have there. Register a version of the workflow that has it",
                    ended.path());
        }
        return found;
    }

    private void finish(StepStatus status, @Nullable Failure failure, Instant at) {
        if (path().isRoot()) {
            end(status, Changes.NONE, failure, at);
            return;
        }
        StepStatus seen = status == StepStatus.TIMED_OUT ? StepStatus.FAILED : status;
        wiring.emitDerived(new Entry.BlockEnded(
                path(), body.kind(), seen, null, Changes.NONE, failure, NOTHING, null, begunAt, at));
    }

    @Override
    void apply(Entry entry) {
        Entry.BlockEnded ended = requireDueEnd(entry);
        boolean isDone = ended.status() == StepStatus.COMPLETED;
        end(ended.status(), isDone ? changes() : Changes.NONE, ended.failure(), ended.at());
    }

    @Override
    void onCancel(Instant at) {
        Objects.requireNonNull(current, "between two nodes nothing else happens")
                .cancel(at);
    }

    @Override
    void cancelledInQueue(Instant at) {
        finish(StepStatus.CANCELLED, null, at);
    }

    @Override
    void onReopen(Instant at) {
        limitFrom(at);
        if (current == null) {
            advance(at);
        } else {
            current.park();
            current.takePlace(context(), at);
        }
    }

    @Override
    void onRecover(Instant at) {
        arm(); // its current node recovers by itself, unless it is too late for that
        expireIfLate(at);
    }
}
