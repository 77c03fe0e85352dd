package dev.perdure.core.engine

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

/** Builds made-up workflows whose steps yield another value each time they run, and say what they saw. */
class RandomFlows {
    private val ids = AtomicLong()

    fun build(flow: RandomFlow): Workflow<*, *> =
        Workflow.define("random", Any::class.java, Any::class.java) { w: WorkflowBuilder<Any> ->
            addAll(w, flow.parts)
            w.step("end", Any::class.java) { "end" }
        }

    private fun addAll(
        to: SequenceBuilder<Any>,
        parts: List<Part>,
    ) = parts.forEach { add(to, it) }

    private fun add(
        to: SequenceBuilder<Any>,
        part: Part,
    ) {
        when (part) {
            is Part.Work -> to.step(part.name, Any::class.java, optionsOf(part)) { work(part, it) }
            is Part.Pause -> to.sleep(part.name, Duration.ofHours(1))
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
    ): Any {
        check(context.attempt() > part.failures) { "fails" }
        val saw = Seeing.of(KEYS.filter(context::has).associateWith { context.get(it, Any::class.java) })
        val id = ids.incrementAndGet()
        when (part.writes) {
            Part.Writes.PUT -> context.put(part.key, id)
            Part.Writes.APPEND -> context.append(part.key, id)
            Part.Writes.INCREMENT -> context.increment(part.key, id)
        }
        return mapOf("id" to id, "saw" to saw)
    }

    companion object {
        const val YES = "yes"
        const val TAIL = "tail"
        private const val ATTEMPTS = 15
        val KEYS = Part.Writes.entries.flatMap { listOf("${it.name.lowercase()}0", "${it.name.lowercase()}1") }

        /** Runs Java bodies only. */
        val noScopes: BodyScopes by lazy { ThreadBodyScopes() }
    }
}

/** A context in one line, as steps say that they saw it. */
object Seeing {
    fun of(context: Map<String, Any?>): String =
        context.entries.sortedBy { it.key }.joinToString { (key, value) -> "$key=$value" }
}
