package dev.perdure.dsl

import dev.perdure.core.definition.Ref
import kotlin.reflect.typeOf

/**
 * The loops of a sequence. What a loop goes over, and when it ends, is recorded, so that a resumed run does the same.
 *
 * @param I the type of the workflow's input
 */
public sealed class LoopsScope<I>(nodes: NodeList<I>) : WaitsScope<I>(nodes) {
    @PublishedApi
    internal val loops: LoopList<I> get() = LoopList(nodes)

    /**
     * Adds a loop: [content] describes what is done with each item. The list is made, and recorded, when the run gets there;
     * bodies in the loop read their item with `item()` and its number with `index`.
     *
     * ```
     * forEach("invoices", items = { invoices.of(user()) }, concurrency = 8) { invoice ->
     *     step("charge") { charge(invoice()) }
     * }
     * ```
     *
     * With a concurrency of 1 an item sees what those before it wrote to the context. With more, every item starts from the
     * context before the loop, and what they wrote is merged in the order of the items.
     *
     * @param name unique in its scope; item 3 has the path `name[3]`
     * @param concurrency how many items may be active at once
     * @param onError what a failed item does: [FailFast], [CollectErrors] or [Continue]
     */
    public inline fun <reified E> forEach(
        name: String,
        noinline items: suspend StepScope<I>.() -> List<E>,
        concurrency: Int = 1,
        onError: OnItemError = FailFast,
        noinline content: WorkflowScope<I>.(item: Ref<E>) -> Unit,
    ) {
        val source = loops.made(name, typeOf<List<E>>(), items)
        loops.each(name, source, typeOf<E>(), LoopOptions(concurrency, onError), content)
    }

    /** As above, over the list that an earlier node yields: `forEach("invoices", items = invoices) { … }`. */
    public inline fun <reified E> forEach(
        name: String,
        items: Ref<List<E>>,
        concurrency: Int = 1,
        onError: OnItemError = FailFast,
        noinline content: WorkflowScope<I>.(item: Ref<E>) -> Unit,
    ) {
        loops.each(name, loops.yielded(items), typeOf<E>(), LoopOptions(concurrency, onError), content)
    }

    /**
     * As above, over the list that the context has under [key]: `forEach<Invoice>("invoices", key = "open") { … }`. Another
     * value than a list fails the loop with INVALID_ITEMS.
     */
    public inline fun <reified E> forEach(
        name: String,
        key: String,
        concurrency: Int = 1,
        onError: OnItemError = FailFast,
        noinline content: WorkflowScope<I>.(item: Ref<E>) -> Unit,
    ) {
        loops.each(name, loops.kept(key), typeOf<E>(), LoopOptions(concurrency, onError), content)
    }

    /**
     * As [forEach], for a loop with an output: a list, in the order of the items, of what the node that [content] returns
     * yields for each.
     *
     * ```
     * val receipts = mapEach("invoices", items = { invoices.of(user()) }) { invoice ->
     *     step("charge") { charge(invoice()) }
     * }
     * step("total") { receipts().sumOf { it.amount } }
     * ```
     */
    public inline fun <reified E, T> mapEach(
        name: String,
        noinline items: suspend StepScope<I>.() -> List<E>,
        concurrency: Int = 1,
        onError: FailingOnItemError = FailFast,
        noinline content: WorkflowScope<I>.(item: Ref<E>) -> Ref<T>,
    ): Ref<List<T>> {
        val source = loops.made(name, typeOf<List<E>>(), items)
        return loops.map(name, source, typeOf<E>(), LoopOptions(concurrency, onError), content)
    }

    /** As above, over the list that an earlier node yields. */
    public inline fun <reified E, T> mapEach(
        name: String,
        items: Ref<List<E>>,
        concurrency: Int = 1,
        onError: FailingOnItemError = FailFast,
        noinline content: WorkflowScope<I>.(item: Ref<E>) -> Ref<T>,
    ): Ref<List<T>> = loops.map(name, loops.yielded(items), typeOf<E>(), LoopOptions(concurrency, onError), content)

    /** As above, over the list that the context has under [key]. */
    public inline fun <reified E, T> mapEach(
        name: String,
        key: String,
        concurrency: Int = 1,
        onError: FailingOnItemError = FailFast,
        noinline content: WorkflowScope<I>.(item: Ref<E>) -> Ref<T>,
    ): Ref<List<T>> = loops.map(name, loops.kept(key), typeOf<E>(), LoopOptions(concurrency, onError), content)

    /** As [mapEach], for a loop that goes on when items fail; its output has null for these. */
    public inline fun <reified E, T> mapEach(
        name: String,
        noinline items: suspend StepScope<I>.() -> List<E>,
        concurrency: Int = 1,
        onError: Continue,
        noinline content: WorkflowScope<I>.(item: Ref<E>) -> Ref<T>,
    ): Ref<List<T?>> {
        val source = loops.made(name, typeOf<List<E>>(), items)
        return loops.mapOrNull(name, source, typeOf<E>(), LoopOptions(concurrency, onError), content)
    }

    /** As above, over the list that an earlier node yields. */
    public inline fun <reified E, T> mapEach(
        name: String,
        items: Ref<List<E>>,
        concurrency: Int = 1,
        onError: Continue,
        noinline content: WorkflowScope<I>.(item: Ref<E>) -> Ref<T>,
    ): Ref<List<T?>> =
        loops.mapOrNull(name, loops.yielded(items), typeOf<E>(), LoopOptions(concurrency, onError), content)

    /** As above, over the list that the context has under [key]. */
    public inline fun <reified E, T> mapEach(
        name: String,
        key: String,
        concurrency: Int = 1,
        onError: Continue,
        noinline content: WorkflowScope<I>.(item: Ref<E>) -> Ref<T>,
    ): Ref<List<T?>> = loops.mapOrNull(name, loops.kept(key), typeOf<E>(), LoopOptions(concurrency, onError), content)

    /**
     * Adds a loop that runs at least once, and again until the condition holds that is given by the last call of [content].
     *
     * ```
     * val state = repeatUntil("poll", maxIterations = 100) {
     *     sleep("pause", 1.minutes)
     *     step("ask") { service.status(order()) } until { it == "done" }     // yields the last status
     * }
     * ```
     *
     * Iteration 3 has the path `name[3]`; it sees what those before it wrote to the context.
     *
     * @param maxIterations the loop fails with LIMIT_EXCEEDED when the condition does not hold after so many
     */
    public fun <T> repeatUntil(
        name: String,
        maxIterations: Int,
        content: RepeatScope<I>.() -> Until<T>,
    ): Ref<T> = loops.repeat(name, maxIterations, content)
}
