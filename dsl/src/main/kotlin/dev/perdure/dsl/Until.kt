package dev.perdure.dsl

import dev.perdure.core.Path
import dev.perdure.core.ValueType

/**
 * The end of a [repeatUntil][LoopsScope.repeatUntil], made by `until`.
 *
 * @param T the type of what the loop yields
 */
public class Until<T> internal constructor(internal val result: Path?, internal val type: ValueType<T>)
