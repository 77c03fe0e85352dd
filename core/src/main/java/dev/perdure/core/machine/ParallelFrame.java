package dev.perdure.core.machine;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.Failure;
import dev.perdure.core.Path;
import dev.perdure.core.StepStatus;
import dev.perdure.core.definition.Body;
import dev.perdure.core.definition.BranchResult;
import dev.perdure.core.definition.Merge;
import dev.perdure.core.definition.Parallel;
import dev.perdure.core.definition.ParallelPolicy;
import dev.perdure.core.definition.Retry;
import dev.perdure.core.definition.Step;
import dev.perdure.core.definition.ValueTypes;
import dev.perdure.core.journal.Changes;
import dev.perdure.core.journal.Entry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A parallel block: its branches first, at most {@code maxParallelism} at once, then its merge, then its join. The merge
 * function and the join are steps of their own under paths that no branch can have, so that they are recorded, interrupted
 * and cancelled like any step.
 */
final class ParallelFrame extends Frame implements Parent {
    private final Parallel block;
    private final ParallelPolicy policy;
    private final Path holderScope;
    private final List<Frame> branches = new ArrayList<>();
    private BranchTally tally;
    private int nextBranch;
    private final Set<Frame> placed = new HashSet<>();
    private Instant begunAt = Instant.EPOCH;
    private boolean isSettled;
    /** The merge function or join that runs or failed; null while the branches do. */
    private @Nullable StepFrame tail;

    private Changes merged = Changes.NONE;

    ParallelFrame(Wiring wiring, Parent parent, Parallel block, Path path, Path scope) {
        super(wiring, parent, path, scope);
        this.block = block;
        this.policy = block.policy();
        this.holderScope = scope;
        this.tally = new BranchTally(block.branches().size(), policy);
    }

    @Override
    void onBegin(Instant at) {
        begunAt = at;
        block.branches().forEach(node -> branches.add(Frame.of(wiring, this, node, path().child(node.name()), path())));
        branches.forEach(Frame::register);
        openScope();
        fill(at);
    }

    private void openScope() {
        wiring.act(new Action.OpenScope(path(), holderScope, branches.size()));
    }

    /** Gives free places to the branches that wait for one, in declaration order. */
    private void fill(Instant at) {
        int limit = policy.maxParallelism() == 0 ? branches.size() : policy.maxParallelism();
        while (!isSettled && !isCancelling() && placed.size() < limit && nextBranch < branches.size()) {
            Frame branch = branches.get(nextBranch++);
            if (!branch.hasEnded()) {
                placed.add(branch);
                branch.takePlace(base(), at);
            }
        }
    }

    @Override
    public void childEnded(Frame child, RunMachine.Ending ending) {
        if (child == tail) {
            tailEnded(tail, ending);
            return;
        }
        placed.remove(child);
        tally.ended(branches.indexOf(child), child.path().name(), ending);
        if (!isSettled && tally.isDecided()) {
            isSettled = true;
            branches.forEach(branch -> branch.cancel(ending.at()));
        }
        if (tally.isComplete()) {
            branchesEnded(ending.at());
        } else {
            fill(ending.at());
        }
    }

    private void branchesEnded(Instant at) {
        isSettled = true;
        if (isCancelling()) {
            finish(StepStatus.CANCELLED, null, null, at);
        } else if (!tally.isSuccess()) {
            finish(StepStatus.FAILED, null, tally.failure(path()), at);
        } else if (policy.merge() instanceof Merge.Custom custom) {
            startTail(Parallel.MERGE, custom.body(), ValueTypes.NOTHING, at);
        } else {
            merge(at);
        }
    }

    private void merge(Instant at) {
        BranchMerge.Result result = BranchMerge.merge(policy.merge(), base(), tally.results());
        if (result.conflict() != null) {
            finish(StepStatus.FAILED, null, Failure.of(ErrorCode.MERGE_CONFLICT, result.conflict(), path()), at);
            return;
        }
        result.warnings().forEach(warning -> wiring.emit(new Entry.Warned(path(), warning, at)));
        merged(result.changes(), at);
    }

    private void merged(Changes changes, Instant at) {
        merged = changes.then(tally.errorsAsChanges());
        Parallel.Yield yield = block.yield();
        if (yield == null) {
            finish(StepStatus.COMPLETED, merged, null, at);
        } else {
            startTail(Parallel.JOIN, yield.body(), yield.output(), at);
        }
    }

    private void startTail(String part, Body body, dev.perdure.core.ValueType<?> output, Instant at) {
        Step step = Step.of(part, body, output, Retry.NONE);
        boolean isMerge = part.equals(Parallel.MERGE);
        List<BranchResult> seen = isMerge ? tally.results() : List.of();
        StepFrame frame = new StepFrame(wiring, this, step, path().part(part), path()).seeing(seen);
        tail = frame;
        frame.register();
        frame.takePlace(isMerge ? base() : base().with(merged), at);
    }

    private void tailEnded(StepFrame ended, RunMachine.Ending ending) {
        if (ending.status() == StepStatus.CANCELLED) {
            finish(StepStatus.CANCELLED, null, null, ending.at());
        } else if (ending.status() != StepStatus.COMPLETED) {
            Failure failure = ending.failure();
            finish(StepStatus.FAILED, null, failure, ending.at());
        } else if (ended.path().equals(path().part(Parallel.MERGE))) {
            merged(ending.changes(), ending.at());
        } else {
            finish(StepStatus.COMPLETED, merged.then(ending.changes()), null, ending.at());
        }
    }

    private void finish(StepStatus status, @Nullable Changes changes, @Nullable Failure failure, Instant at) {
        wiring.emitDerived(new Entry.BlockEnded(
                path(),
                "parallel",
                status,
                null,
                changes == null ? Changes.NONE : changes,
                failure,
                tally.summary(),
                policy.describeJoin(),
                begunAt,
                at));
    }

    @Override
    void apply(Entry entry) {
        Entry.BlockEnded ended = requireEnd(entry);
        if (ended.status() == StepStatus.COMPLETED && !tally.isComplete()) {
            throw moreBranches();
        }
        wiring.act(new Action.CloseScope(path()));
        end(ended.status(), ended.changes(), ended.failure(), ended.at());
    }

    private IncompatibleJournalException moreBranches() {
        List<String> left = branches.stream()
                .filter(branch -> !branch.hasEnded())
                .map(branch -> "\"" + branch.path() + "\"")
                .toList();
        return new IncompatibleJournalException(
                "the journal has the end of \"" + path() + "\" where the definition has branches that have not run: "
                        + String.join(", ", left) + ". Register a version of the workflow that does not have them",
                path());
    }

    @Override
    void onCancel(Instant at) {
        if (tail != null) {
            tail.cancel(at);
        } else {
            branches.forEach(branch -> branch.cancel(at));
        }
    }

    @Override
    void cancelledInQueue(Instant at) {
        finish(StepStatus.CANCELLED, null, null, at);
    }

    @Override
    void onReopen(Instant at) {
        isSettled = false;
        openScope();
        if (tail != null) {
            tail.park();
            tail.takePlace(base(), at);
            return;
        }
        tally = tally.reopened();
        nextBranch = 0;
        if (tally.isComplete()) {
            branchesEnded(at);
            return;
        }
        branches.stream().filter(branch -> !branch.isCompleted()).forEach(Frame::park);
        fill(at);
    }

    @Override
    void onRecover(Instant at) {
        openScope();
    }
}
