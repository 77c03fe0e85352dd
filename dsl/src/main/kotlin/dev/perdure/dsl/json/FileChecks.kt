package dev.perdure.dsl.json

import dev.perdure.core.Names
import dev.perdure.dsl.json.Place.State
import dev.perdure.dsl.json.Reference.Source

/** How deep blocks may be inside each other, as for the builders' workflows. */
private const val MAX_BLOCKS = 64

/**
 * Reports what is wrong between the steps of [file]: unknown ids, cycles, steps that contain themselves, run twice or
 * never, and references to what is not there yet.
 */
internal fun checkFile(
    file: WorkflowFile,
    problems: FileProblems,
) = FileWalk(file, problems).check()

/**
 * Goes over the steps as they would run, each once; recursion goes as deep as blocks do. Every step leads to at most
 * one next, so the time grows with the steps and references, whatever is wrong with them.
 */
private class FileWalk(
    private val file: WorkflowFile,
    private val problems: FileProblems,
) {
    private val places = HashMap<String, Place>()

    /** The steps that can be read where the walk is, and the order in which they came to be so. */
    private val visible = HashSet<String>()
    private val seen = ArrayList<String>()

    private class Unreadable(
        val use: ReferenceUse,
        val reader: Place,
        val target: String,
    )

    /** References to steps that are not visible; what to say of them is known at the end. */
    private val unreadable = mutableListOf<Unreadable>()
    private var loops = 0
    private var isStray = false
    private var isTooDeep = false

    fun check() {
        val hasStart = file.start in file.steps
        if (hasStart || file.start.isNotBlank()) {
            walk(StepPart("", listOf(Use(file.start, null, JsonPath.ROOT / "start_step")), isChain = true), null)
        }
        val strays = file.steps.values.filter { it.id !in places }
        if (hasStart && !isTooDeep) {
            strays.forEach {
                problems.add(pathOf(it), it.id, NEVER_RUN)
            }
        }
        walkStrays(strays, hasStart)
        unreadable.forEach {
            problems.add(it.use.path, it.reader.step.id) {
                "${it.use.reference.text} cannot be read here: ${whyUnreadable(it.reader, places[it.target])}"
            }
        }
    }

    /**
     * Finds what is wrong between steps that nothing leads to: first those that begin a chain, then those in a circle.
     */
    private fun walkStrays(
        strays: List<FileStep>,
        hasStart: Boolean,
    ) {
        isStray = hasStart
        val used = HashSet<String>()
        for (step in strays) {
            step.next?.let(used::add)
            step.parts().forEach { part -> part.uses.mapTo(used) { it.step } }
        }
        (strays.filter { it.id !in used } + strays).forEach {
            if (it.id !in places) {
                walk(StepPart("", listOf(Use(it.id, null, pathOf(it))), isChain = true), null)
            }
        }
    }

    private fun walk(
        part: StepPart,
        parent: Place?,
    ) {
        val mark = seen.size
        val passed = mutableListOf<Place>()
        var at = 0
        var use = part.uses.firstOrNull()
        while (use != null) {
            val place = enter(use, parent, part, passed.lastOrNull())
            place?.let(passed::add)
            val listed = part.uses.getOrNull(++at)
            use = if (place == null) listed else following(place, part, listed)
        }
        passed.forEach { it.state = State.CLOSED }
        while (seen.size > mark) {
            visible -= seen.removeAt(seen.lastIndex)
        }
    }

    /** What runs after [place]; [listed] is what the part's list has next. */
    private fun following(
        place: Place,
        part: StepPart,
        listed: Use?,
    ): Use? {
        val next = place.step.next
        val path = pathOf(place.step) / "next_step"
        if (part.isChain) {
            return next?.let { Use(it, place.step.id, path) }
        }
        if (next != null && next != listed?.step) {
            val block = place.parent?.step
            val id = Names.quoted(block?.id.orEmpty())
            val what =
                if (block is ParallelStep) {
                    "it is in $id, whose steps run side by side; remove it, and let $id have the next_step"
                } else {
                    "it is in a list of $id, which says what runs after it; remove it, or add the next step to the list"
                }
            problems.add(path, place.step.id, what)
        }
        return listed
    }

    /** Goes over one step and what is inside of it; null where it cannot run here. */
    private fun enter(
        use: Use,
        parent: Place?,
        part: StepPart,
        previous: Place?,
    ): Place? {
        val step = file.steps[use.step]
        if (step == null) {
            val what = "there is no step ${Names.quoted(use.step)}; add it to steps, or correct the id"
            problems.add(use.path, use.by, what)
            return null
        }
        val taken = places[step.id]
        if (taken != null) {
            refuse(use, previous ?: parent, taken)
            return null
        }
        val place = Place(step, use, parent, part, previous, isReached = !isStray)
        places[step.id] = place
        checkReferences(place)
        walkParts(place)
        place.state = State.PASSED
        see(step)
        return place
    }

    private fun walkParts(place: Place) {
        val parts = place.step.parts()
        if (parts.isNotEmpty() && place.depth >= MAX_BLOCKS) {
            val what = "it is nested ${place.depth + 1} blocks deep; at most $MAX_BLOCKS are allowed"
            problems.add(pathOf(place.step), place.step.id, "$what, so make a workflow of its inside")
            isTooDeep = true
            return
        }
        val inLoop = if (place.step is LoopStep) 1 else 0
        loops += inLoop
        parts.forEach { walk(it, place) }
        loops -= inLoop
    }

    /** A parallel block that ended well has run all its steps. */
    private fun see(step: FileStep) {
        if (visible.add(step.id)) {
            seen += step.id
        }
        if (step is ParallelStep) {
            step.children
                .mapNotNull(places::get)
                .filter { it.parent?.step === step }
                .forEach { see(it.step) }
        }
    }

    private fun refuse(
        use: Use,
        origin: Place?,
        taken: Place,
    ) {
        val id = Names.quoted(taken.step.id)
        val what =
            when {
                origin == null || (taken.isReached && isStray) -> return
                taken.state == State.OPEN -> "step $id would contain itself: ${roundTrip(origin, taken)}"
                taken.state == State.PASSED -> "the steps run in a circle: ${roundTrip(origin, taken)}; $REPETITION"
                else -> "step $id runs in two places, here and at ${taken.use.path}; $ONCE"
            }
        problems.add(use.path, use.by, what)
    }

    private fun checkReferences(place: Place) {
        for (use in place.step.references()) {
            when (val source = use.reference.source) {
                Source.Input -> {}

                is Source.Loop -> {
                    checkInLoop(use, place)
                }

                is Source.Output -> {
                    checkVisible(use, place, source.step)
                }
            }
        }
    }

    private fun checkInLoop(
        use: ReferenceUse,
        place: Place,
    ) {
        if (loops == 0 && !isStray) {
            val what = "${use.reference.text} is outside of a loop; it has a value in a loop_body only"
            problems.add(use.path, place.step.id, what)
        }
    }

    private fun checkVisible(
        use: ReferenceUse,
        place: Place,
        target: String,
    ) {
        if (target !in file.steps) {
            val what = "${use.reference.text} refers to step ${Names.quoted(target)}, which is not there"
            problems.add(use.path, place.step.id, "$what; correct the id")
        } else if (target !in visible && !isStray) {
            unreadable += Unreadable(use, place, target)
        }
    }

    private companion object {
        const val NEVER_RUN = "it is never run: nothing leads to it from start_step; remove it or use it"
        const val REPETITION = "for repetition, use a step of type loop"
        const val ONCE =
            "copy it under another id, or leave next_step out at the end of a branch: " +
                "what follows the block comes next by itself"
    }
}
