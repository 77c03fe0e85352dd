package dev.perdure.dsl

import dev.perdure.core.PerdureException
import dev.perdure.core.definition.Branch
import dev.perdure.core.definition.BranchResult
import dev.perdure.core.journal.Change
import kotlin.reflect.KType
import kotlin.reflect.typeOf

/**
 * What a join sees: all that a step does, and the outputs of the block's branches.
 *
 * @param I the type of the workflow's input
 */
public class JoinScope<out I> internal constructor(values: BodyValues<I>) : StepScope<I>(values) {
    /**
     * A branch's output: `mail().id`.
     *
     * @throws PerdureException NO_VALUE when the branch failed or was cancelled, with its failure, or belongs to another block
     */
    public operator fun <T> Branch<T>.invoke(): T = values.read(this)

    /** A branch's output; null when the branch failed or was cancelled: `space.orNull()?.url`. */
    public fun <T : kotlin.Any> Branch<out T?>.orNull(): T? = values.readOrNull(this)
}

/**
 * What a merge function sees: all that a step does, with the context as it was before the block. What it writes is what the
 * block changes.
 *
 * @param I the type of the workflow's input
 */
public class MergeScope<out I> internal constructor(values: BodyValues<I>) : StepScope<I>(values) {
    /**
     * What a branch made of [key]: the value it put, the list of what it appended, or the number it added; null when it did
     * not touch or removed it.
     *
     * @throws PerdureException NOT_DECODABLE when it is of another type
     */
    public inline fun <reified T : kotlin.Any> BranchResult.getOrNull(key: String): T? =
        changed(this, key, typeOf<T?>())

    @PublishedApi
    @Suppress("UNCHECKED_CAST") // the codec decodes to the type that it was asked for
    internal fun <T> changed(branch: BranchResult, key: String, type: KType): T? =
        when (val change = branch.changes().byKey()[key]) {
            null, is Change.Remove -> null
            else -> values.codec.typeOf(type).decode(change.applyTo(false, null)) as T?
        }
}
