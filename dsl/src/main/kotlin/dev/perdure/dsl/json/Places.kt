package dev.perdure.dsl.json

import dev.perdure.core.Names

/**
 * Where a step is run: in [part] of [parent], which is null in the workflow's own chain, after [previous]. Confined to
 * one reading; each step has one place.
 */
internal class Place(
    val step: FileStep,
    val use: Use,
    val parent: Place?,
    val part: StepPart,
    val previous: Place?,
    /** Whether start_step leads to it. */
    val isReached: Boolean,
) {
    var state = State.OPEN
    val order: Int = if (previous == null) 0 else previous.order + 1
    val depth: Int = if (parent == null) 0 else parent.depth + 1

    enum class State {
        /** The walk is inside of it. */
        OPEN,

        /** It comes before what the walk is at. */
        PASSED,

        CLOSED,
    }

    /** What leads to this one: the step before it, or else the block that it is in. */
    val origin: Place? get() = previous ?: parent

    fun blocks(): List<Place> = generateSequence(this) { it.parent }.toList().asReversed()
}

/** Why the output of the step at [target], null for nowhere, is not there yet where the step at [reader] runs. */
internal fun whyUnreadable(
    reader: Place,
    target: Place?,
): String {
    val mine = reader.blocks()
    val its = target?.blocks() ?: return NOT_BEFORE
    val apart = mine.zip(its).takeWhile { (a, b) -> a === b }.size
    val (myBlock, itsBlock) = mine.getOrNull(apart) to its.getOrNull(apart)
    return when {
        itsBlock == null && myBlock == null -> "a step cannot read its own output"

        itsBlock == null -> "that is the block which this step is in, and has no output before it ends"

        myBlock == null -> "that runs inside this step, so after this is read"

        myBlock.part !== itsBlock.part -> whyApart(myBlock)

        itsBlock.order > myBlock.order -> "that runs after this step"

        else -> "that is inside ${Names.quoted(
            itsBlock.step.id,
        )}, whose steps can be read in it only; read the block's output"
    }
}

private fun whyApart(mine: Place): String =
    when (mine.parent?.step) {
        is ParallelStep -> "that is its sibling in a parallel block; siblings cannot read each other"
        is ConditionalStep, is ForkJoinStep -> "that is in another branch"
        else -> NOT_BEFORE
    }

/** The steps from [target] round to [last] and back to it, at most a few of them. */
internal fun roundTrip(
    last: Place,
    target: Place,
): String {
    val way =
        generateSequence(last) { it.origin }
            .takeWhile { it !== target }
            .take(MAX_SHOWN + 1)
            .toList()
            .asReversed()
    val shown = if (way.size > MAX_SHOWN) listOf("…") + way.drop(1).map(::quoted) else way.map(::quoted)
    return (listOf(quoted(target)) + shown + quoted(target)).joinToString(" → ")
}

private fun quoted(place: Place) = Names.quoted(place.step.id)

private const val MAX_SHOWN = 8
private const val NOT_BEFORE = "that does not run before this step on every path"
