package dev.perdure.core.definition;

import org.jspecify.annotations.Nullable;

/**
 * How a parallel block treats its branches.
 *
 * @param merge how the branches' changes to the context become the block's
 * @param onError what a branch's failure does to the others
 * @param join when the block counts as a success; null leaves it to {@code onError}: every branch under FailFast, none
 *     in particular under CompleteAll
 * @param remaining what happens to the rest once the join is satisfied
 * @param maxParallelism how many branches may be active at once; 0 for all
 */
public record ParallelPolicy(
        Merge merge, OnError onError, @Nullable Join join, Remaining remaining, int maxParallelism) {
    /** DeepMerge, FailFast, all branches, no limit. */
    public static final ParallelPolicy DEFAULT =
            new ParallelPolicy(new Merge.DeepMerge(), OnError.FAIL_FAST, null, Remaining.AWAIT, 0);

    /** How many of {@code total} branches have to succeed. */
    public int needed(int total) {
        if (join != null) {
            return join.needed(total);
        }
        return onError == OnError.FAIL_FAST ? total : 0;
    }

    /** The policy in words, as it is stored: {@code "All"}, {@code "AtLeast(2)"}, {@code "None"}. */
    public String describeJoin() {
        if (join != null) {
            return join.toString();
        }
        return onError == OnError.FAIL_FAST ? "All" : "None";
    }

    /** What a branch's failure does. */
    public enum OnError {
        /** As soon as the join cannot be satisfied any more, the other branches are cancelled and the block fails. */
        FAIL_FAST,
        /** Every branch ends by itself; then the join decides. */
        COMPLETE_ALL
    }

    /** What happens to the branches that still run when the join is satisfied. */
    public enum Remaining {
        AWAIT,
        CANCEL
    }
}
