package dev.perdure.core.engine

import dev.perdure.core.definition.ParallelPolicy.OnError
import kotlin.random.Random

/** A part of a made-up workflow. */
sealed interface Part {
    val name: String

    /** What a step writes: a whole value under a key of its own family, an element, or a sum. */
    enum class Writes { PUT, APPEND, INCREMENT }

    /** @param failures how many attempts fail before one does not; [ALWAYS] for all */
    data class Work(
        override val name: String,
        val writes: Writes,
        val key: String,
        val failures: Int,
    ) : Part

    data class Block(
        override val name: String,
        val isLastWins: Boolean,
        val onError: OnError,
        val most: Int,
        val branches: List<Branch>,
    ) : Part

    data class Branch(
        val name: String,
        val parts: List<Part>,
    )

    data class Loop(
        override val name: String,
        val times: Int,
        val concurrency: Int,
        val parts: List<Part>,
    ) : Part

    data class Choice(
        override val name: String,
        val key: String,
        val yes: List<Part>,
        val no: List<Part>,
    ) : Part

    data class Pause(
        override val name: String,
    ) : Part

    companion object {
        const val ALWAYS = 99
    }
}

/**
 * A made-up workflow: the same for the same seed. Names come from so few that they are the same in many places, and keys from
 * so few that branches write to the same ones.
 *
 * @param isPatient whether it may sleep: for hours
 */
class RandomFlow(
    seed: Long,
    private val isPatient: Boolean = true,
) {
    private val random = Random(seed)
    private var left = 14
    val parts: List<Part> = sequence(3, isWhole = false)

    /** @param isWhole whether only whole values may be written: what sums and lists are under LastWins is nobody's to say */
    private fun sequence(
        depth: Int,
        isWhole: Boolean,
    ): List<Part> {
        val names = listOf("a", "b", "c", "d").shuffled(random)
        return List(random.nextInt(1, 4)) { part(names[it], depth, isWhole) }
    }

    private fun part(
        name: String,
        depth: Int,
        isWhole: Boolean,
    ): Part {
        left--
        return when (if (depth == 0 || left < 0) random.nextInt(5) else random.nextInt(12)) {
            in 0..3 -> work(name, isWhole)
            4 -> if (isPatient) Part.Pause(name) else work(name, isWhole)
            in 5..8 -> block(name, depth, isWhole)
            9 -> Part.Loop(name, random.nextInt(0, 4), random.nextInt(1, 4), sequence(depth - 1, isWhole))
            else -> Part.Choice(name, key("put"), sequence(depth - 1, isWhole), sequence(depth - 1, isWhole))
        }
    }

    private fun key(family: String) = "$family${random.nextInt(2)}"

    private fun work(
        name: String,
        isWhole: Boolean,
    ): Part.Work {
        val writes = if (isWhole) Part.Writes.PUT else Part.Writes.entries.random(random)
        val failures = listOf(0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 0, Part.ALWAYS).random(random)
        return Part.Work(name, writes, key(writes.name.lowercase()), failures)
    }

    private fun block(
        name: String,
        depth: Int,
        isWhole: Boolean,
    ): Part.Block {
        val isLastWins = random.nextInt(3) == 0
        val names = listOf("a", "b", "c", "x").shuffled(random)
        val branches =
            List(random.nextInt(2, 4)) { Part.Branch(names[it], sequence(depth - 1, isWhole || isLastWins)) }
        val onError = if (random.nextInt(3) == 0) OnError.COMPLETE_ALL else OnError.FAIL_FAST
        return Part.Block(name, isLastWins, onError, random.nextInt(0, 3), branches)
    }
}
