package dev.perdure.dsl

import kotlin.reflect.KType

/**
 * The clauses of a [choose][ChoicesScope.choose] by conditions.
 *
 * @param I the type of the workflow's input
 * @param R what each clause's content returns
 */
@PerdureDsl
public class ChooseScope<I, R> internal constructor(private val clauses: ClauseList<I, R>) {
    /** Adds a clause called `clause-1`, `clause-2` … by its place: `on({ total() > 100 }) { step("check") { … } }`. */
    public fun on(
        condition: suspend StepScope<I>.() -> Boolean,
        content: WorkflowScope<I>.() -> R,
    ) {
        on(clauses.nextName(), condition, content)
    }

    /** Adds a clause; its [name] is part of the stored paths of its nodes. */
    public fun on(
        name: String,
        condition: suspend StepScope<I>.() -> Boolean,
        content: WorkflowScope<I>.() -> R,
    ) {
        clauses.clause(name, { condition() }, content)
    }

    /** Adds the clause that runs where no condition holds. Without one, nothing does then. */
    public fun otherwise(content: WorkflowScope<I>.() -> R): R = clauses.otherwise(content)
}

/**
 * The clauses of a [choose][ChoicesScope.choose] by a value.
 *
 * @param I the type of the workflow's input
 * @param V the type of the value
 * @param R what each clause's content returns
 */
@PerdureDsl
public class CaseScope<I, V, R> internal constructor(private val clauses: ClauseList<I, R>, private val type: KType) {
    /** Adds the clause for [value], called as the value's text. */
    public fun case(
        value: V,
        content: WorkflowScope<I>.() -> R,
    ) {
        val expected = clauses.plain(value, type)
        clauses.clause(clauses.textOf(expected), { it == expected }, content)
    }

    /** Adds the clause that runs where the value is none of those. Without one, nothing does then. */
    public fun otherwise(content: WorkflowScope<I>.() -> R): R = clauses.otherwise(content)
}
