package dev.perdure.dsl.json

import dev.perdure.core.Names
import dev.perdure.dsl.json.Token.Kind

/** The longest condition, in characters. */
private const val MAX_CONDITION_LENGTH = 2_000

/** How deep parentheses and `not` may be inside each other. */
private const val MAX_CONDITION_DEPTH = 50

/**
 * The condition that [text] says; see [ParsedCondition] for what it means.
 *
 * ```
 * ${analyze.output.score} >= 0.8 and not ('error' in ${analyze.output.msg} or ${workflow.input.n} == null)
 * ```
 *
 * A text in quotes may have `\\`, `\'`, `\"`, `\n` and `\t` in it, and `$${` for `${`.
 *
 * @throws MalformedExpression at the first place that is wrong: nothing of it is ever evaluated
 */
internal fun parseCondition(text: String): Condition {
    if (text.length > MAX_CONDITION_LENGTH) {
        throw MalformedExpression(
            "it has ${text.length} characters; at most $MAX_CONDITION_LENGTH are allowed, so let a step decide",
            MAX_CONDITION_LENGTH,
        )
    }
    val tokens = tokensOf(text)
    val references = tokens.mapNotNull { it.value as? Reference }
    return ParsedCondition(text, references, ConditionParser(text, tokens).parse())
}

/** One descent over the tokens of one condition. */
private class ConditionParser(
    private val text: String,
    private val tokens: List<Token>,
) {
    private var next = 0
    private var depth = 0

    private val token: Token get() = tokens[next]

    fun parse(): Expression {
        if (token.kind == Kind.END) {
            fail("it is blank; expected a comparison, such as \${step.output.field} == 1")
        }
        val root = or()
        if (token.kind != Kind.END) {
            fail("expected \"and\", \"or\" or the end, found ${found()}")
        }
        return truth(tokens.first(), root)
    }

    private fun or(): Expression = operands(Kind.OR, ::and, Expression::Or)

    private fun and(): Expression = operands(Kind.AND, ::not, Expression::And)

    private inline fun operands(
        separator: Kind,
        operand: () -> Expression,
        together: (List<Expression>) -> Expression,
    ): Expression {
        val start = token
        val first = operand()
        if (token.kind != separator) {
            return first
        }
        val all = mutableListOf(truth(start, first))
        while (accept(separator)) {
            all += truth(token, operand())
        }
        return together(all)
    }

    private fun not(): Expression {
        if (!accept(Kind.NOT)) {
            return comparison()
        }
        val negated = token
        return nested { Expression.Not(truth(negated, not())) }
    }

    private fun comparison(): Expression {
        val start = token.at
        val left = operand()
        val operator = operator() ?: return left
        val right = operand()
        val end = tokens[next - 1].end
        if (operator() != null) {
            fail("comparisons do not follow each other; join two with \"and\"", tokens[next - 1])
        }
        return Expression.Comparison(operator, left, right, text.substring(start, end))
    }

    private fun operator(): Operator? =
        when {
            token.kind == Kind.COMPARISON -> tokens[next++].value as Operator
            accept(Kind.IN) -> Operator.IN
            accept(Kind.CONTAINS) -> Operator.CONTAINS
            token.kind == Kind.NOT && tokens[next + 1].kind == Kind.IN -> Operator.NOT_IN.also { next += 2 }
            else -> null
        }

    private fun operand(): Expression {
        val start = token
        return when (start.kind) {
            Kind.LITERAL -> {
                Expression.Literal(tokens[next++].value)
            }

            Kind.REFERENCE -> {
                Expression.Lookup(tokens[next++].value as Reference)
            }

            Kind.OPEN -> {
                parenthesis(start)
            }

            else -> {
                fail(
                    "expected a value (a reference, a number, a text in quotes, true, false or null), found ${found()}",
                )
            }
        }
    }

    private fun parenthesis(opening: Token): Expression {
        next++
        val inside = nested { or() }
        if (!accept(Kind.CLOSE)) {
            fail("expected \")\" for the \"(\" at index ${opening.at}, found ${found()}")
        }
        return inside
    }

    private inline fun nested(inside: () -> Expression): Expression {
        if (++depth > MAX_CONDITION_DEPTH) {
            fail("it is nested deeper than $MAX_CONDITION_DEPTH levels; let a step decide")
        }
        return inside().also { depth-- }
    }

    /** A text or a number can never be what is true or false. */
    private fun truth(
        start: Token,
        expression: Expression,
    ): Expression {
        if (expression is Expression.Literal && expression.value !is Boolean) {
            fail("${kindOf(expression.value)} is neither true nor false; compare it with something", start)
        }
        return expression
    }

    private fun accept(kind: Kind): Boolean = (token.kind == kind).also { if (it) next++ }

    private fun found(): String =
        if (token.kind == Kind.END) "the end" else Names.quoted(text.substring(token.at, token.end))

    private fun fail(
        message: String,
        at: Token = token,
    ): Nothing = throw MalformedExpression(message, at.at)
}
