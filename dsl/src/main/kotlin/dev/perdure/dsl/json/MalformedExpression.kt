package dev.perdure.dsl.json

/**
 * A template, a reference or a condition that cannot be read; [at] is the index of the first character that is wrong.
 */
internal class MalformedExpression(
    message: String,
    val at: Int,
) : RuntimeException(message, null, false, false)
