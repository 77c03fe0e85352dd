package dev.perdure.core.engine

import dev.perdure.core.Json
import dev.perdure.core.RunStatus
import dev.perdure.core.StepStatus
import dev.perdure.core.definition.ParallelPolicy.OnError

/**
 * What a made-up workflow means, said a second time and without an engine: sequential, without a store, it takes what is
 * recorded of each step and computes what every step must have seen, which of them must be there, and the run's end.
 */
class Reference(
    private val image: Image,
) {
    private val completed =
        image.rows.filter { it.status() == StepStatus.COMPLETED && it.kind() != "warning" }.associateBy { it.path() }
    private val used = mutableSetOf<String>()

    private enum class How { DONE, FAILED, CUT_OFF }

    /** What a step did to the context. */
    private data class Effect(
        val writes: Part.Writes,
        val key: String,
        val id: Long,
    )

    private class Outcome(
        val how: How,
        val effects: List<Effect>,
    )

    /**
     * Holds a run that has ended to this.
     *
     * @throws IllegalStateException with the first thing that is not as it must be
     */
    fun check(flow: RandomFlow) = check(flow.parts)

    /** As [check], of a workflow of these [parts]. */
    fun check(parts: List<Part>) {
        val outcome = sequence("", parts, emptyMap())
        check(outcome.how != How.CUT_OFF) { "a step is missing that nothing cancelled" }
        val status = if (outcome.how == How.DONE) RunStatus.COMPLETED else RunStatus.FAILED
        check(image.record.status() == status) { "the run is ${image.record.status()}, expected $status" }
        val steps = completed.values.filter { it.kind() == "step" && !it.path().endsWith(RandomFlows.TAIL) }
        val stray = steps.map { it.path() }.filter { it != "end" && it !in used }
        check(stray.isEmpty()) { "steps are recorded that must not run: $stray" }
        check(image.rows.none { it.status() == StepStatus.RUNNING || it.status() == StepStatus.WAITING }) {
            "rows are left open: ${image.rows}"
        }
        if (status == RunStatus.COMPLETED) requireContext(apply(emptyMap(), outcome.effects))
    }

    private fun requireContext(expected: Map<String, Any?>) {
        val found =
            image.record
                .end()
                .context
                .filterKeys { it in RandomFlows.KEYS }
        check(Seeing.of(found) == Seeing.of(expected)) {
            "the context is ${Seeing.of(found)}, expected ${Seeing.of(expected)}"
        }
    }

    private fun sequence(
        at: String,
        parts: List<Part>,
        before: Map<String, Any?>,
    ): Outcome {
        val effects = mutableListOf<Effect>()
        var last: Effect? = null
        for (part in parts) {
            val context = apply(before, effects)
            val path = at + part.name
            val outcome = if (part is Part.Work) work(path, part, context, last) else block(path, part, context)
            if (outcome.how != How.DONE) return Outcome(outcome.how, effects)
            effects += outcome.effects
            last = if (part is Part.Work) outcome.effects.single() else last
        }
        return Outcome(How.DONE, effects)
    }

    private fun block(
        path: String,
        part: Part,
        context: Map<String, Any?>,
    ): Outcome =
        when (part) {
            is Part.Work -> {
                error("a step reads the one before it: $path")
            }

            is Part.Pause -> {
                pause(path)
            }

            is Part.Block -> {
                parallel(path, part, context)
            }

            is Part.Loop -> {
                loop(path, part, context)
            }

            is Part.Choice -> {
                val isYes = part.key in context
                sequence(
                    "$path/${if (isYes) RandomFlows.YES else "otherwise"}/",
                    if (isYes) part.yes else part.no,
                    context,
                )
            }
        }

    private fun work(
        path: String,
        part: Part.Work,
        context: Map<String, Any?>,
        last: Effect?,
    ): Outcome {
        val row = completed[path]
        if (row == null) {
            val isFailed =
                part.failures == Part.ALWAYS && image.rows.any { it.path() == path && it.status() == StepStatus.FAILED }
            return Outcome(if (isFailed) How.FAILED else How.CUT_OFF, emptyList())
        }
        used += path
        check(part.failures != Part.ALWAYS) { "$path completed, and always fails" }
        val output = Json.read(row.output()!!) as Map<*, *>
        check(output["saw"] == Seeing.of(context)) { "$path saw ${output["saw"]}, expected ${Seeing.of(context)}" }
        val read = last?.let { Seeing.ofOutput(mapOf("id" to it.id)) }
        check(output["read"] == read) { "$path read ${output["read"]}, expected $read" }
        return Outcome(How.DONE, listOf(Effect(part.writes, part.key, (output["id"] as Number).toLong())))
    }

    /** I10: it ends when it is due by the time that is recorded of its begin, however long nobody was there. */
    private fun pause(path: String): Outcome {
        val row = completed[path] ?: return Outcome(How.CUT_OFF, emptyList())
        val took = row.finishedAt()!! - row.startedAt()!!
        check(took == RandomFlows.PAUSE.toMillis()) { "$path is over after $took ms, expected ${RandomFlows.PAUSE}" }
        return Outcome(How.DONE, emptyList())
    }

    private fun parallel(
        path: String,
        part: Part.Block,
        context: Map<String, Any?>,
    ): Outcome {
        val outcomes = part.branches.associateWith { branch("$path/${it.name}", it, context) }
        val isFailed = outcomes.values.any { it.how == How.FAILED }
        if (isFailed && part.onError == OnError.FAIL_FAST) return Outcome(How.FAILED, emptyList())
        if (outcomes.values.any { it.how == How.CUT_OFF }) return Outcome(How.CUT_OFF, emptyList())
        val done = outcomes.filterValues { it.how == How.DONE }
        val order =
            if (part.isLastWins) {
                done.entries.sortedBy {
                    completed
                        .getValue(
                            "$path/${it.key.name}",
                        ).seq()
                }
            } else {
                done.entries
            }
        return Outcome(How.DONE, order.flatMap { it.value.effects })
    }

    /** A branch may be cut off before its last step, which is none of the workflow's parts. */
    private fun branch(
        path: String,
        branch: Part.Branch,
        context: Map<String, Any?>,
    ): Outcome {
        val outcome = sequence("$path/", branch.parts, context)
        val isCut = outcome.how == How.DONE && path !in completed
        return if (isCut) Outcome(How.CUT_OFF, emptyList()) else outcome
    }

    private fun loop(
        path: String,
        part: Part.Loop,
        context: Map<String, Any?>,
    ): Outcome {
        val effects = mutableListOf<Effect>()
        val hows =
            (0 until part.times).map { item ->
                val before = if (part.concurrency == 1) apply(context, effects) else context
                val outcome = sequence("$path[$item]/", part.parts, before)
                effects += outcome.effects
                outcome.how
            }
        return when {
            How.FAILED in hows -> Outcome(How.FAILED, emptyList())
            How.CUT_OFF in hows -> Outcome(How.CUT_OFF, emptyList())
            else -> Outcome(How.DONE, effects)
        }
    }

    private fun apply(
        context: Map<String, Any?>,
        effects: List<Effect>,
    ): Map<String, Any?> {
        val after = LinkedHashMap(context)
        effects.forEach { effect ->
            val before = after[effect.key]
            after[effect.key] =
                when (effect.writes) {
                    Part.Writes.PUT -> effect.id
                    Part.Writes.APPEND -> (before as List<*>? ?: emptyList<Any>()) + effect.id
                    Part.Writes.INCREMENT -> (before as Long? ?: 0L) + effect.id
                }
        }
        return after
    }
}
