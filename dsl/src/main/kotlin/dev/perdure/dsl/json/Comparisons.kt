package dev.perdure.dsl.json

import dev.perdure.core.Json
import java.math.BigDecimal
import java.math.BigInteger

/** What compares two values in a condition. */
internal enum class Operator(
    val sign: String,
    val isSign: Boolean = true,
) {
    EQUAL("=="),
    NOT_EQUAL("!="),
    AT_LEAST(">="),
    AT_MOST("<="),
    ABOVE(">"),
    BELOW("<"),
    IN("in", isSign = false),
    NOT_IN("not in", isSign = false),
    CONTAINS("contains", isSign = false),
    ;

    /** Whether it holds; null where it makes no sense for values of these types. */
    fun compare(
        left: Any?,
        right: Any?,
    ): Boolean? =
        when (this) {
            EQUAL -> areEqual(left, right)
            NOT_EQUAL -> !areEqual(left, right)
            ABOVE -> order(left, right)?.let { it > 0 }
            AT_LEAST -> order(left, right)?.let { it >= 0 }
            BELOW -> order(left, right)?.let { it < 0 }
            AT_MOST -> order(left, right)?.let { it <= 0 }
            IN -> isIn(left, right)
            NOT_IN -> isIn(left, right)?.not()
            CONTAINS -> isIn(right, left)
        }
}

/**
 * Whether two values of plain data are the same; numbers are by value, so 1 is 1.0, and values of different types are
 * not.
 */
internal fun areEqual(
    left: Any?,
    right: Any?,
): Boolean =
    when (left) {
        is Number -> right is Number && compareNumbers(left, right) == 0
        is List<*> -> right is List<*> && areListsEqual(left, right)
        is Map<*, *> -> right is Map<*, *> && areMapsEqual(left, right)
        else -> left == right
    }

private fun areListsEqual(
    left: List<*>,
    right: List<*>,
): Boolean = left.size == right.size && left.indices.all { areEqual(left[it], right[it]) }

private fun areMapsEqual(
    left: Map<*, *>,
    right: Map<*, *>,
): Boolean = left.size == right.size && left.all { (key, value) -> key in right && areEqual(value, right[key]) }

/** Negative, zero or positive; null where there is no order. Texts go by their UTF-16 characters. */
private fun order(
    left: Any?,
    right: Any?,
): Int? =
    when {
        left is Number && right is Number -> compareNumbers(left, right)
        left is String && right is String -> left.compareTo(right)
        else -> null
    }

/** A text in a text, an item in a list, a key in an object; null for anything else. */
private fun isIn(
    item: Any?,
    whole: Any?,
): Boolean? =
    when {
        whole is String && item is String -> item in whole
        whole is List<*> -> whole.any { areEqual(it, item) }
        whole is Map<*, *> && item is String -> item in whole
        else -> null
    }

private fun compareNumbers(
    left: Number,
    right: Number,
): Int = if (left is Long && right is Long) left.compareTo(right) else decimalOf(left).compareTo(decimalOf(right))

/** Exactly the number that is written; a double stands for its shortest decimal, the same on every JDK. */
internal fun decimalOf(number: Number): BigDecimal =
    when (number) {
        is BigDecimal -> number
        is BigInteger -> BigDecimal(number)
        is Long -> BigDecimal.valueOf(number)
        is Int -> BigDecimal.valueOf(number.toLong())
        else -> BigDecimal(Json.write(number))
    }
