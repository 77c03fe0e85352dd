// Policies read as words: join = Any.
@file:Suppress("ktlint:standard:property-naming", "ktlint:standard:function-naming")

package dev.perdure.dsl

import dev.perdure.core.definition.Join
import dev.perdure.core.definition.Merge
import dev.perdure.core.definition.ParallelPolicy

/** What a branch's failure does to the others: [FailFast] or [CompleteAll]. */
public typealias OnError = ParallelPolicy.OnError

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

/** As soon as the join cannot be satisfied any more, the other branches are cancelled and the block fails. The default. */
public val FailFast: OnError = OnError.FAIL_FAST

/** Every branch ends by itself; failures are readable with `error(branch)`. */
public val CompleteAll: OnError = OnError.COMPLETE_ALL

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
