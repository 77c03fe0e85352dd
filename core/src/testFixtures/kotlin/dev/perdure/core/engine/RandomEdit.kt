package dev.perdure.core.engine

import dev.perdure.core.definition.ParallelPolicy.OnError
import kotlin.random.Random

/** A made-up workflow after an edit of its text, in one place; and [what] that was. */
data class RandomEdit(
    val what: String,
    val parts: List<Part>,
) {
    /** A sequence somewhere in the workflow, and the workflow with another one in its place. */
    private class Place(
        val parts: List<Part>,
        val whole: (List<Part>) -> List<Part>,
    )

    companion object {
        private val NEW_NAMES = listOf("e", "f", "g")

        /** An edit that leaves something, and something else than there was. */
        fun of(
            parts: List<Part>,
            random: Random,
        ): RandomEdit {
            val places = places(parts) { it }
            while (true) {
                val place = places.random(random)
                val (what, edited) = edit(place.parts, random)
                if (edited.isNotEmpty() && edited != place.parts) return RandomEdit(what, place.whole(edited))
            }
        }

        private fun places(
            parts: List<Part>,
            whole: (List<Part>) -> List<Part>,
        ): List<Place> =
            listOf(Place(parts, whole)) +
                parts.flatMapIndexed { index, part ->
                    within(part).flatMap { (inner, put) -> places(inner) { whole(parts.with(index, put(it))) } }
                }

        /** The sequences within a part, each with what the part is with another one instead. */
        private fun within(part: Part): List<Pair<List<Part>, (List<Part>) -> Part>> =
            when (part) {
                is Part.Work, is Part.Pause -> {
                    emptyList()
                }

                is Part.Block -> {
                    part.branches.mapIndexed { index, branch ->
                        branch.parts to { part.copy(branches = part.branches.with(index, branch.copy(parts = it))) }
                    }
                }

                is Part.Loop -> {
                    listOf(part.parts to { part.copy(parts = it) })
                }

                is Part.Choice -> {
                    listOf(part.yes to { part.copy(yes = it) }, part.no to { part.copy(no = it) })
                }
            }

        private fun edit(
            parts: List<Part>,
            random: Random,
        ): Pair<String, List<Part>> {
            val at = random.nextInt(parts.size)
            val name = parts[at].name
            val free = (NEW_NAMES - parts.map { it.name }.toSet()).random(random)
            return when (random.nextInt(7)) {
                0 -> "$free before $name" to parts.inserted(at, made(free, random))
                1 -> "$free after $name" to parts.inserted(at + 1, made(free, random))
                2 -> "no $name" to parts.filterIndexed { index, _ -> index != at }
                3 -> "$name as $free" to parts.with(at, parts[at].named(free))
                4 -> "$name first" to listOf(parts[at]) + parts.filterIndexed { index, _ -> index != at }
                5 -> "$name of another kind" to parts.with(at, madeUnlike(parts[at], random))
                else -> changed(parts[at], random).let { (what, part) -> "$what of $name" to parts.with(at, part) }
            }
        }

        /** What a step does is its body's business: it stays as it is, or there is no such step. */
        private fun madeUnlike(
            part: Part,
            random: Random,
        ): Part = generateSequence { made(part.name, random) }.first { it::class != part::class }

        private fun made(
            name: String,
            random: Random,
        ): Part {
            val work = Part.Work(name, Part.Writes.PUT, "put${random.nextInt(2)}", random.nextInt(2))
            val branches = listOf("a", "b").map { Part.Branch(it, listOf(work.copy(name = "a"))) }
            return when (random.nextInt(4)) {
                0 -> Part.Pause(name)
                1 -> Part.Block(name, false, OnError.FAIL_FAST, 0, branches)
                else -> work
            }
        }

        /** What is said of the part itself, and is not its bodies' business. */
        private fun changed(
            part: Part,
            random: Random,
        ): Pair<String, Part> =
            when (part) {
                is Part.Work, is Part.Pause, is Part.Choice -> {
                    "nothing" to part
                }

                is Part.Block -> {
                    changedBlock(part, random)
                }

                is Part.Loop -> {
                    "concurrency" to if (part.concurrency == 1) part else part.copy(concurrency = 5 - part.concurrency)
                }
            }

        private fun changedBlock(
            part: Part.Block,
            random: Random,
        ): Pair<String, Part> {
            val branches = part.branches
            return when (random.nextInt(6)) {
                0 -> "width" to part.copy(most = (part.most + 1) % 3)
                1 -> "policy" to part.copy(onError = OnError.entries.first { it != part.onError })
                2 -> "merge" to part.copy(isLastWins = false)
                3 -> "first branch" to part.copy(branches = branches.drop(1))
                4 -> "order of branches" to part.copy(branches = branches.reversed())
                else -> "branch more" to part.copy(branches = branches + Part.Branch("y", branches.first().parts))
            }
        }

        private fun Part.named(name: String): Part =
            when (this) {
                is Part.Work -> copy(name = name)
                is Part.Pause -> copy(name = name)
                is Part.Block -> copy(name = name)
                is Part.Loop -> copy(name = name)
                is Part.Choice -> copy(name = name)
            }

        private fun <T> List<T>.with(
            index: Int,
            element: T,
        ) = toMutableList().also { it[index] = element }

        private fun <T> List<T>.inserted(
            index: Int,
            element: T,
        ) = toMutableList().also { it.add(index, element) }
    }
}
