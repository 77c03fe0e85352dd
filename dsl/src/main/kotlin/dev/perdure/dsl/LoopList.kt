package dev.perdure.dsl

import dev.perdure.core.ErrorCode
import dev.perdure.core.Names
import dev.perdure.core.Path
import dev.perdure.core.PerdureException
import dev.perdure.core.ValueType
import dev.perdure.core.definition.ForEach
import dev.perdure.core.definition.Ref
import dev.perdure.core.definition.RepeatUntil
import dev.perdure.core.definition.Sequence
import dev.perdure.core.definition.Step
import dev.perdure.core.definition.ValueTypes
import kotlin.reflect.KType

/** What a loop's parameters say. */
@PublishedApi
internal class LoopOptions(val concurrency: Int, val onError: OnItemError)

/** Adds loops to the nodes of one sequence. */
@PublishedApi
internal class LoopList<I>(private val nodes: NodeList<I>) {
    private val definition = nodes.definition

    fun <E> made(
        name: String,
        list: KType,
        items: suspend StepScope<I>.() -> List<E>,
    ): Step =
        nodes.part(ForEach.ITEMS, definition.type<List<E>>("the items of \"${nodes.path.child(name)}\"", list), items)

    fun <E> yielded(items: Ref<List<E>>): Step = nodes.part(ForEach.ITEMS, items.type()) { items() }

    fun kept(key: String): Step =
        nodes.part(ForEach.ITEMS, ValueTypes.PLAIN) {
            if (!has(key)) {
                throw PerdureException(
                    ErrorCode.NO_VALUE,
                    "\"$path\" loops over context key ${Names.quoted(key)}, which nothing before it wrote",
                )
            }
            values.body.get(key)
        }

    fun <E> each(
        name: String,
        items: Step,
        item: KType,
        options: LoopOptions,
        content: WorkflowScope<I>.(Ref<E>) -> Unit,
    ) {
        loop<E, kotlin.Any?>(name, items, item, options) {
            content(it)
            null
        }
    }

    fun <E, T> map(
        name: String,
        items: Step,
        item: KType,
        options: LoopOptions,
        content: WorkflowScope<I>.(Ref<E>) -> Ref<T>,
    ): Ref<List<T>> {
        val type = checkNotNull(loop(name, items, item, options, content))
        return nodes.ref(name, ValueTypes.listOf(type))
    }

    fun <E, T> mapOrNull(
        name: String,
        items: Step,
        item: KType,
        options: LoopOptions,
        content: WorkflowScope<I>.(Ref<E>) -> Ref<T>,
    ): Ref<List<T?>> {
        val type = checkNotNull(loop(name, items, item, options, content))
        return nodes.ref(name, ValueTypes.listOf(ValueTypes.orNull(type)))
    }

    /** Adds the loop and gives the type of what [content] returned. */
    private fun <E, T> loop(
        name: String,
        items: Step,
        item: KType,
        options: LoopOptions,
        content: WorkflowScope<I>.(Ref<E>) -> Ref<T>?,
    ): ValueType<T>? {
        val each = nodes.path.child(name).eachItem()
        val element: ValueType<E> = definition.type("the items of \"${nodes.path.child(name)}\"", item)
        val inner = nodes.inside(each)
        var result: Path? = null
        val node = {
            val body = Sequence(name, inner.nodes, result)
            ForEach(name, items, body, options.concurrency, options.onError.itemPolicy)
        }
        return nodes.nested(name, inner, node) {
            WorkflowScope(inner).content(Ref(each.part(ForEach.ITEM), element))?.also { result = it.node() }?.type()
        }
    }

    fun <T> repeat(
        name: String,
        maxIterations: Int,
        content: RepeatScope<I>.() -> Until<T>,
    ): Ref<T> {
        val scope = RepeatScope(nodes.inside(nodes.path.child(name).eachItem()))
        var result: Path? = null
        val node = {
            val body = Sequence(name, scope.nodes.nodes, result)
            RepeatUntil(
                name,
                body,
                scope.condition ?: nodes.part(RepeatUntil.UNTIL, ValueTypes.CONDITION) { true },
                maxIterations,
            )
        }
        val end = nodes.nested(name, scope.nodes, node) { scope.content().also { result = it.result } }
        return nodes.ref(name, end.type)
    }
}
