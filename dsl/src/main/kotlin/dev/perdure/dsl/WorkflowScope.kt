package dev.perdure.dsl

import dev.perdure.core.ValueType
import dev.perdure.core.definition.Call
import dev.perdure.core.definition.Join
import dev.perdure.core.definition.Merge
import dev.perdure.core.definition.Ref
import dev.perdure.core.definition.Retry
import dev.perdure.core.definition.StepOptions
import dev.perdure.core.definition.ValueTypes
import dev.perdure.core.definition.Workflow
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
public open class WorkflowScope<I> internal constructor(nodes: NodeList<I>) : ChoicesScope<I>(nodes) {
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
     * Adds a step whose body runs inside of the transaction that records its result, on the application's own tables in the
     * store's database: what it writes there is durable exactly once, together with the result. The body blocks; it must not
     * commit, roll back or close the transaction. On SQLite, nothing else is recorded while it runs.
     *
     * ```
     * val left = atomic("debit") {
     *     Accounts.update({ Accounts.id eq input.account }) { it[balance] = balance - input.amount }
     *     Accounts.selectAll().where { Accounts.id eq input.account }.single()[Accounts.balance]
     * }
     * ```
     *
     * The store has to be one that can do this, as those on SQLite and PostgreSQL; an engine on another one is not opened.
     *
     * @param name as for a step
     * @param retry as for a step; after a failed attempt, nothing that the body wrote is left
     * @param timeout the longest that an attempt may take from the begin of its transaction; null for 5 seconds
     */
    public inline fun <reified T> atomic(
        name: String,
        retry: Retry? = null,
        timeout: Duration? = null,
        noinline body: AtomicScope<I>.() -> T,
    ): Ref<T> = addAtomic(name, typeOf<T>(), atomicOptions(retry, timeout), body)

    @PublishedApi
    internal fun <T> addAtomic(
        name: String,
        output: KType,
        options: StepOptions,
        body: AtomicScope<I>.() -> T,
    ): Ref<T> = nodes.step(name, output, options, nodes.definition.atomicBody(body))

    /**
     * Says how a step that this scope has just added is undone, where the run fails or is cancelled after the step has
     * completed. What is to be undone runs newest first; each compensation is recorded, and tried as the steps around it are.
     *
     * ```
     * val card = step("card") { billing.card(account()) } compensate { billing.void(it) }
     * ```
     *
     * Only a step can be undone; anything else is refused when the workflow is built.
     *
     * @param undo gets the step's output
     */
    public infix fun <T> Ref<T>.compensate(undo: suspend StepScope<I>.(output: T) -> Unit): Ref<T> =
        also { nodes.compensate(it, null, undo) }

    /** As above, tried as [retry] says: `step("card") { … }.compensate(fixed(5, 1.minutes)) { billing.void(it) }`. */
    public fun <T> Ref<T>.compensate(
        retry: Retry,
        undo: suspend StepScope<I>.(output: T) -> Unit,
    ): Ref<T> = also { nodes.compensate(it, retry, undo) }

    /**
     * Runs another workflow as a child of this run and yields what it does. A child that fails or is cancelled fails the node
     * with CHILD_FAILED; cancelling this run cancels the child.
     *
     * ```
     * val receipt = call("shipping", shippingWorkflow) { Parcel(order().address) }
     * ```
     *
     * @param workflow says which workflow, and of what types
     * @param version 0 for the newest that is registered when the child starts
     * @param input makes the child's input; it is recorded
     */
    public fun <C, O> call(
        name: String,
        workflow: Workflow<C, O>,
        version: Int = 0,
        input: suspend StepScope<I>.() -> C,
    ): Ref<O> {
        val made = nodes.part(Call.INPUT, workflow.input(), input)
        nodes.add(Call(name, workflow.name(), version, made, workflow.output(), false))
        return nodes.ref(name, workflow.output())
    }

    /** As above, for a workflow known by its name only: `call<Parcel, Receipt>("ship", "shipping") { Parcel(address()) }`. */
    public inline fun <reified C, reified O> call(
        name: String,
        workflow: String,
        version: Int = 0,
        noinline input: suspend StepScope<I>.() -> C,
    ): Ref<O> = addCall(name, ChildWorkflow(workflow, version, typeOf<C>(), typeOf<O>()), input)

    /**
     * Starts a run of another workflow that goes its own way, and yields its run id; nobody waits for it or cancels it.
     *
     * ```
     * callDetached("survey", surveyWorkflow) { order().customer }
     * ```
     */
    public fun <C> callDetached(
        name: String,
        workflow: Workflow<C, *>,
        version: Int = 0,
        input: suspend StepScope<I>.() -> C,
    ): Ref<String> {
        val made = nodes.part(Call.INPUT, workflow.input(), input)
        nodes.add(Call(name, workflow.name(), version, made, ValueTypes.RUN_ID, true))
        return nodes.ref(name, ValueTypes.RUN_ID)
    }

    /** As above, for a workflow known by its name only. */
    public inline fun <reified C> callDetached(
        name: String,
        workflow: String,
        version: Int = 0,
        noinline input: suspend StepScope<I>.() -> C,
    ): Ref<String> = addCall(name, ChildWorkflow(workflow, version, typeOf<C>(), null), input)

    @PublishedApi
    @Suppress("UNCHECKED_CAST") // a detached call yields a run id
    internal fun <C, O> addCall(
        name: String,
        child: ChildWorkflow,
        input: suspend StepScope<I>.() -> C,
    ): Ref<O> {
        val where = nodes.path.child(name)
        val taken: ValueType<C> = nodes.definition.type("the input of call \"$where\"", child.input)
        val yielded =
            child.output?.let { nodes.definition.type("call \"$where\"", it) } ?: ValueTypes.RUN_ID as ValueType<O>
        val made = nodes.part(Call.INPUT, taken, input)
        nodes.add(Call(name, child.workflow, child.version, made, yielded, child.output == null))
        return nodes.ref(name, yielded)
    }

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

/**
 * A workflow that is known by its name.
 *
 * @property output null for one that is not waited for
 */
@PublishedApi
internal class ChildWorkflow(
    val workflow: String,
    val version: Int,
    val input: KType,
    val output: KType?,
)
