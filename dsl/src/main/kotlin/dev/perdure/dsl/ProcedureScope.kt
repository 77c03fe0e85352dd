package dev.perdure.dsl

import dev.perdure.core.ErrorCode
import dev.perdure.core.Failure
import dev.perdure.core.PerdureException
import dev.perdure.core.StepFailedException
import dev.perdure.core.ValueType
import dev.perdure.core.definition.Ask
import dev.perdure.core.definition.CodeContext
import dev.perdure.core.definition.Procedure
import dev.perdure.core.definition.Ref
import dev.perdure.core.definition.Retry
import dev.perdure.core.definition.Sleep
import dev.perdure.core.definition.ValueTypes
import dev.perdure.core.definition.Workflow
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.TimeoutCancellationException
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.isActive
import kotlinx.coroutines.withContext
import java.util.UUID
import kotlin.reflect.KType
import kotlin.reflect.typeOf
import kotlin.time.Duration
import kotlin.time.Instant
import kotlin.time.toJavaDuration

/** The body that runs [code]. */
internal fun <I, T> procedureBody(
    input: ValueType<I>,
    codec: KotlinxCodec,
    code: suspend ProcedureScope<I>.() -> T,
): SuspendBody =
    SuspendBody { body ->
        try {
            ProcedureScope(CodeAsker(body as CodeContext, input, codec), null).code()
        } catch (late: TimeoutCancellationException) {
            if (!currentCoroutineContext().isActive) throw late
            throw PerdureException(ErrorCode.TIMED_OUT, "the code took longer than a timeout of its own", late)
        }
    }

/**
 * What workflow code in Kotlin asks its run for: steps, waits and parallel blocks, each remembered by its name and its place in
 * the code's order.
 *
 * The code is run again from its begin when its run is taken up again, after a crash or a long wait; what it asked for before
 * is answered from the journal, and nothing of that runs again. So between two questions it may only do what leads to the same
 * questions: time, chance and the world outside belong in steps. Code that asks for something else than the journal has ends
 * its run INCOMPATIBLE, before anything of it runs; see [patched].
 *
 * What fails throws a [StepFailedException] and may be caught. `withTimeout` around a step cancels the step; when the code is
 * run again, it waits for that timeout again, so durable limits are `timeout` of a step and of a wait. A run that waits for
 * long is let out of memory: its coroutine is dropped where it is, and no `finally` of it runs; code that waits inside of a
 * `withTimeout`, `withContext` or `coroutineScope` of its own stays in memory instead. Closing the engine cancels such code.
 *
 * One thing is asked for at a time; side by side is what [parallel] is for.
 *
 * @param I the type of the workflow's input
 */
@PerdureDsl
public class ProcedureScope<I> internal constructor(private val asker: CodeAsker<I>, private val key: String?) {
    /** The run's input. */
    public val input: I get() = asker.values.input

    /** The run's id. */
    public val runId: String get() = asker.context.runId()

    /** The output of a node that ran before this procedure in the same workflow. */
    public operator fun <T> Ref<T>.invoke(): T = asker.values.read(this)

    /** As above; null where it has none. */
    public fun <T : kotlin.Any> Ref<out T?>.orNull(): T? = asker.values.readOrNull(this)

    /**
     * Does a step, unless it is recorded, and gives what [body] returned: `val card = step("card") { billing.card(account) }`.
     *
     * @param retry when a failed attempt is followed by another
     * @param timeout the longest that an attempt may take; null for ever
     * @param atMostOnce whether an attempt that a crash interrupted fails the step instead of being followed by another
     * @param compensate undoes the step where the run fails or is cancelled later: newest first, recorded
     * @throws StepFailedException when it fails for good
     */
    public suspend inline fun <reified T> step(
        name: String,
        retry: Retry = Retry.NONE,
        timeout: Duration? = null,
        atMostOnce: Boolean = false,
        noinline compensate: (suspend StepScope<I>.(output: T) -> Unit)? = null,
        noinline body: suspend StepScope<I>.() -> T,
    ): T = perform(CodeStep(name, typeOf<T>(), stepOptions(retry, timeout, atMostOnce), compensate, body))

    @PublishedApi
    internal suspend fun <T> perform(step: CodeStep<I, T>): T {
        val type: ValueType<T> = asker.type(step.output)
        return asker.perform(asker.node(step, type), key, type)
    }

    /**
     * Does a step inside of the transaction that records it, unless it is recorded: what it writes to the application's own tables
     * there is durable exactly once. See [WorkflowScope.atomic].
     *
     * @param compensate undoes the step where the run fails or is cancelled later: newest first, recorded
     * @throws StepFailedException when it fails for good, and on a store that cannot do this
     */
    public suspend inline fun <reified T> atomic(
        name: String,
        retry: Retry = Retry.NONE,
        timeout: Duration? = null,
        noinline compensate: (suspend StepScope<I>.(output: T) -> Unit)? = null,
        noinline body: AtomicScope<I>.() -> T,
    ): T =
        await {
            val step: Ref<T> = atomic(name, retry, timeout, body)
            if (compensate == null) step else step.compensate(compensate)
        }

    /** A value that differs from one execution to the next, made once and recorded: `sideEffect("coin") { Random.nextInt(2) }`. */
    public suspend inline fun <reified T> sideEffect(
        name: String,
        noinline value: suspend StepScope<I>.() -> T,
    ): T = step(name, body = value)

    /** The time, as it was when the code first came here. */
    public suspend fun now(): Instant = clock().let { Instant.fromEpochMilliseconds(sideEffect("now") { it() }) }

    private fun clock(): () -> Long = { asker.context.now().toEpochMilli() }

    /** A random number from 0 (inclusive) to 1, the same whenever the code comes here again. */
    public suspend fun random(): Double = sideEffect("random") { kotlin.random.Random.nextDouble() }

    /** A random UUID, the same whenever the code comes here again. */
    public suspend fun uuid(): UUID = UUID.fromString(sideEffect<String>("uuid") { UUID.randomUUID().toString() })

    /** Waits so long. A long wait holds no thread and no memory, and survives every restart. */
    public suspend fun sleep(
        name: String,
        duration: Duration,
    ) {
        asker.perform(Sleep(name, duration.toJavaDuration(), null, false), key, ValueTypes.NOTHING)
    }

    /** As above, under the name `sleep`. */
    public suspend fun sleep(duration: Duration): Unit = sleep("sleep", duration)

    /** Waits until then; not at all when it has passed. */
    public suspend fun sleepUntil(
        name: String,
        end: Instant,
    ) {
        asker.wait(key) {
            sleepUntil(name) { end }
            nodes.ref(name, ValueTypes.NOTHING)
        }
    }

    /**
     * Has one wait, approval, callback or child run of the graph's language done, and gives what it yields:
     *
     * ```
     * val approval = await { awaitSignal<Approval>("approval", timeout = 7.days) }
     * val receipt = await { call("shipping", shipping) { parcel } }
     * ```
     */
    public suspend fun <T> await(describe: WorkflowScope<I>.() -> Ref<T>): T = asker.wait(key) { describe() }

    /** Waits for a signal, for ever, and gives its payload. */
    public suspend inline fun <reified T> awaitSignal(
        name: String,
        signal: String = name,
    ): T = await { awaitSignal<T>(name, signal) }

    /** As above; null after [timeout]. */
    public suspend inline fun <reified T> awaitSignal(
        name: String,
        signal: String = name,
        timeout: Duration,
    ): T? = await { awaitSignal<T>(name, signal, timeout) }

    /** Runs another workflow as a child of this run and gives its output. */
    public suspend fun <C, O> call(
        name: String,
        workflow: Workflow<C, O>,
        input: C,
    ): O = await { call(name, workflow) { input } }

    /**
     * Runs branches at the same time, and gives what [block] does once all of them have ended.
     *
     * ```
     * val (label, invoice) = parallel {
     *     async("label") { step("print") { print(order) } } to step("invoice") { make(order) }
     * }.awaitBoth()
     * ```
     *
     * @param onError [FailFast]: the first failure cancels the others and is thrown here; [CompleteAll]: all end, and each
     *     branch's failure is thrown by its own `await`
     * @param maxParallelism how many branches run at once; null for all
     */
    public suspend fun <R> parallel(
        name: String = "parallel",
        onError: OnError = FailFast,
        maxParallelism: Int? = null,
        block: suspend CodeParallelScope<I>.() -> R,
    ): R {
        require(maxParallelism == null || maxParallelism > 0) {
            "parallel block \"$name\": maxParallelism $maxParallelism; expected 1 or more"
        }
        val path = asker.opened(asker.ask(Ask.Open(name.requireName(), onError.policy, maxParallelism ?: 0)))
        try {
            val branches = CodeParallelScope(asker, path)
            val result = branches.block()
            branches.join(isFailing = onError == FailFast)
            return result
        } finally {
            withContext(NonCancellable) { asker.ask(Ask.Close(path)) }
        }
    }

    /**
     * The same code's view under a key: what is asked for through it is remembered by name and key, wherever it stands in the
     * code's order: `for (item in items) keyed(item.id).step("charge") { charge(item) }`.
     */
    public fun keyed(itsKey: String): ProcedureScope<I> = ProcedureScope(asker, key?.let { "$it:$itsKey" } ?: itsKey)

    /**
     * Whether the code may go the way that a change of it added: true in runs that have not come past this place, false in
     * those that had before the change: `if (patched("audit")) step("audit") { audit(order) }`.
     */
    public suspend fun patched(id: String): Boolean = asker.done(asker.ask(Ask.Patch(id))).output().plain() == true
}

/** Adds workflow code as one node: its steps are recorded under it, as they are asked for. */
public inline fun <I, reified T> WorkflowScope<I>.procedure(
    name: String,
    noinline code: suspend ProcedureScope<I>.() -> T,
): Ref<T> = addProcedure(name, typeOf<T>(), code)

@PublishedApi
internal fun <I, T> WorkflowScope<I>.addProcedure(
    name: String,
    output: KType,
    code: suspend ProcedureScope<I>.() -> T,
): Ref<T> {
    val definition = nodes.definition
    val type: ValueType<T> = definition.type("procedure \"${nodes.path.child(name)}\"", output)
    nodes.add(Procedure.of(name, procedureBody(definition.input, definition.codec, code), type))
    return nodes.ref(name, type)
}
