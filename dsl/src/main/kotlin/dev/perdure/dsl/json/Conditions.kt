package dev.perdure.dsl.json

import dev.perdure.core.Names

/**
 * A part of a condition. Immutable.
 *
 * `or` binds least, then `and`, `not` and the comparisons, of which only one can be between two values.
 */
internal sealed interface Expression {
    data class Literal(val value: Any?) : Expression

    data class Lookup(val reference: Reference) : Expression

    /** @property text as the condition has it, for warnings */
    data class Comparison(
        val operator: Operator,
        val left: Expression,
        val right: Expression,
        val text: String,
    ) : Expression

    data class Not(val negated: Expression) : Expression

    data class And(val all: List<Expression>) : Expression

    data class Or(val any: List<Expression>) : Expression
}

/**
 * A condition that was parsed; equal to any other with the same text. Immutable.
 *
 * Values of different types are never equal. Numbers compare by value, exactly: 1 is 1.0, and 9007199254740993 is not
 * 9007199254740992. There is an order among numbers and among texts; `in` and `contains` look for a text in a text, an
 * item in a list, or a key in an object. Any other pair of types makes the comparison false, `not in` included, with a
 * warning; so is a value that is neither true nor false where one of them is needed. `and` and `or` stop at the first
 * operand that decides them.
 */
internal class ParsedCondition(
    override val text: String,
    override val references: List<Reference>,
    private val root: Expression,
) : Condition {
    override fun evaluate(
        sources: Sources,
        warn: (String) -> Unit,
    ): Boolean = Evaluation(sources, warn).isTrue(root)

    override fun equals(other: Any?): Boolean = other is ParsedCondition && other.text == text

    override fun hashCode(): Int = text.hashCode()

    override fun toString(): String = text
}

/** As deep as the parser lets conditions be. */
private class Evaluation(
    private val sources: Sources,
    private val warn: (String) -> Unit,
) {
    fun isTrue(expression: Expression): Boolean {
        val value = valueOf(expression)
        if (value !is Boolean) {
            val what = if (expression is Expression.Lookup) expression.reference.text else "a part of the condition"
            warn("$what is ${kindOf(value)}, where true or false is needed; it counts as false")
        }
        return value == true
    }

    private fun valueOf(expression: Expression): Any? =
        when (expression) {
            is Expression.Literal -> expression.value
            is Expression.Lookup -> expression.reference.resolveOrNull(sources)
            is Expression.Comparison -> compare(expression)
            is Expression.Not -> !isTrue(expression.negated)
            is Expression.And -> expression.all.all(::isTrue)
            is Expression.Or -> expression.any.any(::isTrue)
        }

    private fun compare(comparison: Expression.Comparison): Boolean {
        val left = valueOf(comparison.left)
        val right = valueOf(comparison.right)
        val holds = comparison.operator.compare(left, right)
        if (holds == null) {
            val what = Names.quoted(comparison.text).removeSurrounding("\"") // one line of a readable length
            warn("$what is false: \"${comparison.operator.sign}\" cannot compare ${kindOf(left)} with ${kindOf(right)}")
        }
        return holds == true
    }
}
