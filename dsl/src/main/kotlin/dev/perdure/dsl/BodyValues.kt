package dev.perdure.dsl

import dev.perdure.core.ErrorCode
import dev.perdure.core.Names
import dev.perdure.core.Path
import dev.perdure.core.PerdureException
import dev.perdure.core.ValueType
import dev.perdure.core.definition.BodyContext
import dev.perdure.core.definition.Branch
import dev.perdure.core.definition.Ref
import kotlin.reflect.KType

/** Plain data of one body, typed. Thread-safe. */
internal class BodyValues<out I>(val body: BodyContext, inputType: ValueType<I>, val codec: KotlinxCodec) {
    val input: I by lazy(LazyThreadSafetyMode.PUBLICATION) { inputType.decode(body.input()) }

    fun <T> read(node: Ref<T>): T {
        if (!node.isReadableFrom(body.path())) {
            throw outOfReach(node.node(), "a node's output can be read in its own branch and after its block's join")
        }
        return body.output(node.node(), node.type())
    }

    fun <T : kotlin.Any> readOrNull(node: Ref<out T?>): T? = if (body.hasOutput(node.node())) read(node) else null

    fun <T> read(branch: Branch<T>): T {
        requireOwn(branch)
        return body.output(branch.value(), branch.type())
    }

    fun <T : kotlin.Any> readOrNull(branch: Branch<out T?>): T? {
        requireOwn(branch)
        return if (body.hasOutput(branch.value())) body.output(branch.value(), branch.type()) else null
    }

    @Suppress("UNCHECKED_CAST") // the codec decodes to the type that it was asked for
    fun <T> read(
        key: String,
        type: KType,
    ): T {
        if (!body.has(key)) {
            throw PerdureException(
                ErrorCode.NO_VALUE,
                "step \"${body.path()}\" reads context key ${Names.quoted(key)}, which nothing before it wrote; " +
                    "check with has(key) first",
            )
        }
        return codec.typeOf(type).decode(body.get(key)) as T
    }

    private fun requireOwn(branch: Branch<*>) {
        if (branch.node().parent() != body.path().inDefinition().parent()) {
            throw outOfReach(branch.node(), "a branch can be read in its own block's join")
        }
    }

    private fun outOfReach(
        node: Path,
        rule: String,
    ): PerdureException =
        PerdureException(
            ErrorCode.NO_VALUE,
            "\"${body.path()}\" reads \"$node\", whose output may not exist yet: $rule",
            body.runId(),
            body.path(),
            null,
        )
}
