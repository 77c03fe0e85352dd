package dev.perdure.dsl

import dev.perdure.core.ErrorCode
import dev.perdure.core.Failure
import dev.perdure.core.Path
import dev.perdure.core.PerdureException
import dev.perdure.core.Plain
import dev.perdure.core.definition.Branch
import dev.perdure.core.definition.Ref
import dev.perdure.core.journal.Change
import kotlin.reflect.KType
import kotlin.reflect.typeOf

/**
 * What a step's body sees of its run: the input, what earlier nodes yielded, and a snapshot of the context.
 *
 * Its writes to the context are recorded with the step's success and dropped with its failure. Thread-safe, so that a body
 * may launch coroutines of its own; the step ends after they have.
 *
 * @param I the type of the workflow's input
 */
@PerdureDsl
public open class StepScope<out I> internal constructor(internal val values: BodyValues<I>) {
    private val body get() = values.body

    /** The run's input; a copy of its own for each body. */
    public val input: I get() = values.input

    /** The run's id. */
    public val runId: String get() = body.runId()

    /** The step's path in this run. */
    public val path: Path get() = body.path()

    /**
     * The number of the loop item or iteration that this body is part of, from 0; of the innermost one where loops nest.
     *
     * @throws PerdureException NO_VALUE outside of any loop
     */
    public val index: Int
        get() =
            path.index()
                ?: throw PerdureException(
                    ErrorCode.NO_VALUE,
                    "\"$path\" asks for its index, but is in no loop",
                    runId,
                    path,
                    null,
                )

    /** Which attempt this is, from 1; it goes on counting over crashes. */
    public val attempt: Int get() = body.attempt()

    /** The same for all attempts of this step and different for all else: hand it to services that deduplicate by key. */
    public val idempotencyKey: String get() = body.idempotencyKey()

    /** Whether this engine does not own the run any more: what the body still does will not be recorded. */
    public val isOwnershipLost: Boolean get() = body.isOwnershipLost

    /**
     * The output of an earlier node: `user().id`.
     *
     * @throws PerdureException NO_VALUE when it has none, or lies in another branch; NOT_DECODABLE when it does not fit
     */
    public operator fun <T> Ref<T>.invoke(): T = values.read(this)

    /**
     * The output of a node that may have none: null where a decision skipped it, or where it failed: `review.orNull()?.by`.
     *
     * @throws PerdureException NO_VALUE when it lies in another branch; NOT_DECODABLE when it does not fit
     */
    public fun <T : kotlin.Any> Ref<out T?>.orNull(): T? = values.readOrNull(this)

    /** Why an earlier node failed; null when it did not. */
    public fun error(node: Ref<*>): Failure? = body.failure(node.node())

    /** Why a branch of an earlier block failed; null when it did not. */
    public fun error(branch: Branch<*>): Failure? = body.failure(branch.node()) ?: body.failure(branch.value())

    /** Whether the context has a value, maybe null, for [key]. */
    public fun has(key: String): Boolean = body.has(key)

    /**
     * The context's value for [key]: `get<Int>("count")`.
     *
     * @throws PerdureException NO_VALUE when there is none; NOT_DECODABLE when it is of another type
     */
    public inline fun <reified T> get(key: String): T = read(key, typeOf<T>())

    /** As [get]; null when there is no value. */
    public inline fun <reified T : kotlin.Any> getOrNull(key: String): T? =
        if (has(key)) read<T?>(key, typeOf<T?>()) else null

    @PublishedApi
    internal fun <T> read(
        key: String,
        type: KType,
    ): T = values.read(key, type)

    /**
     * Sets [key]: `put("total", 12)`.
     *
     * @throws PerdureException NOT_ENCODABLE when the value has no serializer and is not plain
     */
    public inline fun <reified T> put(
        key: String,
        value: T,
    ) {
        write(key, typeOf<T>(), value)
    }

    /** Sets [key] to null. */
    public fun put(
        key: String,
        value: Nothing?,
    ) {
        body.change(key, Change.Put(value))
    }

    @PublishedApi
    internal fun write(
        key: String,
        type: KType,
        value: kotlin.Any?,
    ) {
        body.change(key, Change.Put(values.codec.encode(value, type)))
    }

    /** Removes [key]. */
    public fun remove(key: String) {
        body.change(key, Change.Remove())
    }

    /**
     * Adds to the end of the list under [key]; appends of concurrent branches all count.
     *
     * @throws PerdureException CONTEXT_TYPE when the key holds something else
     */
    public inline fun <reified T> append(
        key: String,
        value: T,
    ) {
        add(key, typeOf<T>(), value)
    }

    @PublishedApi
    internal fun add(
        key: String,
        type: KType,
        value: kotlin.Any?,
    ) {
        @Suppress("UNCHECKED_CAST") // javac 17 drops the @Nullable of a compact constructor's type arguments
        val one = listOf(values.codec.encode(value, type)) as List<kotlin.Any>
        body.change(key, Change.Append(one))
    }

    /**
     * Adds to the number under [key]; increments of concurrent branches all count.
     *
     * @throws PerdureException CONTEXT_TYPE when the key holds something else, or [by] is not finite
     */
    public fun increment(
        key: String,
        by: Number = 1,
    ) {
        val number =
            Plain.ofNumber(by) as? Number
                ?: throw PerdureException(ErrorCode.CONTEXT_TYPE, "cannot increment by $by; expected a finite number")
        body.change(key, Change.Increment(number))
    }
}
