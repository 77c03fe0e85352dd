package dev.perdure.core.engine

import dev.perdure.core.Path
import dev.perdure.core.definition.Merge
import dev.perdure.core.definition.ParallelBuilder
import dev.perdure.core.definition.Ref
import dev.perdure.core.definition.Retry
import dev.perdure.core.definition.SequenceBuilder
import dev.perdure.core.definition.StepContext
import dev.perdure.core.definition.StepOptions
import dev.perdure.core.definition.Workflow
import dev.perdure.core.definition.WorkflowBuilder
import dev.perdure.core.spi.BodyScopes
import java.time.Duration
import java.util.concurrent.atomic.AtomicLong

/** Hears of each body of a made-up workflow as it starts, with the ids of the values that it was given. */
fun interface BodyWatch {
    fun started(
        path: Path,
        given: Set<Long>,
    )
}

/**
 * Builds made-up workflows whose steps yield another value each time they run, and say what they saw.
 *
 * @param by says in each value which engine's bodies made it
 */
class RandomFlows(
    private val by: Int = 1,
    private val watch: BodyWatch = BodyWatch { _, _ -> },
) {
    private val ids = AtomicLong(by * FAR_APART)

    fun build(flow: RandomFlow): Workflow<*, *> = build(flow.parts)

    fun build(parts: List<Part>): Workflow<*, *> =
        Workflow.define("random", Any::class.java, Any::class.java) { w: WorkflowBuilder<Any> ->
            addAll(w, parts)
            w.step("end", Any::class.java) { "end" }
        }

    private fun addAll(
        to: SequenceBuilder<Any>,
        parts: List<Part>,
    ) {
        var last: Ref<Any>? = null
        for (part in parts) {
            if (part is Part.Work) {
                val before = last
                last = to.step(part.name, Any::class.java, optionsOf(part)) { work(part, it, before) }
            } else {
                add(to, part)
            }
        }
    }

    private fun add(
        to: SequenceBuilder<Any>,
        part: Part,
    ) {
        when (part) {
            is Part.Work -> error("a step reads the one before it: ${part.name}")
            is Part.Pause -> to.sleep(part.name, PAUSE)
            is Part.Block -> to.parallel(part.name) { block -> describe(block, part) }
            is Part.Loop -> addLoop(to, part)
            is Part.Choice -> addChoice(to, part)
        }
    }

    private fun describe(
        block: ParallelBuilder<Any>,
        part: Part.Block,
    ) {
        if (part.isLastWins) block.merge(Merge.LastWins())
        block.onError(part.onError)
        if (part.most > 0) block.maxParallelism(part.most)
        part.branches.forEach { branch -> block.branch(branch.name) { inner -> tail(inner, branch.parts) } }
    }

    private fun addLoop(
        to: SequenceBuilder<Any>,
        part: Part.Loop,
    ) = to.forEach(part.name, Int::class.javaObjectType, { List(part.times) { it } }) { loop, _ ->
        loop.concurrency(part.concurrency)
        addAll(loop, part.parts)
    }

    private fun addChoice(
        to: SequenceBuilder<Any>,
        part: Part.Choice,
    ) = to.choose(part.name) { choice ->
        choice.on(YES, { it.has(part.key) }) { addAll(it, part.yes) }
        choice.otherwise { addAll(it, part.no) }
    }

    /** A branch yields something. */
    private fun tail(
        to: SequenceBuilder<Any>,
        parts: List<Part>,
    ): Ref<Any> {
        addAll(to, parts)
        return to.step(TAIL, Any::class.java) { TAIL }
    }

    private fun optionsOf(part: Part.Work) =
        StepOptions.DEFAULT.retry(Retry.fixed(if (part.failures == Part.ALWAYS) 2 else ATTEMPTS, Duration.ofMillis(1)))

    private fun work(
        part: Part.Work,
        context: StepContext<Any>,
        before: Ref<Any>?,
    ): Any {
        val seen = KEYS.filter(context::has).associateWith { context.get(it, Any::class.java) }
        val read = before?.let { context.get(it) as Map<*, *> }
        watch.started(context.path(), given(seen) + setOfNotNull((read?.get("id") as Number?)?.toLong()))
        check(context.attempt() > part.failures) { "fails" }
        val id = ids.incrementAndGet()
        when (part.writes) {
            Part.Writes.PUT -> context.put(part.key, id)
            Part.Writes.APPEND -> context.append(part.key, id)
            Part.Writes.INCREMENT -> context.increment(part.key, id)
        }
        val value = mapOf("id" to id, "by" to by, "saw" to Seeing.of(seen), "small" to SMALL)
        return if (read == null) value else value + ("read" to Seeing.ofOutput(read))
    }

    /** A sum says nothing of what it was made of. */
    private fun given(seen: Map<String, Any?>): Set<Long> =
        seen
            .filterKeys {
                !it.startsWith(
                    Part.Writes.INCREMENT.name
                        .lowercase(),
                )
            }.values
            .flatMap { it as? List<*> ?: listOf(it) }
            .map { (it as Number).toLong() }
            .toSet()

    companion object {
        val PAUSE: Duration = Duration.ofHours(1)
        const val YES = "yes"
        const val TAIL = "tail"

        /** No codec gives it back as what it is, a number of two bytes: who sees that has not seen a decoded copy. */
        const val SMALL: Short = 7
        private const val ATTEMPTS = 15
        private const val FAR_APART = 1_000_000L
        val KEYS = Part.Writes.entries.flatMap { listOf("${it.name.lowercase()}0", "${it.name.lowercase()}1") }

        /** Runs Java bodies only. */
        val noScopes: BodyScopes by lazy { ThreadBodyScopes() }
    }
}

/** What a step saw, in one line. */
object Seeing {
    /** A context. */
    fun of(context: Map<String, Any?>): String =
        context.entries.sortedBy { it.key }.joinToString { (key, value) -> "$key=$value" }

    /** What another step yielded: which value, and whether it is a decoded copy of that. */
    fun ofOutput(output: Map<*, *>): String =
        "${output["id"]} ${if (output["small"] is Short) "itself" else "as it is recorded"}"
}
