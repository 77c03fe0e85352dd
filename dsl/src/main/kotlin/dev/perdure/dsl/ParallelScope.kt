package dev.perdure.dsl

import dev.perdure.core.Path
import dev.perdure.core.definition.Branch
import dev.perdure.core.definition.BranchResult
import dev.perdure.core.definition.Join
import dev.perdure.core.definition.Merge
import dev.perdure.core.definition.Ref
import dev.perdure.core.definition.Retry
import dev.perdure.core.definition.StepOptions
import kotlin.reflect.KType
import kotlin.reflect.typeOf
import kotlin.time.Duration

/**
 * Describes branches that run at the same time: steps, sequences and blocks. What a branch yields is a [Branch], readable
 * in the block's join and nowhere else, so that siblings cannot depend on each other.
 *
 * Confined like a [WorkflowScope].
 *
 * @param I the type of the workflow's input
 */
@PerdureDsl
public sealed class BranchesScope<I>(internal val block: Block<I>) {
    private val branches get() = block.branches

    /** Adds a branch of one step; see [WorkflowScope.step]. */
    public inline fun <reified T> step(
        name: String,
        retry: Retry? = null,
        timeout: Duration? = null,
        atMostOnce: Boolean = false,
        noinline body: suspend StepScope<I>.() -> T,
    ): Branch<T> = addStep(name, typeOf<T>(), stepOptions(retry, timeout, atMostOnce), body)

    /** Adds a branch of one atomic step; see [WorkflowScope.atomic]. */
    public inline fun <reified T> atomic(
        name: String,
        retry: Retry? = null,
        timeout: Duration? = null,
        noinline body: AtomicScope<I>.() -> T,
    ): Branch<T> = addAtomic(name, typeOf<T>(), atomicOptions(retry, timeout), body)

    @PublishedApi
    internal fun <T> addAtomic(
        name: String,
        output: KType,
        options: StepOptions,
        body: AtomicScope<I>.() -> T,
    ): Branch<T> {
        val step: Ref<T> = branches.step(name, output, options, branches.definition.atomicBody(body))
        return Branch(step.node(), step.node(), step.type())
    }

    /** Says how a branch of one step is undone; see [WorkflowScope.compensate]. */
    public infix fun <T> Branch<T>.compensate(undo: suspend StepScope<I>.(output: T) -> Unit): Branch<T> =
        also { branches.compensate(Ref(node(), type()), null, undo) }

    /** As above, tried as [retry] says. */
    public fun <T> Branch<T>.compensate(
        retry: Retry,
        undo: suspend StepScope<I>.(output: T) -> Unit,
    ): Branch<T> = also { branches.compensate(Ref(node(), type()), retry, undo) }

    @PublishedApi
    internal fun <T> addStep(
        name: String,
        output: KType,
        options: StepOptions,
        body: suspend StepScope<I>.() -> T,
    ): Branch<T> {
        val step: Ref<T> = branches.step(name, output, options, branches.definition.stepBody(body))
        return Branch(step.node(), step.node(), step.type())
    }

    /**
     * Adds a branch of several nodes, which run one after the other; its output is that of the node that [block] returns.
     *
     * ```
     * val billing = branch("billing") {
     *     val account = step("account") { billing.open(user()) }
     *     step("card") { billing.card(account()) }
     * }
     * ```
     *
     * @param retry the retries of its steps that have none of their own; null takes the block's
     */
    public fun <T> branch(
        name: String,
        retry: Retry? = null,
        block: WorkflowScope<I>.() -> Ref<T>,
    ): Branch<T> {
        val result = branches.sequence(name, retry, block)
        return Branch(branches.path.child(name), result.node(), result.type())
    }

    /** As [branch], for a branch without an output: its nodes share by context. Its failure can be read, nothing else. */
    public fun sequence(
        name: String,
        retry: Retry? = null,
        block: WorkflowScope<I>.() -> Unit,
    ): Branch<Nothing> {
        branches.sequence(name, retry, block)
        val path = branches.path.child(name)
        return Branch(path, path, branches.definition.type("branch \"$path\"", typeOf<Unit>()))
    }

    /**
     * Adds a block as a branch, and returns what [block] does: the [Branch] of its join, as a rule. The parameters are those
     * of [WorkflowScope.parallel].
     */
    public fun <R> parallel(
        name: String? = null,
        merge: Merge = DeepMerge,
        onError: OnError = FailFast,
        join: Join? = null,
        remaining: Remaining = Await,
        retry: Retry? = null,
        maxParallelism: Int? = null,
        block: NestedParallelScope<I>.() -> R,
    ): R {
        val options = BlockOptions(merge, onError, join, remaining, retry, maxParallelism)
        return branches.block(name, options) { NestedParallelScope(it).block() }
    }

    /**
     * Merges the branches' changes by a function of one's own: what it writes is what the block changes. It is recorded like a
     * step, so a resume does not run it again.
     *
     * ```
     * merge { branches -> put("total", branches.sumOf { it.getOrNull<Int>("count") ?: 0 }) }
     * ```
     */
    public fun merge(body: suspend MergeScope<I>.(branches: List<BranchResult>) -> Unit) {
        block.merge(branches.definition.mergeBody(body))
    }

    @PublishedApi
    internal fun <T> addJoin(
        output: KType,
        body: suspend JoinScope<I>.() -> T,
    ): Ref<T> = block.join(output, branches.definition.joinBody(body))
}

/** The branches of a block in a sequence; see [BranchesScope]. */
public class ParallelScope<I> internal constructor(block: Block<I>) : BranchesScope<I>(block) {
    /**
     * Makes the block's output of those of its branches; one for a block. It is recorded like a step and may write to the
     * context.
     *
     * ```
     * join { Setup(mail(), space.orNull()) }
     * ```
     */
    public inline fun <reified T> join(noinline body: suspend JoinScope<I>.() -> T): Ref<T> = addJoin(typeOf<T>(), body)
}

/** The branches of a block that is itself a branch; see [BranchesScope]. */
public class NestedParallelScope<I> internal constructor(block: Block<I>) : BranchesScope<I>(block) {
    /** As [ParallelScope.join]; the output is one of the outer block's branches, readable in its join. */
    public inline fun <reified T> join(noinline body: suspend JoinScope<I>.() -> T): Branch<T> =
        addJoin(typeOf<T>(), body).let { Branch(blockPath, it.node(), it.type()) }

    @PublishedApi
    internal val blockPath: Path get() = block.branches.path
}
