package dev.perdure.dsl

import dev.perdure.core.definition.Decide
import dev.perdure.core.definition.Ref
import dev.perdure.core.definition.ValueTypes
import kotlin.reflect.KType
import kotlin.reflect.typeOf

/**
 * The choices and decisions of a sequence. What was chosen is recorded, so that a resumed run goes the same way.
 *
 * @param I the type of the workflow's input
 */
public sealed class ChoicesScope<I>(nodes: NodeList<I>) : LoopsScope<I>(nodes) {
    /**
     * Adds a choice of one of several clauses, or none, by conditions. They are asked in the order of their clauses; the first
     * that holds has its clause run.
     *
     * ```
     * choose("decision") {
     *     on({ approval()?.granted == true }) { step("activate") { users.activate(input) } }
     *     otherwise { step("reject") { users.reject(input) } }
     * }
     * ```
     *
     * A choice that yields a value says of which type: `val fee = choose<Int>("fee") { … }`, see [TypedChoose].
     */
    public fun choose(
        name: String,
        block: ChooseScope<I, Unit>.() -> Unit,
    ) {
        val clauses = ClauseList<I, Unit>(nodes, name, Clauses.WithoutOutput)
        clauses.describe(null) { ChooseScope(clauses).block() }
    }

    /**
     * Adds a choice of one of several clauses, or none, by a value: the clause of an equal value runs. Values are compared as
     * plain data.
     *
     * ```
     * choose("kind", value = { get<String>("order_type") }) {
     *     case("physical") { step("ship") { ship(input) } }
     *     otherwise { step("send_link") { sendLink(input) } }
     * }
     * ```
     */
    public inline fun <reified V> choose(
        name: String,
        noinline value: suspend StepScope<I>.() -> V,
        noinline block: CaseScope<I, V, Unit>.() -> Unit,
    ) {
        chooseBy(name, typeOf<V>(), value, block)
    }

    @PublishedApi
    internal fun <V> chooseBy(
        name: String,
        type: KType,
        value: suspend StepScope<I>.() -> V,
        block: CaseScope<I, V, Unit>.() -> Unit,
    ) {
        val clauses = ClauseList<I, Unit>(nodes, name, Clauses.WithoutOutput)
        clauses.describe(plain(type, value)) { CaseScope<I, V, Unit>(clauses, type).block() }
    }

    /** Adds choices that yield a value: `choose<Int>("fee") { … }`. */
    public val choose: TypedChoose<I> get() = TypedChoose(this)

    internal fun <V> plain(
        type: KType,
        value: suspend StepScope<I>.() -> V,
    ): suspend StepScope<I>.() -> kotlin.Any? = { values.codec.encode(value(), type) }

    /**
     * Adds a decision: where this sequence goes on, by the name of one of its nodes, or null for the next one. Without
     * [targets] it may go to any later node. What it skips has no output: read that with `orNull()`.
     *
     * ```
     * decide("amount") { if (input.amount > 1000) "manager_approval" else null }
     * decide("state", goTo("ship"), backTo("poll", atMost = 10)) { if (state() == "ready") "ship" else "poll" }
     * ```
     *
     * A name that it cannot go to fails it with INVALID_TARGET.
     */
    public fun decide(
        name: String,
        vararg targets: Decide.Target,
        choice: suspend StepScope<I>.() -> String?,
    ) {
        nodes.add(Decide(name, nodes.part(name, ValueTypes.NAME, choice), targets.asList()))
    }

    /** As above, to none but the later nodes of these names. */
    public fun decide(
        name: String,
        target: String,
        vararg more: String,
        choice: suspend StepScope<I>.() -> String?,
    ) {
        val targets = (listOf(target) + more).map { Decide.Target.to(it) }
        nodes.add(Decide(name, nodes.part(name, ValueTypes.NAME, choice), targets))
    }

    /** A node after a decision that it may go to. */
    public fun goTo(node: String): Decide.Target = Decide.Target.to(node)

    /** A node before a decision that it may go back to, [atMost] times in one run. */
    public fun backTo(
        node: String,
        atMost: Int,
    ): Decide.Target = Decide.Target.backTo(node, atMost)
}

/**
 * What `choose<T>(…)` calls: choices that yield what the clause does that ran. Their clauses all yield a [Ref] of one type,
 * and they end with `otherwise`, as a `when` that is used as a value does. A function of its own beside the one without a type
 * would make `choose("name") { … }` ambiguous.
 *
 * @param I the type of the workflow's input
 */
public class TypedChoose<I> internal constructor(private val scope: ChoicesScope<I>) {
    /**
     * Adds a choice by conditions.
     *
     * ```
     * val fee = choose<Int>("fee") {
     *     on({ input.isGold }) { step("free") { 0 } }
     *     otherwise { step("normal") { fees.of(input) } }
     * }
     * ```
     */
    public operator fun <T> invoke(
        name: String,
        block: ChooseScope<I, Ref<T>>.() -> Ref<T>,
    ): Ref<T> {
        val clauses = ClauseList<I, Ref<T>>(scope.nodes, name, Clauses.WithOutput())
        return clauses.describe(null) { clauses.requireLast(ChooseScope(clauses).block()) }
    }

    /** Adds a choice by a value: `choose<Kind, Int>("fee", value = { input.kind }) { … }`. */
    public inline operator fun <reified V, T> invoke(
        name: String,
        noinline value: suspend StepScope<I>.() -> V,
        noinline block: CaseScope<I, V, Ref<T>>.() -> Ref<T>,
    ): Ref<T> = chooseBy(name, typeOf<V>(), value, block)

    @PublishedApi
    internal fun <V, T> chooseBy(
        name: String,
        type: KType,
        value: suspend StepScope<I>.() -> V,
        block: CaseScope<I, V, Ref<T>>.() -> Ref<T>,
    ): Ref<T> {
        val clauses = ClauseList<I, Ref<T>>(scope.nodes, name, Clauses.WithOutput())
        val chosenBy = scope.plain(type, value)
        return clauses.describe(chosenBy) { clauses.requireLast(CaseScope<I, V, Ref<T>>(clauses, type).block()) }
    }
}
