package dev.perdure.core.machine;

import dev.perdure.core.Failure;
import dev.perdure.core.Path;
import dev.perdure.core.StepStatus;
import dev.perdure.core.definition.Answer;
import dev.perdure.core.definition.Procedure;
import dev.perdure.core.definition.Retry;
import dev.perdure.core.definition.Step;
import dev.perdure.core.journal.BlockSummary;
import dev.perdure.core.journal.Changes;
import dev.perdure.core.journal.Entry;
import dev.perdure.core.journal.Payload;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Workflow code: a procedure, or a branch of a block that one opened. The code runs outside of the machine and asks for one
 * thing at a time; each becomes a frame below this one.
 *
 * <p>A journal does not say what the code is about to ask for, so a replay keeps what is recorded below this frame. When the
 * run goes on, the code is run from its begin; whatever it asks for that is kept is replayed then, and answered.
 */
final class CodeFrame extends ContextFrame {
    private static final BlockSummary NOTHING = new BlockSummary(0, 0, 0);

    private final Procedure code;
    /** The code that opened the block that this is a branch of; null for a procedure. */
    private final @Nullable CodeFrame outer;

    private final @Nullable String branch;
    private final int depth;
    private final KeptEntries kept;
    private final CodeAsks asks;
    private Instant begunAt = Instant.EPOCH;
    private int life;
    private boolean isAlive;
    /** All that this execution of the code was told is recorded, so an earlier one may have come as far and further. */
    private boolean mayHaveBegun;

    private boolean isCollecting;
    private @Nullable BodyOutcome outcome;
    private Entry.@Nullable BlockEnded recordedEnd;

    private CodeFrame(Wiring wiring, Parent parent, Place place, Procedure code, @Nullable CodeFrame outer) {
        super(wiring, parent, place.path, place.scope);
        this.code = code;
        this.outer = outer;
        this.branch = place.branch;
        this.depth = outer == null ? 0 : outer.depth + 1;
        this.kept = new KeptEntries(place.path);
        this.asks = new CodeAsks(wiring, this, kept);
    }

    /** Where code stands. */
    private record Place(Path path, Path scope, @Nullable String branch) {}

    static CodeFrame ofNode(Wiring wiring, Parent parent, Procedure code, Path path, Path scope) {
        return new CodeFrame(wiring, parent, new Place(path, scope, null), code, null);
    }

    static CodeFrame ofBranch(Wiring wiring, CodeBlockFrame block, CodeFrame outer, Procedure code, Path path) {
        CodeFrame frame = new CodeFrame(wiring, block, new Place(path, block.path(), code.name()), code, outer);
        frame.ofCode();
        return frame;
    }

    // What holds it.

    @Override
    void onBegin(Instant at) {
        begunAt = at;
        if (outer == null) {
            wiring.procedures.put(path(), this);
        }
        if (wiring.isLive()) {
            startCode(false);
        }
    }

    private void startCode(boolean isAfterCrash) {
        beginContext();
        asks.restart();
        outcome = null;
        mayHaveBegun = isAfterCrash;
        life++;
        isAlive = true;
        wiring.busier();
        Step body = Step.of(code.name(), code.body(), code.output(), Retry.NONE);
        wiring.act(new Action.StartCode(new Action.StartBody(path(), scope, life, body, base(), List.of())));
    }

    @Override
    void onRecover(Instant at) {
        startCode(!wiring.isUntouched());
    }

    @Override
    void onReopen(Instant at) {
        kept.retryLast(at);
        recordedEnd = null;
        if (wiring.isLive()) {
            startCode(false);
        }
    }

    @Override
    void onCancel(Instant at) {
        if (isAlive) {
            wiring.act(new Action.CancelBody(path(), life));
        }
        asks.cancel(at);
    }

    @Override
    void cancelledInQueue(Instant at) {
        finish(StepStatus.CANCELLED, null, null, at);
    }

    /** Runs the code of what has ended once more, so that it says how to undo what it did. */
    void collect(Instant at) {
        isCollecting = true;
        register();
        startCode(false);
    }

    /** Whether nothing new is started: what is recorded is answered, the rest is cancelled. */
    boolean isRefusing() {
        boolean isOuterRefusing = outer != null && outer.isCancelling();
        return isCancelling()
                || isOuterRefusing
                || isCollecting()
                || (recordedEnd != null && recordedEnd.status() == StepStatus.CANCELLED);
    }

    boolean isCollecting() {
        return isCollecting || (outer != null && outer.isCollecting());
    }

    boolean mayHaveBegun() {
        return mayHaveBegun;
    }

    /** Keeps what is recorded below this frame until the code asks for it. */
    void keep(KeptEntries.Kept entry) {
        if (!asks.discards(entry.entry())) {
            kept.add(entry);
            wiring.keptUndo(entry.entry());
        }
    }

    @Override
    void apply(Entry entry) {
        Entry.BlockEnded ended = requireEnd(entry);
        boolean isToBeRunAgain = !wiring.isLive() && outer != null && wiring.isUnresolved(path());
        if (isToBeRunAgain) {
            recordedEnd = ended;
        } else {
            endWith(ended);
        }
    }

    private void endWith(Entry.BlockEnded ended) {
        if (ended.status() == StepStatus.COMPLETED) {
            completed(ended.output() == null ? Payload.NULL : ended.output());
            if (!wiring.isUnresolved(path())) {
                kept.clear();
            }
        }
        end(ended.status(), ended.changes(), ended.failure(), ended.at());
    }

    @Override
    List<OpenNode> openInside() {
        return isAlive ? List.of() : kept.open();
    }

    // The code itself.

    CodeAsks asks() {
        return asks;
    }

    @Nullable
    CodeFrame outer() {
        return outer;
    }

    /** The branch that this is the code of; null for a procedure. */
    @Nullable
    String branch() {
        return branch;
    }

    /** How many blocks of code are around this one. */
    int depth() {
        return depth;
    }

    /** Whether the code is running, so that it can be answered. */
    boolean isAlive() {
        return isAlive;
    }

    void asked(Event.Asked asked) {
        if (isAlive && asked.life() == life) {
            asks.asked(asked);
        }
    }

    void gaveUp(Event.GaveUp event) {
        if (isAlive && event.life() == life) {
            asks.gaveUp(event);
        }
    }

    @Override
    public void childEnded(Frame child, RunMachine.Ending ending) {
        asks.childEnded(child, ending);
        if (wiring.isLive()) {
            finishIfOver(ending.at());
        }
    }

    /** Something of what the code waits for was not recorded. */
    void noteNew() {
        mayHaveBegun = false;
    }

    /** Answers what the code waits for, so that it goes on. */
    void answer(long ask, Answer answer) {
        if (isAlive) {
            wiring.busier();
            reply(ask, answer);
        }
    }

    void reply(long ask, Answer answer) {
        wiring.act(new Action.Reply(path(), life, ask, answer));
    }

    @Override
    void bodyEnded(Event.BodyEnded event) {
        if (!isAlive || event.attempt() != life) {
            return;
        }
        boolean isForNobody = event.outcome() instanceof BodyOutcome.Cancelled && !isRefusing();
        isAlive = false;
        if (!asks.isWaiting()) {
            wiring.lessBusy();
        }
        Path due = kept.first();
        if (isForNobody) {
            return; // of an engine that is closing
        }
        if (due != null && !isRefusing()) {
            throw Divergence.atEnd(path(), due, event.outcome());
        }
        outcome = event.outcome();
        asks.leave(event.at());
        finishIfOver(event.at());
    }

    private void finishIfOver(Instant at) {
        BodyOutcome ended = outcome;
        boolean isOver = ended != null && asks.isOver();
        if (!isOver) {
            return;
        }
        outcome = null;
        if (isCollecting) {
            isCollecting = false;
            wiring.unregister(this);
            wiring.collected.accept(this, at);
        } else if (recordedEnd != null) {
            endWith(recordedEnd);
        } else if (isCancelling()) {
            finish(StepStatus.CANCELLED, null, null, at);
        } else if (ended instanceof BodyOutcome.Completed done) {
            finish(StepStatus.COMPLETED, done.output(), null, at);
        } else if (ended instanceof BodyOutcome.Failed failed) {
            Failure failure = failed.failure();
            finish(StepStatus.FAILED, null, failure.path() == null ? failure.at(path(), 0) : failure, at);
        }
    }

    private void finish(StepStatus status, @Nullable Payload output, @Nullable Failure failure, Instant at) {
        if (path().isRoot()) {
            if (output != null) {
                completed(output);
            }
            end(status, Changes.NONE, failure, at);
            return;
        }
        Changes changes = status == StepStatus.COMPLETED ? changes() : Changes.NONE;
        String kind = outer == null ? code.kind() : "branch";
        wiring.emit(new Entry.BlockEnded(
                path(), kind, status, output, changes, failure, NOTHING, null, hasPlace() ? begunAt : at, at));
    }
}
