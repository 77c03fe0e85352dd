package dev.perdure.dsl

import dev.perdure.core.definition.Join
import dev.perdure.core.definition.Merge
import dev.perdure.core.definition.Ref
import dev.perdure.core.definition.Retry
import dev.perdure.core.definition.StepOptions
import kotlin.reflect.KType
import kotlin.reflect.typeOf
import kotlin.time.Duration

/**
 * Describes nodes that run one after the other: those of a workflow, or of one branch. Nothing runs while a workflow is
 * described; what has an output is a [Ref], readable only inside the bodies of later nodes.
 *
 * Confined to the thread that defines the workflow, and to the block that it is the receiver of: nodes that are added from
 * elsewhere are refused.
 *
 * @param I the type of the workflow's input
 */
@PerdureDsl
public class WorkflowScope<I> internal constructor(private val nodes: NodeList<I>) {
    /**
     * Adds a step. [body] runs when the run gets there; what it returns is recorded and never computed again.
     *
     * The result's type is that of the body's last expression; it needs a serializer, and the lack of one is reported when
     * the workflow is built. A body that only throws needs a type: `step<Unit>("fail") { throw Refused() }`.
     *
     * ```
     * val user = step("create_user", timeout = 30.seconds) { users.create(input, key = idempotencyKey) }
     * step("greet") { mailer.greet(user()) }
     * ```
     *
     * @param name unique in its scope; part of the step's stored path
     * @param retry when a failed attempt is followed by another; null takes that of the block or workflow around it
     * @param timeout the longest that an attempt may take; null for ever
     * @param atMostOnce whether an attempt that a crash interrupted fails the step instead of being followed by another
     */
    public inline fun <reified T> step(
        name: String,
        retry: Retry? = null,
        timeout: Duration? = null,
        atMostOnce: Boolean = false,
        noinline body: suspend StepScope<I>.() -> T,
    ): Ref<T> = addStep(name, typeOf<T>(), stepOptions(retry, timeout, atMostOnce), body)

    @PublishedApi
    internal fun <T> addStep(
        name: String,
        output: KType,
        options: StepOptions,
        body: suspend StepScope<I>.() -> T,
    ): Ref<T> = nodes.step(name, output, options, nodes.definition.stepBody(body))

    /**
     * Adds branches that run at the same time, and returns what [block] does: the [Ref] of its join, as a rule.
     *
     * ```
     * val both = parallel("both", maxParallelism = 2) {
     *     val mail = step("mail") { mailer.welcome(user()) }
     *     val space = step("space") { spaces.create(user()) }
     *     join { Setup(mail(), space()) }
     * }
     * ```
     *
     * @param name unique in its scope; without one it is `parallel-1`, `parallel-2` … by its place
     * @param merge how the branches' changes to the context become one
     * @param onError what a branch's failure does to the others
     * @param join when the block counts as a success; null leaves it to [onError]: every branch under [FailFast]
     * @param remaining what happens to the other branches once the join is satisfied
     * @param retry the retries of the branches that have none of their own
     * @param maxParallelism how many branches may be active at once; null for all
     */
    public fun <R> parallel(
        name: String? = null,
        merge: Merge = DeepMerge,
        onError: OnError = FailFast,
        join: Join? = null,
        remaining: Remaining = Await,
        retry: Retry? = null,
        maxParallelism: Int? = null,
        block: ParallelScope<I>.() -> R,
    ): R {
        val options = BlockOptions(merge, onError, join, remaining, retry, maxParallelism)
        return nodes.block(name, options) { ParallelScope(it).block() }
    }
}
