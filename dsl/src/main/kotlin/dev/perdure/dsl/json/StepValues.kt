package dev.perdure.dsl.json

import dev.perdure.core.Path
import dev.perdure.core.definition.BodyContext
import dev.perdure.core.definition.ForEach
import dev.perdure.core.definition.ValueTypes
import dev.perdure.dsl.json.Reference.Source

/**
 * What references mean in one body: of the steps in its loop those of its own iteration. Each value is read once.
 * Confined to the body's coroutine.
 *
 * @param loop the innermost loop around the body, whose items `loop.…` speaks of; null outside of any
 */
internal class StepValues(
    private val body: BodyContext,
    private val paths: NodePaths,
    private val loop: Path?,
) : Sources {
    private val known = HashMap<Source, Any?>()

    override fun get(source: Source): Any? {
        if (source !in known) {
            known[source] = find(source)
        }
        return known[source]
    }

    private fun find(source: Source): Any? =
        when (source) {
            Source.Input -> body.input()
            is Source.Output -> read(paths[source.step].output)
            is Source.Loop -> find(source.variable)
        }

    private fun find(variable: LoopVariable): Any? {
        val around = checkNotNull(loop) { "the reader lets loop.${variable.name.lowercase()} into loops only" }
        return when (variable) {
            LoopVariable.ITEM -> read(around.eachItem().part(ForEach.ITEM))
            LoopVariable.INDEX -> index()
            LoopVariable.TOTAL -> total(around)
            LoopVariable.IS_FIRST -> index() == 0L
            LoopVariable.IS_LAST -> index() == total(around) - 1
        }
    }

    private fun index(): Long = checkNotNull(body.path().index()) { "${body.path()} is in a loop" }.toLong()

    private fun total(around: Path): Long = (read(around.part(ForEach.ITEMS)) as List<*>).size.toLong()

    private fun read(node: Path): Any? = body.output(node, ValueTypes.PLAIN)
}
