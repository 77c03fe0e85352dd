package dev.perdure.dsl

import dev.perdure.core.definition.AtomicTransaction

/**
 * What the body of an atomic step sees of its run: all that the body of any step does, and the transaction that its result is
 * recorded in. With the store on Exposed, statements on the application's own tables just work:
 *
 * ```
 * atomic("debit") { Accounts.update({ Accounts.id eq input.account }) { it[balance] = balance - input.amount } }
 * ```
 *
 * Used by the body's own thread.
 *
 * @param I the type of the workflow's input
 */
@PerdureDsl
public class AtomicScope<out I> internal constructor(values: BodyValues<I>, transaction: AtomicTransaction) :
    StepScope<I>(values),
    AtomicTransaction by transaction
