package dev.perdure.core.machine;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.Failure;
import dev.perdure.core.Path;
import dev.perdure.core.StepStatus;
import dev.perdure.core.definition.Answer;
import dev.perdure.core.definition.Ask;
import dev.perdure.core.definition.Node;
import dev.perdure.core.definition.Workflow;
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
 * What one execution of workflow code asks for: it names it, makes a frame of it, replays what is kept of it or has it started,
 * and answers. It waits for one thing at a time, and may have parallel blocks open beside.
 */
final class CodeAsks {
    private final Wiring wiring;
    private final CodeFrame code;
    private final KeptEntries kept;
    private final Map<String, Integer> visits = new HashMap<>();
    private final Map<Path, CodeBlockFrame> blocks = new LinkedHashMap<>();
    private @Nullable CodeWait pending;
    private @Nullable CodeWait last;

    CodeAsks(Wiring wiring, CodeFrame code, KeptEntries kept) {
        this.wiring = wiring;
        this.code = code;
        this.kept = kept;
    }

    /** The code is run from its begin. */
    void restart() {
        visits.clear();
        blocks.clear();
    }

    /** Whether {@code entry} is about what the code waits for, or took last, and says that it has no use for it. */
    boolean discards(Entry entry) {
        CodeWait done = pending != null ? pending : last;
        if (done == null || !done.isDiscardedBy(entry)) {
            return false;
        }
        done.discard();
        return true;
    }

    boolean isWaiting() {
        return pending != null;
    }

    /** Whether nothing is going on that the code asked for. */
    boolean isOver() {
        return pending == null && blocks.values().stream().allMatch(Frame::hasEnded);
    }

    /** Ends what is going on because the code is cancelled. */
    void cancel(Instant at) {
        CodeWait wait = pending;
        blocks.values().forEach(block -> block.cancel(at));
        if (wait == null || wait != pending) {
            return; // the blocks' end answered it
        }
        if (wait.isStarted()) {
            wait.requireFrame().cancel(at);
        } else if (wait.block() == null || blockOf(wait).isOver(wait.branch())) {
            answer(wait, new Answer.Cancelled(wait.path()));
        }
    }

    /** The code returned or threw: what it left behind is cancelled. */
    void leave(Instant at) {
        CodeWait wait = pending;
        if (wait != null && wait.isStarted()) {
            wait.requireFrame().cancel(at);
        } else {
            pending = null;
        }
        List.copyOf(blocks.values()).forEach(block -> block.leave(at));
    }

    // Nodes.

    void asked(Event.Asked asked) {
        if (pending != null) {
            String why = "\"" + pending.path()
                    + "\" has not ended: code asks for one thing at a time, and a step's body for none."
                    + " Branches of a parallel block are what runs side by side";
            code.reply(asked.ask(), new Answer.Refused(pending.path(), ErrorCode.INVALID_ARGUMENT, why));
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
        return code.path().child(name).repetition(visit);
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
        if (recorded == null && code.isRefusing()) {
            code.reply(asked.ask(), new Answer.Cancelled(where));
            return;
        }
        wiring.places.putAll(node.placesAt(where, code.branch()));
        Frame frame = Frame.of(wiring, code, node, where, code.scope).ofCode();
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
        if (recorded == null && !code.mayHaveBegun()) {
            frame.register();
            frame.takePlace(code.context(), at);
            return;
        }
        Revival.of(wiring, frame, recorded).run(code.context(), at, wait::reopened);
        if (wait.ending() != null) {
            nodeEnded(wait);
        } else if (code.isCollecting()) {
            answer(wait, new Answer.Cancelled(wait.path()));
        } else if (code.isRefusing()) {
            frame.cancel(at);
        } else {
            Revival.recover(wiring, frame, code.mayHaveBegun(), at);
        }
    }

    private CodeWait await(CodeWait wait) {
        pending = wait;
        wiring.lessBusy();
        return wait;
    }

    private @Nullable CodeAsks outer() {
        return code.outer() == null ? null : code.outer().asks();
    }

    /** Whether the journal has more than the code asked for so far. */
    boolean hasMoreRecorded() {
        return kept.first() != null;
    }

    /** Whether code around this one has not come as far as the journal: what is new has to wait for that. */
    boolean isBehind() {
        CodeAsks outer = outer();
        return outer != null && (outer.hasMoreRecorded() || outer.isBehind());
    }

    /** The code around has come as far as the journal. */
    void caughtUp(Instant at) {
        CodeWait wait = pending;
        if (isBehind()) {
            return;
        }
        if (wait != null && wait.isHeld()) {
            wait.release();
            enter(wait, wait.requireFrame(), null, at);
        }
        blocksCaughtUp(at);
    }

    /** What was asked for and is held, here or further in; null for nothing. */
    @Nullable
    Path held() {
        if (pending != null && pending.isHeld()) {
            return pending.path();
        }
        return blocks.values().stream()
                .map(CodeBlockFrame::held)
                .filter(held -> held != null)
                .findFirst()
                .orElse(null);
    }

    /** A branch that is waited for cannot go on before the code does, which waits for it: it is not what is recorded. */
    void requireNotStalled() {
        CodeWait wait = pending;
        Path due = kept.first();
        if (wait != null && wait.block() != null && due != null) {
            Path held = blockOf(wait).held(wait.branch());
            if (held != null) {
                throw Divergence.at(held, due);
            }
        }
    }

    private CodeBlockFrame blockOf(CodeWait wait) {
        return Objects.requireNonNull(blocks.get(wait.requireBlock()), "a block stays open while it is waited for");
    }

    private void requireNoneStalled() {
        for (CodeAsks around = outer(); around != null; around = around.outer()) {
            around.requireNotStalled();
        }
    }

    private void askPatch(Event.Asked asked, Ask.Patch patch) {
        Path where = code.path().child(KeptEntries.MARK + patch.id());
        boolean isMarked = kept.take(where) != null || visits.containsKey(where.toString());
        boolean isOldWay = !isMarked && (kept.first() != null || code.isRefusing());
        if (!isOldWay && !isMarked) {
            wiring.places.put(where, new NodePlace("patch", code.branch()));
            wiring.emit(new Entry.StepCompleted(where, 1, Payload.of(true), Changes.NONE, asked.at(), asked.at()));
        }
        if (!isOldWay) {
            visits.put(where.toString(), 1);
        }
        code.reply(asked.ask(), new Answer.Done(where, Payload.of(!isOldWay)));
    }

    private void openBlock(Event.Asked asked, Ask.Open open) {
        Path where = next(open.name());
        List<KeptEntries.Kept> recorded = kept.take(where);
        if (recorded == null && code.isRefusing()) {
            code.reply(asked.ask(), new Answer.Cancelled(where));
        } else if (code.depth() >= Workflow.MAX_NESTING) {
            String why = "parallel block \"" + where + "\" is nested more than " + Workflow.MAX_NESTING + " deep";
            code.reply(asked.ask(), new Answer.Refused(where, ErrorCode.LIMIT_EXCEEDED, why));
        } else {
            wiring.places.put(where, new NodePlace("parallel", code.branch()));
            CodeBlockFrame block = new CodeBlockFrame(wiring, code, open, where, code.scope);
            blocks.put(where, block);
            block.register();
            block.takePlace(code.context(), asked.at());
            if (recorded != null) {
                recorded.forEach(block::keep);
            }
            code.reply(asked.ask(), new Answer.Opened(where));
            blocksCaughtUp(asked.at());
        }
    }

    private void askBlock(Event.Asked asked) {
        Path where = blockOf(asked.what());
        CodeBlockFrame block = blocks.get(where);
        if (block == null) {
            code.reply(
                    asked.ask(), new Answer.Refused(where, ErrorCode.INVALID_ARGUMENT, "the parallel block is closed"));
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
        CodeWait wait = pending;
        if (wait != null && wait.ask() == event.ask()) {
            giveUp(wait, event.at());
            return;
        }
        CodeWait done = last;
        if (done != null && done.ask() == event.ask()) {
            if (done.isTaken() && !code.isRefusing()) {
                wiring.emit(new Entry.StepCancelled(done.path(), 0, event.at()));
            }
            code.reply(event.ask(), new Answer.Cancelled(done.path()));
        }
    }

    private void giveUp(CodeWait wait, Instant at) {
        wait.giveUp();
        if (wait.block() != null) {
            blockOf(wait).giveUp(wait.branch(), at);
        } else if (wait.isStarted()) {
            wait.requireFrame().cancel(at);
        } else {
            answer(wait, new Answer.Cancelled(wait.path()));
        }
    }

    // What comes of it.

    /** A node or block that the code asked for ended. */
    void childEnded(Frame child, RunMachine.Ending ending) {
        CodeWait wait = pending;
        if (child instanceof CodeBlockFrame block) {
            code.change(ending);
            if (wait != null && block.path().equals(wait.block())) {
                if (wait.isClose()) {
                    blocks.remove(block.path());
                }
                blockEnded(wait, ending);
            }
        } else if (wait != null && wait.frame() == child) {
            wait.ended(ending);
            if (wiring.isLive()) {
                code.noteNew();
                nodeEnded(wait);
            }
        }
    }

    private void nodeEnded(CodeWait wait) {
        RunMachine.Ending ending = wait.requireEnding();
        code.absorb(ending);
        boolean isGone = ending.status() == StepStatus.CANCELLED || wait.isDiscarded();
        if (!isGone) {
            answer(wait, answerOf(wait.requireFrame(), ending));
        } else if (code.isRefusing() || wait.isGivenUp() || !code.isAlive()) {
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
            if (!isRecorded) {
                code.noteNew();
            }
            boolean isCancelled = ending.status() == StepStatus.CANCELLED;
            if (!isCancelled || code.isRefusing() || wait.isGivenUp() || block.isSettled()) {
                answer(wait, answerOf(branch, ending));
            }
        }
    }

    private void blockEnded(CodeWait wait, RunMachine.Ending ending) {
        if (wait.isClose() || ending.status() == StepStatus.COMPLETED) {
            answer(wait, new Answer.Done(wait.path(), Payload.NULL));
        } else if (ending.failure() != null) {
            answer(wait, new Answer.Failed(wait.path(), ending.failure()));
        } else {
            answer(wait, new Answer.Cancelled(wait.path()));
        }
    }

    private void answer(CodeWait wait, Answer answer) {
        pending = null;
        last = wait;
        code.answer(wait.ask(), answer);
    }
}
