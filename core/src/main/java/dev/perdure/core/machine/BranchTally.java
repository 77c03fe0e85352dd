package dev.perdure.core.machine;

import dev.perdure.core.ErrorCode;
import dev.perdure.core.Failure;
import dev.perdure.core.Path;
import dev.perdure.core.StepStatus;
import dev.perdure.core.definition.BranchResult;
import dev.perdure.core.definition.ParallelPolicy;
import dev.perdure.core.definition.ParallelPolicy.OnError;
import dev.perdure.core.definition.ParallelPolicy.Remaining;
import dev.perdure.core.journal.BlockSummary;
import dev.perdure.core.journal.Changes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Counts how a block's branches ended, and says what that means under its policy. The one place that decides a join. */
final class BranchTally {
    private final ParallelPolicy policy;
    private final @Nullable Branch[] branches;
    private int ended;
    private int succeeded;
    private int failed;

    private record Branch(StepStatus status, BranchResult result) {}

    BranchTally(int total, ParallelPolicy policy) {
        this.policy = policy;
        this.branches = new @Nullable Branch[total];
    }

    void ended(int index, String name, RunMachine.Ending ending) {
        StepStatus status = ending.status();
        branches[index] = new Branch(status, new BranchResult(name, ended, ending.changes(), ending.failure()));
        ended++;
        if (status == StepStatus.COMPLETED) {
            succeeded++;
        } else if (status != StepStatus.CANCELLED) {
            failed++;
        }
    }

    boolean isComplete() {
        return ended == branches.length;
    }

    /** Whether the branches that have not ended cannot change the outcome, and the policy is not to wait for them. */
    boolean isDecided() {
        int needed = needed();
        boolean isOutOfReach = failed > branches.length - needed;
        boolean isReached = needed > 0 && succeeded >= needed;
        return (isOutOfReach && policy.onError() == OnError.FAIL_FAST)
                || (isReached && policy.remaining() == Remaining.CANCEL);
    }

    boolean isSuccess() {
        return succeeded >= needed();
    }

    private int needed() {
        return policy.needed(branches.length);
    }

    BlockSummary summary() {
        return new BlockSummary(succeeded, failed, branches.length - succeeded - failed);
    }

    /** The branches that ended, in declaration order. */
    List<BranchResult> results() {
        return Arrays.stream(branches)
                .filter(Objects::nonNull)
                .map(branch -> Objects.requireNonNull(branch).result())
                .toList();
    }

    /** The block's failure: names the branches that failed, in declaration order, with their failures attached. */
    Failure failure(Path block) {
        List<Failure> causes = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (BranchResult result : results()) {
            Failure failure = result.failure();
            if (failure != null) {
                causes.add(failure);
                names.add("\"" + result.name() + "\" (" + failure.describe() + ")");
            }
        }
        String message = "parallel block \"" + block + "\" failed: join " + policy.describeJoin() + " needs " + needed()
                + " of " + branches.length + " branches, " + succeeded + " succeeded; failed: "
                + (names.isEmpty() ? "none" : String.join(", ", names));
        return new Failure(ErrorCode.BLOCK_FAILED.name(), message, ErrorCode.BLOCK_FAILED, block, 0, "", causes);
    }

    /** Where the run goes on although branches failed, their failures become readable under {@code parallel_errors}. */
    Changes errorsAsChanges() {
        Map<String, @Nullable Object> errors = new LinkedHashMap<>();
        for (BranchResult result : results()) {
            Failure failure = result.failure();
            if (failure != null) {
                Map<String, @Nullable Object> shown = new LinkedHashMap<>();
                shown.put("type", failure.type());
                shown.put("message", failure.message());
                errors.put(result.name(), shown);
            }
        }
        return errors.isEmpty() ? Changes.NONE : Changes.puts(Map.of("parallel_errors", errors));
    }

    /** The tally of a block that is tried again: only its successes stay. */
    BranchTally reopened() {
        BranchTally again = new BranchTally(branches.length, policy);
        List<Integer> kept = new ArrayList<>();
        for (int i = 0; i < branches.length; i++) {
            Branch branch = branches[i];
            if (branch != null && branch.status() == StepStatus.COMPLETED) {
                kept.add(i);
            }
        }
        kept.sort((a, b) -> Integer.compare(order(a), order(b)));
        for (int index : kept) {
            BranchResult result = Objects.requireNonNull(branches[index]).result();
            again.branches[index] = new Branch(
                    StepStatus.COMPLETED, new BranchResult(result.name(), again.ended, result.changes(), null));
            again.ended++;
            again.succeeded++;
        }
        return again;
    }

    private int order(int index) {
        return Objects.requireNonNull(branches[index]).result().completionOrder();
    }
}
