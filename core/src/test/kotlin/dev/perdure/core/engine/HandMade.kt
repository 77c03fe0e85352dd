package dev.perdure.core.engine

import dev.perdure.core.Codec
import dev.perdure.core.Path
import dev.perdure.core.ValueType
import dev.perdure.core.definition.BlockingBody
import dev.perdure.core.definition.Body
import dev.perdure.core.definition.BodyContext
import dev.perdure.core.definition.Node
import dev.perdure.core.definition.Retry
import dev.perdure.core.definition.Sequence
import dev.perdure.core.definition.Step
import dev.perdure.core.definition.ValueTypes
import dev.perdure.core.definition.Workflow
import java.lang.reflect.Type

/** Workflows of nodes that no builder makes, with plain data throughout. */
object HandMade {
    private object NoCodec : Codec {
        override fun typeOf(type: Type): ValueType<*> = ValueTypes.PLAIN

        override fun encode(value: Any?): Any? = value
    }

    /** Whose output is that of the node at [result]. */
    fun workflow(
        result: Path?,
        vararg nodes: Node,
        bodyType: Class<out Body> = BlockingBody::class.java,
    ): Workflow<*, *> =
        Workflow.of(
            Workflow.Draft(
                "case",
                1,
                ValueTypes.PLAIN,
                ValueTypes.PLAIN,
                Sequence("case", nodes.toList()),
                result,
                null,
                NoCodec,
                bodyType,
            ),
            emptyList(),
        )

    fun step(
        name: String,
        retry: Retry = Retry.NONE,
        body: BodyContext.() -> Any?,
    ): Step = Step.of(name, BlockingBody { it.body() }, ValueTypes.PLAIN, retry)

    /** The output of the node at [path] of the definition. */
    fun BodyContext.read(path: Path): Any? = output(path, ValueTypes.PLAIN)
}
