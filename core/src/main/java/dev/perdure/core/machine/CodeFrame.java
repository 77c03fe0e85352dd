package dev.perdure.core.machine;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.Failure;
import dev.perdure.core.Path;
import dev.perdure.core.StepStatus;
import dev.perdure.core.definition.Answer;
import dev.perdure.core.definition.Ask;
import dev.perdure.core.definition.Node;
import dev.perdure.core.definition.Procedure;
import dev.perdure.core.definition.Retry;
import dev.perdure.core.definition.Step;
import dev.perdure.core.definition.Workflow;
import dev.perdure.core.journal.BlockSummary;
import dev.perdure.core.journal.Changes;
import dev.perdure.core.journal.Entry;
import dev.perdure.core.journal.NodePlace;
import dev.perdure.core.journal.Payload;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
    private final Map<String, Integer> visits = new HashMap<>();
    private final Map<Path, CodeBlockFrame> blocks = new LinkedHashMap<>();
    private Instant begunAt = Instant.EPOCH;
    private int life;
    private boolean isAlive;
    private @Nullable CodeWait pending;
    private @Nullable CodeWait last;
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
            startCode(false, at);
        }
    }

    private void startCode(boolean isAfterCrash, Instant at) {
        beginContext();
        visits.clear();
        blocks.clear();
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
        startCode(!wiring.isUntouched(), at);
    }

    @Override
    void onReopen(Instant at) {
        kept.retryLast(at);
        recordedEnd = null;
        if (wiring.isLive()) {
            startCode(false, at);
        }
    }

    @Override
    void onCancel(Instant at) {
        CodeWait wait = pending;
        blocks.values().forEach(block -> block.cancel(at));
        if (isAlive) {
            wiring.act(new Action.CancelBody(path(), life));
        }
        if (wait == null || wait != pending) {
            return; // the blocks' end answered it
        }
        CodeBlockFrame block = wait.block() == null ? null : blocks.get(wait.block());
        if (wait.frame() != null && wait.ending() == null && !wait.isHeld()) {
            wait.frame().cancel(at);
        } else if (block == null || block.isOver(wait.branch())) {
            answer(wait, new Answer.Cancelled(wait.path()));
        }
    }

    @Override
    void cancelledInQueue(Instant at) {
        finish(StepStatus.CANCELLED, null, null, at);
    }

    /** Runs the code of what has ended once more, so that it says how to undo what it did. */
    void collect(Instant at) {
        isCollecting = true;
        register();
        startCode(false, at);
    }

    /** Whether nothing new is started: what is recorded is answered, the rest is cancelled. */
    boolean isRefusing() {
        boolean isOuterRefusing = outer != null && outer.isCancelling();
        return isCancelling() || isOuterRefusing || isCollecting() || (recordedEnd != null && recordedEnd.status() == StepStatus.CANCELLED);
    }

    boolean isCollecting() {
        return isCollecting || (outer != null && outer.isCollecting());
    }

    /** Whether the journal has more than the code asked for so far. */
    boolean hasMoreRecorded() {
        return kept.first() != null;
    }

    boolean mayHaveBegun() {
        return mayHaveBegun;
    }

    /** Keeps what is recorded below this frame until the code asks for it. */
    void keep(KeptEntries.Kept entry) {
        CodeWait done = pending != null ? pending : last;
        if (done != null && done.isDiscardedBy(entry.entry())) {
            done.discard();
            return;
        }
        kept.add(entry);
        wiring.keptUndo(entry.entry());
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

    // What the code asks for.

    void asked(Event.Asked asked) {
        if (!isAlive || asked.life() != life) {
            return;
        }
        if (pending != null) {
            String why = "\"" + pending.path() + "\" has not ended: code asks for one thing at a time, and a step's body for none."
                    + " Branches of a parallel block are what runs side by side";
            reply(asked.ask(), new Answer.Refused(pending.path(), ErrorCode.INVALID_ARGUMENT, why));
        } else if (asked.what() instanceof Ask.Do wanted) {
            askNode(asked, wanted);
        } else if (asked.what() instanceof Ask.Open open) {
            openBlock(asked, open);
        } else if (asked.what() instanceof Ask.Patch patch) {
            askPatch(asked, patch);
        } else {
            askBlock(asked);
        }
    }

    private Path next(String name) {
        int visit = visits.merge(name, 1, Integer::sum) - 1;
        return path().child(name).repetition(visit);
    }

    private void askNode(Event.Asked asked, Ask.Do wanted) {
        Node node = wanted.node();
        String key = wanted.key();
        Path where = next(key == null ? node.name() : node.name() + ":" + key);
        Path due = kept.first();
        if (key == null && due != null && !due.equals(where)) {
            throw Divergence.at(where, due);
        }
        List<KeptEntries.Kept> recorded = kept.take(where);
        if (recorded == null && isRefusing()) {
            reply(asked.ask(), new Answer.Cancelled(where));
            return;
        }
        wiring.places.putAll(node.placesAt(where, branch));
        Frame frame = Frame.of(wiring, this, node, where, scope).ofCode();
        CodeWait wait = await(new CodeWait(asked.ask(), where, frame));
        if (recorded == null && isBehind()) {
            wait.hold();
            requireNoneStalled();
            return;
        }
        enter(wait, frame, recorded, asked.at());
        blocksCaughtUp(asked.at());
    }

    private void blocksCaughtUp(Instant at) {
        if (kept.first() == null) {
            List.copyOf(blocks.values()).forEach(block -> block.caughtUp(at));
        }
    }

    private void enter(CodeWait wait, Frame frame, @Nullable List<KeptEntries.Kept> recorded, Instant at) {
        if (recorded == null && !mayHaveBegun) {
            frame.register();
            frame.takePlace(context(), at);
            return;
        }
        Revival.of(wiring, frame, recorded).run(context(), at, wait::reopened);
        if (wait.ending() != null) {
            nodeEnded(wait);
        } else if (isCollecting()) {
            answer(wait, new Answer.Cancelled(wait.path()));
        } else if (isRefusing()) {
            frame.cancel(at);
        } else {
            Revival.recover(wiring, frame, mayHaveBegun, at);
        }
    }

    private CodeWait await(CodeWait wait) {
        pending = wait;
        wiring.lessBusy();
        return wait;
    }

    /** Whether code around this one has not come as far as the journal: what is new has to wait for that. */
    boolean isBehind() {
        return outer != null && (outer.kept.first() != null || outer.isBehind());
    }

    /** The code around has come as far as the journal. */
    void caughtUp(Instant at) {
        CodeWait wait = pending;
        if (isBehind()) {
            return;
        }
        if (wait != null && wait.isHeld() && wait.frame() != null) {
            wait.release();
            enter(wait, wait.frame(), null, at);
        }
        blocksCaughtUp(at);
    }

    /** What was asked for and is held, here or further in; null for nothing. */
    @Nullable
    Path held() {
        if (pending != null && pending.isHeld()) {
            return pending.path();
        }
        return blocks.values().stream().map(CodeBlockFrame::held).filter(held -> held != null).findFirst().orElse(null);
    }

    /** A branch that is waited for cannot go on before the code does, which waits for it: it is not what is recorded. */
    void requireNotStalled(CodeBlockFrame block) {
        CodeWait wait = pending;
        Path due = kept.first();
        Path held = wait == null || due == null || !block.path().equals(wait.block()) ? null : block.held(wait.branch());
        if (held != null && due != null) {
            throw Divergence.at(held, due);
        }
    }

    private void requireNoneStalled() {
        for (CodeFrame around = outer; around != null; around = around.outer) {
            CodeWait wait = around.pending;
            CodeBlockFrame block = wait == null || wait.block() == null ? null : around.blocks.get(wait.block());
            if (block != null) {
                around.requireNotStalled(block);
            }
        }
    }

    private void askPatch(Event.Asked asked, Ask.Patch patch) {
        Path where = path().child(KeptEntries.MARK + patch.id());
        boolean isMarked = kept.take(where) != null || visits.containsKey(where.toString());
        boolean isOldWay = !isMarked && (kept.first() != null || isRefusing());
        if (!isOldWay && !isMarked) {
            wiring.places.put(where, new NodePlace("patch", branch));
            wiring.emit(new Entry.StepCompleted(where, 1, Payload.of(true), Changes.NONE, asked.at(), asked.at()));
        }
        if (!isOldWay) {
            visits.put(where.toString(), 1);
        }
        reply(asked.ask(), new Answer.Done(where, Payload.of(!isOldWay)));
    }

    private void openBlock(Event.Asked asked, Ask.Open open) {
        Path where = next(open.name());
        List<KeptEntries.Kept> recorded = kept.take(where);
        if (recorded == null && isRefusing()) {
            reply(asked.ask(), new Answer.Cancelled(where));
        } else if (depth >= Workflow.MAX_NESTING) {
            String why = "parallel block \"" + where + "\" is nested more than " + Workflow.MAX_NESTING + " deep";
            reply(asked.ask(), new Answer.Refused(where, ErrorCode.LIMIT_EXCEEDED, why));
        } else {
            wiring.places.put(where, new NodePlace("parallel", branch));
            CodeBlockFrame block = new CodeBlockFrame(wiring, this, open, where, scope);
            blocks.put(where, block);
            block.register();
            block.takePlace(context(), asked.at());
            if (recorded != null) {
                recorded.forEach(block::keep);
            }
            reply(asked.ask(), new Answer.Opened(where));
            blocksCaughtUp(asked.at());
        }
    }

    private void askBlock(Event.Asked asked) {
        Path where = blockOf(asked.what());
        CodeBlockFrame block = blocks.get(where);
        if (block == null) {
            reply(asked.ask(), new Answer.Refused(where, ErrorCode.INVALID_ARGUMENT, "the parallel block is closed"));
        } else if (asked.what() instanceof Ask.Submit submit) {
            block.submit(asked, submit.branch());
        } else if (asked.what() instanceof Ask.Await all) {
            block.await(await(CodeWait.forBlock(asked.ask(), where, all.branch(), false)), asked.at());
        } else {
            block.close(await(CodeWait.forBlock(asked.ask(), where, null, true)), asked.at());
        }
    }

    private static Path blockOf(Ask what) {
        if (what instanceof Ask.Submit submit) {
            return submit.block();
        }
        if (what instanceof Ask.Await all) {
            return all.block();
        }
        if (what instanceof Ask.Close close) {
            return close.block();
        }
        throw new IllegalStateException("not about a block: " + what.getClass());
    }

    void gaveUp(Event.GaveUp event) {
        if (!isAlive || event.life() != life) {
            return;
        }
        CodeWait wait = pending;
        if (wait != null && wait.ask() == event.ask()) {
            giveUp(wait, event.at());
            return;
        }
        CodeWait done = last;
        if (done != null && done.ask() == event.ask()) {
            if (done.isTaken() && !isRefusing()) {
                wiring.emit(new Entry.StepCancelled(done.path(), 0, event.at()));
            }
            reply(event.ask(), new Answer.Cancelled(done.path()));
        }
    }

    private void giveUp(CodeWait wait, Instant at) {
        wait.giveUp();
        CodeBlockFrame block = wait.block() == null ? null : blocks.get(wait.block());
        if (block != null) {
            block.giveUp(wait.branch(), at);
        } else if (wait.frame() != null && wait.ending() == null && !wait.isHeld()) {
            wait.frame().cancel(at);
        } else {
            answer(wait, new Answer.Cancelled(wait.path()));
        }
    }

    // What comes of it.

    @Override
    public void childEnded(Frame child, RunMachine.Ending ending) {
        CodeWait wait = pending;
        if (child instanceof CodeBlockFrame block) {
            change(ending);
            if (wait != null && wait.isClose() && block.path().equals(wait.block())) {
                blocks.remove(block.path());
            }
            if (wait != null && block.path().equals(wait.block())) {
                blockEnded(wait, ending);
            }
            finishIfOver(ending.at());
        } else if (wait != null && wait.frame() == child) {
            wait.ended(ending);
            if (wiring.isLive()) {
                mayHaveBegun = false;
                nodeEnded(wait);
                finishIfOver(ending.at());
            }
        }
    }

    private void nodeEnded(CodeWait wait) {
        RunMachine.Ending ending = wait.requireEnding();
        absorb(ending);
        boolean isGone = ending.status() == StepStatus.CANCELLED || wait.isDiscarded();
        if (!isGone) {
            answer(wait, answerOf(Objects.requireNonNull(wait.frame()), ending));
        } else if (isRefusing() || wait.isGivenUp() || !isAlive) {
            answer(wait, new Answer.Cancelled(wait.path()));
        }
        // Else it is recorded that the code gave it up, and the code is about to do so again.
    }

    private static Answer answerOf(Frame frame, RunMachine.Ending ending) {
        Path path = frame.path();
        if (ending.status() == StepStatus.COMPLETED) {
            return new Answer.Done(path, frame.yielded());
        }
        Failure failure = ending.failure();
        return failure == null ? new Answer.Cancelled(path) : new Answer.Failed(path, failure);
    }

    /** A branch that may be waited for ended. */
    void branchEnded(CodeBlockFrame block, Frame branch, RunMachine.Ending ending, boolean isRecorded) {
        CodeWait wait = pending;
        Path path = branch.path();
        if (wait != null && block.path().equals(wait.block()) && path.equals(wait.branch())) {
            mayHaveBegun &= isRecorded;
            boolean isCancelled = ending.status() == StepStatus.CANCELLED;
            if (!isCancelled || isRefusing() || wait.isGivenUp() || block.isSettled()) {
                answer(wait, answerOf(branch, ending));
            }
        }
    }

    private void blockEnded(CodeWait wait, RunMachine.Ending ending) {
        boolean isCancelled = ending.status() == StepStatus.CANCELLED && (isRefusing() || wait.isGivenUp());
        if (wait.isClose() || ending.status() == StepStatus.COMPLETED) {
            answer(wait, new Answer.Done(wait.path(), Payload.NULL));
        } else if (ending.failure() != null && !isCancelled) {
            answer(wait, new Answer.Failed(wait.path(), ending.failure()));
        } else {
            answer(wait, new Answer.Cancelled(wait.path()));
        }
    }

    /** Something of what the code waits for was not recorded. */
    void noteNew() {
        mayHaveBegun = false;
    }

    void answer(CodeWait wait, Answer answer) {
        pending = null;
        last = wait;
        if (isAlive) {
            wiring.busier();
            reply(wait.ask(), answer);
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
        if (pending == null) {
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
        CodeWait wait = pending;
        if (wait != null && wait.frame() != null && wait.ending() == null && !wait.isHeld()) {
            wait.frame().cancel(event.at());
        } else {
            pending = null;
        }
        List.copyOf(blocks.values()).forEach(block -> block.leave(event.at()));
        finishIfOver(event.at());
    }

    private void finishIfOver(Instant at) {
        BodyOutcome ended = outcome;
        boolean isOver = ended != null && pending == null && blocks.values().stream().allMatch(Frame::hasEnded);
        if (!isOver || hasEnded()) {
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
