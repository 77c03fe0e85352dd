package dev.perdure.core.machine;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.Failure;
import dev.perdure.core.Path;
import dev.perdure.core.StepStatus;
import dev.perdure.core.definition.Answer;
import dev.perdure.core.definition.Ask;
import dev.perdure.core.definition.BranchResult;
import dev.perdure.core.definition.Merge;
import dev.perdure.core.definition.Node;
import dev.perdure.core.definition.ParallelPolicy.OnError;
import dev.perdure.core.definition.Procedure;
import dev.perdure.core.journal.BlockSummary;
import dev.perdure.core.journal.Changes;
import dev.perdure.core.journal.Entry;
import dev.perdure.core.journal.NodePlace;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A parallel block that workflow code opened: its branches become known one by one, until the code waits for all of them. */
final class CodeBlockFrame extends Frame implements Parent {
    private final CodeFrame owner;
    private final Ask.Open open;
    private final Path holderScope;
    private final KeptEntries kept;
    private final Map<String, Integer> visits = new HashMap<>();
    private final Map<Path, Branch> branches = new LinkedHashMap<>();
    private final Deque<Branch> queue = new ArrayDeque<>();
    private Instant begunAt = Instant.EPOCH;
    private int running;
    private int ended;
    /** No branch is started any more. */
    private boolean isSealed;
    /** A branch failed that all others are cancelled for. */
    private boolean isSettled;
    /** The code left the block before all branches had ended. */
    private boolean isLeft;
    /** A branch ended that is not in the journal from before. */
    private boolean hasNewEnd;

    private Entry.@Nullable BlockEnded recordedEnd;
    private Entry.@Nullable BlockEnded appliedEnd;

    /** A branch: a step, or code of its own. */
    private static final class Branch {
        private final Frame frame;
        private RunMachine.@Nullable Ending ending;
        private int order;
        private boolean isHeld;
        private boolean isRunning;

        Branch(Frame frame) {
            this.frame = frame;
        }
    }

    CodeBlockFrame(Wiring wiring, CodeFrame owner, Ask.Open open, Path path, Path scope) {
        super(wiring, owner, path, scope);
        this.owner = owner;
        this.open = open;
        this.holderScope = scope;
        this.kept = new KeptEntries(path);
    }

    @Override
    void onBegin(Instant at) {
        begunAt = at;
        wiring.act(new Action.OpenScope(path(), holderScope, 0));
    }

    boolean isSettled() {
        return isSettled;
    }

    /** Whether a branch has ended, or all for null. */
    boolean isOver(@Nullable Path only) {
        Branch branch = only == null ? null : branches.get(only);
        return branch == null ? hasEnded() : branch.ending != null;
    }

    /** Keeps what is recorded of the block until its code comes to it again. */
    void keep(KeptEntries.Kept entry) {
        if (entry.entry() instanceof Entry.RunRetried retried) {
            recordedEnd = null; // a retry is kept of what did not succeed only
            kept.retryAll(retried.at());
        } else if (entry.entry() instanceof Entry.BlockEnded block
                && block.path().equals(path())) {
            recordedEnd = block;
        } else {
            kept.add(entry);
        }
    }

    /** Starts a branch, or has it wait for its place. */
    void submit(Event.Asked asked, Node node) {
        int visit = visits.merge(node.name(), 1, Integer::sum) - 1;
        Path where = path().child(node.name()).repetition(visit);
        if (isSealed) {
            String why = "the code waited for all branches of \"" + path() + "\"; open another block for more";
            owner.reply(asked.ask(), new Answer.Refused(where, ErrorCode.INVALID_ARGUMENT, why));
            return;
        }
        if (owner.isRefusing() && !kept.has(where)) {
            owner.reply(asked.ask(), new Answer.Cancelled(where));
            return;
        }
        Branch branch = new Branch(frameOf(node, where));
        branches.put(where, branch);
        owner.reply(asked.ask(), new Answer.Opened(where));
        if (isSettled && !kept.has(where)) {
            branch.frame.register();
            branch.frame.cancel(asked.at());
        } else {
            queue.add(branch);
            fill(asked.at());
        }
    }

    private Frame frameOf(Node node, Path where) {
        if (node instanceof Procedure code) {
            wiring.places.put(where, new NodePlace("branch", node.name()));
            return CodeFrame.ofBranch(wiring, this, owner, code, where);
        }
        wiring.places.putAll(node.placesAt(where, node.name()));
        return Frame.of(wiring, this, node, where, path()).ofCode();
    }

    private void fill(Instant at) {
        int limit = open.maxParallelism() == 0 ? Integer.MAX_VALUE : open.maxParallelism();
        while (running < limit && !queue.isEmpty()) {
            start(queue.remove(), at);
        }
    }

    private void start(Branch branch, Instant at) {
        running++;
        branch.isRunning = true;
        List<KeptEntries.Kept> recorded = kept.take(branch.frame.path());
        if (recorded == null && isBehind()) {
            branch.isHeld = true;
            owner.asks().requireNotStalled();
        } else {
            enter(branch, recorded, at);
        }
    }

    private boolean isBehind() {
        return owner.asks().hasMoreRecorded() || owner.asks().isBehind();
    }

    private void enter(Branch branch, @Nullable List<KeptEntries.Kept> recorded, Instant at) {
        if (recorded == null && !(owner.mayHaveBegun() && !hasNewEnd)) {
            branch.frame.register();
            branch.frame.takePlace(base(), at);
            return;
        }
        Revival.of(wiring, branch.frame, recorded).run(base(), at, () -> branch.ending = null);
        if (branch.ending != null) {
            branchEnded(branch, true);
        } else if (owner.isRefusing() && !(branch.frame instanceof CodeFrame)) {
            branch.frame.cancel(at);
        } else {
            Revival.recover(wiring, branch.frame, owner.mayHaveBegun() && !hasNewEnd, at);
            if (isSettled || owner.isCancelling()) {
                branch.frame.cancel(at);
            }
        }
    }

    /** The code around has come as far as the journal. */
    void caughtUp(Instant at) {
        if (isBehind()) {
            return;
        }
        for (Branch branch : List.copyOf(branches.values())) {
            if (branch.isHeld) {
                branch.isHeld = false;
                enter(branch, null, at);
            } else if (branch.frame instanceof CodeFrame code) {
                code.asks().caughtUp(at);
            }
        }
    }

    /** A branch, or something in one, that has to wait until the code around has come as far as the journal. */
    @Nullable
    Path held() {
        return held(null);
    }

    @Nullable
    Path held(@Nullable Path only) {
        for (Branch branch : branches.values()) {
            boolean isMeant = only == null || only.equals(branch.frame.path());
            Path inside = branch.frame instanceof CodeFrame code ? code.asks().held() : null;
            if (isMeant && (branch.isHeld || inside != null)) {
                return branch.isHeld ? branch.frame.path() : inside;
            }
        }
        return null;
    }

    void await(CodeWait wait, Instant at) {
        Branch branch = wait.branch() == null ? null : branches.get(wait.branch());
        isSealed |= wait.branch() == null;
        if (hasEnded() && wait.branch() == null) {
            owner.childEnded(this, endingAgain());
        } else if (branch != null && branch.ending != null) {
            owner.asks().branchEnded(this, branch.frame, branch.ending, true);
        } else {
            owner.asks().requireNotStalled();
            finishIfOver(at);
        }
    }

    void close(CodeWait wait, Instant at) {
        if (hasEnded()) {
            owner.childEnded(this, endingAgain());
        } else {
            leave(at);
        }
    }

    /** How it ended, for code that waits for it once more: what it changed has been taken over. */
    private RunMachine.Ending endingAgain() {
        Entry.BlockEnded end = Objects.requireNonNull(appliedEnd, "it has ended");
        return new RunMachine.Ending(end.status(), Changes.NONE, end.failure(), end.at());
    }

    /** The code does not come back to the block: what has not ended is cancelled. */
    void leave(Instant at) {
        isSealed = true;
        isLeft = ended < branches.size();
        cancelRest(at);
        finishIfOver(at);
    }

    /** The code does not wait for a branch any more, or for all. */
    void giveUp(@Nullable Path only, Instant at) {
        Branch branch = only == null ? null : branches.get(only);
        if (branch == null) {
            isLeft = true;
            cancelRest(at);
            finishIfOver(at);
        } else if (branch.ending == null) {
            cancel(branch, at);
        } else {
            owner.asks().branchEnded(this, branch.frame, branch.ending, true);
        }
    }

    private void cancelRest(Instant at) {
        queue.clear();
        List.copyOf(branches.values()).forEach(branch -> cancel(branch, at));
    }

    private void cancel(Branch branch, Instant at) {
        if (branch.ending == null) {
            boolean isNew = branch.isHeld || !branch.frame.hasPlace();
            branch.isHeld = false;
            queue.remove(branch);
            if (isNew) {
                branch.frame.register();
            }
            branch.frame.cancel(at);
        }
    }

    @Override
    public void childEnded(Frame child, RunMachine.Ending ending) {
        Branch branch = Objects.requireNonNull(branches.get(child.path()), "only its branches end here");
        branch.ending = ending;
        if (wiring.isLive()) {
            hasNewEnd = true;
            branchEnded(branch, false);
        }
    }

    private void branchEnded(Branch branch, boolean isRecorded) {
        RunMachine.Ending ending = Objects.requireNonNull(branch.ending, "called when it ended");
        branch.order = ended++;
        running -= branch.isRunning ? 1 : 0;
        boolean isFailure = ending.status() != StepStatus.COMPLETED && ending.status() != StepStatus.CANCELLED;
        if (isFailure && open.onError() == OnError.FAIL_FAST) {
            isSettled = true;
            cancelRest(ending.at());
        }
        fill(ending.at());
        owner.asks().branchEnded(this, branch.frame, ending, isRecorded);
        if (!isRecorded && isSealed) {
            owner.noteNew();
        }
        finishIfOver(ending.at());
    }

    private void finishIfOver(Instant at) {
        if (!isSealed || ended < branches.size() || hasEnded()) {
            return;
        }
        Entry.BlockEnded end = recordedEnd == null ? summary(at) : recordedEnd;
        if (recordedEnd != null || owner.isCollecting()) {
            apply(end);
        } else {
            wiring.emit(end);
        }
    }

    private Entry.BlockEnded summary(Instant at) {
        List<BranchResult> results = new ArrayList<>();
        List<Failure> failures = new ArrayList<>();
        int succeeded = 0;
        for (Branch branch : branches.values()) {
            RunMachine.Ending ending = Objects.requireNonNull(branch.ending, "called when all have ended");
            Failure failure = ending.failure();
            succeeded += ending.status() == StepStatus.COMPLETED ? 1 : 0;
            results.add(new BranchResult(branch.frame.path().name(), branch.order, ending.changes(), failure));
            if (failure != null) {
                failures.add(failure);
            }
        }
        int cancelled = branches.size() - succeeded - failures.size();
        boolean isCancelled = failures.isEmpty() && cancelled > 0 && (isLeft || isCancelling());
        int failed = failures.size();
        BranchMerge.Result merge = BranchMerge.merge(new Merge.DeepMerge(), base(), results);
        if (merge.conflict() != null && !isCancelled) {
            failures.add(Failure.of(ErrorCode.MERGE_CONFLICT, merge.conflict(), path()));
        }
        StepStatus status = isCancelled
                ? StepStatus.CANCELLED
                : failures.isEmpty() && cancelled == 0 ? StepStatus.COMPLETED : StepStatus.FAILED;
        merge.warnings().forEach(warning -> wiring.emit(new Entry.Warned(path(), warning, at)));
        return new Entry.BlockEnded(
                path(),
                "parallel",
                status,
                null,
                isKept(status) ? merge.changes() : Changes.NONE,
                failures.isEmpty() ? null : withOthers(failures),
                new BlockSummary(succeeded, failed, cancelled),
                open.onError() == OnError.FAIL_FAST ? "all" : "complete all",
                begunAt,
                at);
    }

    /** Where a failure stops no other branch, what the others changed counts. */
    private boolean isKept(StepStatus status) {
        return status == StepStatus.COMPLETED || open.onError() == OnError.COMPLETE_ALL;
    }

    /** The failure of the branch that was started first, with those of the others attached. */
    private static Failure withOthers(List<Failure> failures) {
        Failure first = failures.get(0);
        List<Failure> causes = new ArrayList<>(first.causes());
        causes.addAll(failures.subList(1, failures.size()));
        return new Failure(
                first.type(), first.message(), first.code(), first.path(), first.attempt(), first.stack(), causes);
    }

    @Override
    void apply(Entry entry) {
        Entry.BlockEnded block = requireEnd(entry);
        appliedEnd = block;
        wiring.act(new Action.CloseScope(path()));
        end(block.status(), block.changes(), block.failure(), block.at());
    }

    @Override
    void onCancel(Instant at) {
        cancelRest(at);
        finishIfOver(at);
    }

    @Override
    void cancelledInQueue(Instant at) {
        throw new IllegalStateException("a block of code is open as soon as it is there");
    }

    @Override
    void onReopen(Instant at) {
        throw new IllegalStateException("a block of code is opened again by its code");
    }

    @Override
    void onRecover(Instant at) {
        // Its branches recover by themselves.
    }
}
