// Policies read as words: join = Any.
@file:Suppress("ktlint:standard:property-naming", "ktlint:standard:function-naming")

package dev.perdure.dsl

import dev.perdure.core.definition.ForEach
import dev.perdure.core.definition.Join
import dev.perdure.core.definition.Merge
import dev.perdure.core.definition.ParallelPolicy

/** What a branch's failure does to the others: [FailFast] or [CompleteAll]. */
public sealed interface OnError {
    /** As core calls it. */
    public val policy: ParallelPolicy.OnError
}

/** What a loop does when an item fails: [FailFast], [CollectErrors] or [Continue]. */
public sealed interface OnItemError {
    /** As core calls it. */
    public val itemPolicy: ForEach.OnError
}

/** What makes a loop with a failed item fail: [FailFast] or [CollectErrors]. So its output has a value for each item. */
public sealed interface FailingOnItemError : OnItemError

/** What happens to the other branches once a block's join is satisfied: [Await] or [Cancel]. */
public typealias Remaining = ParallelPolicy.Remaining

/** Changes are applied in declaration order, maps merge recursively; conflicts leave a warning. The default. */
public val DeepMerge: Merge = Merge.DeepMerge()

/** Whole values, per key, in the order in which the branches ended, which is recorded. */
public val LastWins: Merge = Merge.LastWins()

/** As [DeepMerge], but two branches that wrote different values to one place fail the block. */
public val Strict: Merge = Merge.Strict()

/** The context stays as it was but for `parallel_results`, a map from branch name to what the branch changed. */
public val Collect: Merge = Merge.Collect(Merge.Collect.DEFAULT_KEY)

/**
 * As [Collect] under another key; two blocks with one key are refused when the workflow is built.
 *
 * ```
 * parallel("counts", merge = Collect(into = "counts")) { … }
 * ```
 */
public fun Collect(into: String): Merge = Merge.Collect(into)

/**
 * The default. Of a block: as soon as the join cannot be satisfied any more, the other branches are cancelled and the block
 * fails. Of a loop: with the first item that fails, the others are cancelled and the loop fails.
 */
public object FailFast : OnError, FailingOnItemError {
    override val policy: ParallelPolicy.OnError get() = ParallelPolicy.OnError.FAIL_FAST

    override val itemPolicy: ForEach.OnError get() = ForEach.OnError.FAIL_FAST
}

/** Every branch of a block ends by itself; failures are readable with `error(branch)`. */
public object CompleteAll : OnError {
    override val policy: ParallelPolicy.OnError get() = ParallelPolicy.OnError.COMPLETE_ALL
}

/** Every item of a loop ends by itself; then the loop fails with all failures, if there are any. */
public object CollectErrors : FailingOnItemError {
    override val itemPolicy: ForEach.OnError get() = ForEach.OnError.COLLECT
}

/** Every item of a loop ends by itself, and the run goes on; failures are in the context under `loop_errors`. */
public object Continue : OnItemError {
    override val itemPolicy: ForEach.OnError get() = ForEach.OnError.CONTINUE
}

/** A wait that takes longer than its timeout fails with TIMED_OUT: `awaitSignal<Paid>("paid", timeout = 1.hours, onTimeout = Fail)`. */
public object Fail

/** A block succeeds when every branch does. */
public val All: Join = Join.ALL

/** A block succeeds when at least one branch does. */
public val Any: Join = Join.ANY

/** A block succeeds when more than half of its branches do. */
public val Majority: Join = Join.MAJORITY

/** A block succeeds when at least [count] branches do; refused when built where there are fewer. */
public fun AtLeast(count: Int): Join = Join.atLeast(count)

/** The remaining branches end by themselves. The default. */
public val Await: Remaining = Remaining.AWAIT

/** The remaining branches are cancelled once the join is satisfied. */
public val Cancel: Remaining = Remaining.CANCEL
